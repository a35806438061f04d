"""What stands between the verifier and the functions of a provider: it asks over HTTP only.

The verifier asks for a state and for a message by POST. What goes wrong here is remembered, since
it makes little of it: of a message it does not look at the status of the answer at all, and a
state that is answered with 5xx it asks for again for two minutes.
"""

from __future__ import annotations

import asyncio
import base64
import inspect
import json
import secrets
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from apicheck.pact.hooks import HookError, Message, arguments, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from apicheck.pact.hooks import Hooks

__all__ = ["Relay", "relaying"]

#: Seconds that one function may take.
_SECONDS = 60.0


@dataclass(kw_only=True)
class Relay:
    """States and messages of one run.

    ``descriptions`` are those of the pacts by the keys that the verifier is given instead.
    ``problems`` is what went wrong: by key of the message, or by state.
    """

    loop: asyncio.AbstractEventLoop
    descriptions: Mapping[str, str] = field(default_factory=dict)
    states: Hooks | None = None
    messages: Hooks | None = None
    state_url: str = ""
    problems: dict[str, str] = field(default_factory=dict)
    url: str = ""
    _open: list[tuple[str, Any]] = field(default_factory=list)

    def state(self, asked: dict[str, Any]) -> Any:
        """Bring the provider into a state, or out of it again; gives values for the request."""
        name, action = str(asked.get("state") or ""), str(asked.get("action") or "setup")
        params = asked.get("params")
        params = params if isinstance(params, dict) else {}
        key = _key(name, params)
        if self.states is None:
            return _asked(self.state_url, asked)
        if not name:
            return None
        try:
            if action == "teardown":
                return self._left(key, name, params)
            return self._entered(key, name, params)
        except BaseException:
            if action != "teardown":
                # The verifier gives up, and does not ask for the end of what has begun.
                self.leave()
            raise

    def _entered(self, key: str, name: str, params: dict[str, Any]) -> Any:
        assert self.states is not None
        function = self.states.state(name)
        ours = {"state": name, "params": params, "action": "setup"}
        made = function(**arguments(function, params, ours))
        if inspect.isasyncgen(made):
            self._open.append((key, made))
            return self._awaited(anext(made, None))
        if inspect.isgenerator(made):
            self._open.append((key, made))
            return next(made, None)
        return self._awaited(made) if inspect.isawaitable(made) else made

    def _left(self, key: str, name: str, params: dict[str, Any]) -> None:
        assert self.states is not None
        for number in reversed(range(len(self._open))):
            if self._open[number][0] == key:
                self._end(self._open.pop(number)[1])
                return
        function = self.states.state(name)
        if "action" in inspect.signature(function).parameters:
            ours = {"state": name, "params": params, "action": "teardown"}
            made = function(**arguments(function, params, ours))
            if inspect.isawaitable(made):
                self._awaited(made)

    def leave(self) -> None:
        """End all that has begun; what goes wrong with it is not worth more words."""
        while self._open:
            try:
                self._end(self._open.pop()[1])
            except Exception as problem:  # noqa: BLE001 - a function of the user
                self.problems.setdefault("", told(problem))

    def _end(self, made: Any) -> None:
        again = object()
        asynchronous = inspect.isasyncgen(made)
        rest = self._awaited(anext(made, again)) if asynchronous else next(made, again)
        if rest is not again:
            raise HookError(f"{made.__name__}() yields more than once")

    def _awaited(self, made: Any) -> Any:
        async def result() -> Any:
            return await made

        return asyncio.run_coroutine_threadsafe(result(), self.loop).result(_SECONDS)

    def message(self, key: str, asked: dict[str, Any]) -> tuple[bytes, str, dict[str, Any]]:
        """The content, content type and metadata of a message that a function makes."""
        if self.messages is None:
            raise HookError("no functions make messages")
        function = self.messages.message(self.descriptions.get(key, key))
        request = asked.get("request")
        request = request if isinstance(request, dict) else {}
        contents = request.get("contents")
        ours = {
            "request": contents.get("content") if isinstance(contents, dict) else None,
            "metadata": request.get("metadata") or {},
            "states": asked.get("providerStates") or [],
            "description": self.descriptions.get(key, key),
        }
        made = function(**arguments(function, {}, ours))
        return _sent(self._awaited(made) if inspect.isawaitable(made) else made, function)


def _key(state: str, params: Mapping[str, Any]) -> str:
    return json.dumps([state, params], sort_keys=True)


def _asked(url: str, asked: dict[str, Any]) -> Any:
    """Pass a state on to the address that the user gave."""
    request = urllib.request.Request(  # noqa: S310 - http(s), which the command line checked
        url, json.dumps(asked).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - as above
            raw = answer.read()
    except urllib.error.HTTPError as problem:
        problem.close()
        raise HookError(f"{url} answers {problem.code}") from None
    except OSError as problem:
        raise HookError(f"{url} cannot be asked: {getattr(problem, 'reason', problem)}") from None
    try:
        return json.loads(raw) if raw.strip() else None
    except ValueError:
        return None


def _sent(made: Any, function: Callable[..., Any]) -> tuple[bytes, str, dict[str, Any]]:
    if isinstance(made, tuple):
        if len(made) != 2 or not isinstance(made[1], dict):
            raise HookError(f"{function.__name__}() gives a tuple that is not (content, metadata)")
        made = Message(content=made[0], metadata=made[1])
    if not isinstance(made, Message):
        made = Message(content=made)
    metadata = dict(made.metadata)
    content = made.content
    if isinstance(content, str):
        content = content.encode()
    if isinstance(content, (bytes, bytearray)):
        raw, kind = bytes(content), _kind(bytes(content))
    else:
        try:
            raw, kind = json.dumps(content).encode(), "application/json"
        except (TypeError, ValueError) as problem:
            raise HookError(f"what {function.__name__}() gives is no JSON: {problem}") from None
    said = metadata.get("contentType") or metadata.get("content-type")
    return raw, str(made.content_type or said or kind), metadata


def _kind(content: bytes) -> str:
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return "application/octet-stream"
    return "application/json"


@contextmanager
def relaying(relay: Relay) -> Iterator[Relay]:
    """Listen for the verifier, at paths that nobody else knows; sets ``relay.url``."""
    secret = f"/{secrets.token_hex(8)}"

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Answer the verifier: 400 where something went wrong, which it does not retry."""
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = json.loads(raw)
            status, body, kind, metadata = _answer(relay, self.path.removeprefix(secret), asked)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            if metadata:
                text = base64.b64encode(json.dumps(metadata, default=str).encode()).decode()
                self.send_header("Pact-Message-Metadata", text)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing of each request."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    relay.url = f"http://127.0.0.1:{server.server_port}{secret}"
    try:
        yield relay
    finally:
        relay.leave()
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(
    relay: Relay, path: str, asked: dict[str, Any]
) -> tuple[int, bytes, str, dict[str, Any]]:
    """Status, body, content type and metadata of what the verifier is told."""
    key = str(asked.get("description", "")) if path == "/messages" else ""
    try:
        if path == "/messages":
            return 200, *relay.message(key, asked)
        values = relay.state(asked)
        body = json.dumps(values if isinstance(values, dict) else {}).encode()
    except HookError as problem:
        words = str(problem)
    except BaseException as problem:  # noqa: BLE001 - a function of the user, which may even exit
        words = told(problem)
    else:
        return 200, body, "application/json", {}
    if not key:
        params = asked.get("params")
        key = _key(str(asked.get("state") or ""), params if isinstance(params, dict) else {})
    if asked.get("action") == "teardown":
        words = f"its state cannot be left: {words}"
    relay.problems[key] = words
    return 400, words.encode(), "text/plain", {}
