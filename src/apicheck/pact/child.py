"""The process that verifies pacts: ``python -m apicheck.pact.child RESULTS``, the job on stdin.

The verifier prints to file descriptor 1, serves once only and may die in native code: it gets a
process of its own, and what it found goes to a file.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

__all__ = ["main"]


def main() -> None:
    """Verify, and write ``{"results": ...}`` or ``{"problem": text}``."""
    job: dict[str, Any] = json.load(sys.stdin)
    target = Path(sys.argv[1])
    try:
        found = {"results": _verified(job)}
    except Exception as problem:  # noqa: BLE001 - told to the parent, which knows whom to tell
        found = {"problem": f"{type(problem).__name__}: {problem}"}
    target.write_text(json.dumps(found), encoding="utf-8")


def _verified(job: dict[str, Any]) -> Any:
    from pact import Verifier

    verifier = Verifier(job["provider"], host=urlsplit(job["url"]).hostname or "localhost")
    verifier.add_transport(url=job["url"])
    for name, value in job["headers"]:
        verifier.add_custom_header(name, value)
    if job["state_url"]:
        verifier.state_handler(job["state_url"], teardown=job["teardown"], body=True)
    for each in job["pacts"]:
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
