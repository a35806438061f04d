"""The process that verifies pacts: ``python -m apicheck.pact.child RESULTS``, the job on stdin.

The verifier prints to file descriptor 1, serves once only and may die in native code: it gets a
process of its own, and what it found goes to a file. The application of the provider and its
functions run here too, so that they share their memory.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from apicheck.errors import ApicheckError
from apicheck.pact.hooks import load
from apicheck.pact.hosting import looping, serving
from apicheck.pact.relay import Relay, relaying

if TYPE_CHECKING:
    import asyncio

    from pact import Verifier

__all__ = ["main"]


def main() -> None:
    """Verify, and write ``{"results": ..., "problems": ...}`` or ``{"problem": text}``."""
    # Functions of the user may look at stdin, and find nothing there.
    given = os.dup(0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    with os.fdopen(given, "rb", closefd=False) as lines:
        job: dict[str, Any] = json.loads(lines.readline())
    threading.Thread(target=_with_parent, args=(given,), daemon=True).start()
    target = Path(sys.argv[1])
    # The user's modules stand in the current folder, however safe Python was told to be.
    sys.path.insert(0, str(Path.cwd()))
    try:
        found = _found(job)
    except ApicheckError as problem:
        found = {"problem": str(problem), "ours": True}
    except Exception as problem:  # noqa: BLE001 - told to the parent, which knows whom to tell
        found = {"problem": f"{type(problem).__name__}: {problem}"}
    target.write_text(json.dumps(found), encoding="utf-8")


def _with_parent(given: int) -> None:
    """End as soon as stdin does: who started us is gone, and nobody waits for results."""
    while os.read(given, 1):
        pass
    os._exit(1)


def _found(job: dict[str, Any]) -> dict[str, Any]:
    with ExitStack() as stack:
        loop = stack.enter_context(looping())
        url = job["url"]
        if job["app"]:
            url = stack.enter_context(serving(job["app"], loop)) + job["base"]
        relay = stack.enter_context(relaying(_relay(job, loop)))
        listed = []
        if job["http"]:
            verifier = _verifier(job, url)
            verifier.add_transport(url=url)
            for name, value in job["headers"]:
                verifier.add_custom_header(name, value)
            listed.append(_verified(verifier, job, job["http"], relay))
        if job["messages_of"]:
            # Transports of one verifier share a host, and the relay is on this one.
            verifier = _verifier(job, relay.url)
            port, path = urlsplit(relay.url).port, urlsplit(relay.url).path
            verifier.add_transport(protocol="message", port=port, path=f"{path}/messages")
            listed.append(_verified(verifier, job, job["messages_of"], relay))
    return {"results": listed, "problems": relay.problems}


def _relay(job: dict[str, Any], loop: asyncio.AbstractEventLoop) -> Relay:
    """The functions are loaded after the application, whose modules they may import."""
    loaded = {name: load(name) for name in {job["states"], job["messages"]} if name}
    return Relay(
        loop=loop,
        descriptions=job["descriptions"],
        states=loaded.get(job["states"]),
        messages=loaded.get(job["messages"]),
        state_url=job["state_url"],
    )


def _verifier(job: dict[str, Any], url: str) -> Verifier:
    from pact import Verifier

    return Verifier(job["provider"], host=urlsplit(url).hostname or "127.0.0.1")


def _verified(verifier: Verifier, job: dict[str, Any], files: list[str], relay: Relay) -> Any:
    if relay.states is not None or relay.state_url:
        teardown = job["teardown"] or relay.states is not None
        verifier.state_handler(f"{relay.url}/states", teardown=teardown, body=True)
    for each in files:
        verifier.add_source(each)
    verifier.set_request_timeout(job["request_timeout"])
    try:
        verifier.verify()
    except RuntimeError:
        # Whatever failed stands in the results.
        if not verifier.results:
            raise
    return verifier.results


if __name__ == "__main__":
    main()
