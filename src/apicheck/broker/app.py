"""The broker as an ASGI application: routes, rights, errors.

Paths are split before they are unescaped, since ``/branches/feat%2Fx`` is one segment.
Starlette only carries requests and answers; who answers is our table.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from apicheck.broker import (
    api_badges,
    api_deployments,
    api_differences,
    api_index,
    api_matrix,
    api_overview,
    api_pact_lists,
    api_pacts,
    api_participants,
    api_results,
    api_verification,
    api_versions,
    api_webhooks,
    page_network,
    page_pact,
    pages,
)
from apicheck.broker.access import OPEN, Access
from apicheck.broker.calls import HAL, Call, Reply, Route, Settings
from apicheck.broker.refusals import Refused

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from apicheck.broker.database import Store

__all__ = ["ROUTES", "application"]

ROUTES: tuple[Route, ...] = (
    *api_index.ROUTES,
    *api_participants.ROUTES,
    *api_versions.ROUTES,
    *api_pacts.ROUTES,
    *api_pact_lists.ROUTES,
    *api_verification.ROUTES,
    *api_results.ROUTES,
    *api_deployments.ROUTES,
    *api_differences.ROUTES,
    *api_overview.ROUTES,
    *api_matrix.ROUTES,
    *api_badges.ROUTES,
    *api_webhooks.ROUTES,
    *pages.ROUTES,
    *page_pact.ROUTES,
    *page_network.ROUTES,
)

#: These may be asked by everybody.
_PUBLIC = {"/diagnostic/status/heartbeat"}
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def application(store: Store, settings: Settings | None = None, access: Access = OPEN) -> Starlette:
    """The broker over a store."""
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.routing import Route as Path

    settings = settings or Settings()
    table = _Table(ROUTES)

    async def serve(request: Request) -> Response:
        if request.method == "OPTIONS":
            return _options(table.methods(_wanted(request)))
        found = table.find(request.method, _wanted(request))
        refusal = _refusal(request, found, access, table)
        if refusal is not None or isinstance(found, int):
            assert refusal is not None
            return refusal
        try:
            raw = await _body(request, settings.largest)
            # SQLite waits for disks: not in the loop that serves everybody.
            reply = await run_in_threadpool(_answer, store, settings, request, found, raw)
        except Refused as problem:
            reply = _explained(problem, request)
        return _response(reply, request.method)

    return Starlette(routes=[Path("/{path:path}", serve, methods=_METHODS)])


class _Table:
    """Routes by method and pattern; a fixed segment wins over a parameter."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self._by_length: dict[int, list[tuple[tuple[str, ...], Route]]] = {}
        for route in routes:
            parts = tuple(route.path.strip("/").split("/"))
            self._by_length.setdefault(len(parts), []).append((parts, route))
        for each in self._by_length.values():
            each.sort(key=lambda one: [part.startswith("{") for part in one[0]])

    def methods(self, path: str) -> list[str]:
        """The methods that an address answers; none if there is no such address."""
        segments = [unquote(each) for each in path.strip("/").split("/")]
        found = {
            route.method
            for parts, route in self._by_length.get(len(segments), ())
            if _matched(parts, segments) is not None
        }
        return sorted({*found, "OPTIONS", *(["HEAD"] if "GET" in found else [])} if found else [])

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | int:
        """The route and its parameters, or the status that says why there is none."""
        segments = [unquote(each) for each in path.strip("/").split("/")]
        wanted = "GET" if method == "HEAD" else method
        status = 404
        for parts, route in self._by_length.get(len(segments), ()):
            values = _matched(parts, segments)
            if values is None:
                continue
            if route.method == wanted:
                return route, values
            status = 405
        return status


def _matched(parts: tuple[str, ...], segments: list[str]) -> dict[str, str] | None:
    values = {}
    for part, segment in zip(parts, segments, strict=True):
        if part.startswith("{"):
            if not segment:
                return None
            values[part[1:-1]] = segment
        elif part != segment:
            return None
    return values


def _wanted(request: Request) -> str:
    """The path; a browser that comes to the index means the page for people."""
    path = _raw_path(request)
    accepted = ",".join(request.headers.getlist("accept"))
    return "/ui" if path == "/" and accepted.startswith("text/html") else path


def _raw_path(request: Request) -> str:
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    return raw.decode("ascii", "replace").partition("?")[0]


def _options(methods: list[str]) -> Response:
    """What may be done at an address; no other origin is invited to do it."""
    from starlette.responses import Response

    allow = {"allow": ", ".join(methods)} if methods else {}
    return Response(status_code=200 if methods else 404, headers=allow)


def _refusal(
    request: Request, found: tuple[Route, dict[str, str]] | int, access: Access, table: _Table
) -> Response | None:
    from starlette.responses import PlainTextResponse

    if isinstance(found, int):
        # Whoever may not even read learns nothing of what there is.
        writes, public = False, False
    else:
        writes, public = found[0].writes, found[0].path in _PUBLIC
    if not public and not access.allows(request.headers.get("authorization", ""), writes=writes):
        realm = {"www-authenticate": 'Basic realm="Restricted area"'}
        return PlainTextResponse("Authorization needed", status_code=401, headers=realm)
    if isinstance(found, int):
        words = "Not found" if found == 404 else "Method not allowed"
        reply = _explained(Refused(found, words), request)
        if found == 405:
            allow = {"allow": ", ".join(table.methods(_wanted(request)))}
            reply = replace(reply, headers=allow)
        return _response(reply, request.method)
    problem = _foreign(request) if writes else None
    return None if problem is None else _response(_explained(problem, request), request.method)


def _foreign(request: Request) -> Refused | None:
    """Why a write looks like one that a web page elsewhere made a browser send; else None.

    A broker on this machine that lets everybody in must not be written to by every page.
    """
    kind, origin = request.headers.get("content-type", ""), request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host", ""):
        return Refused(403, f"Requests from pages of {origin} may change nothing here")
    if kind and "json" not in kind:
        return Refused(415, "The body must be JSON: set the header Content-Type")
    return None


async def _body(request: Request, largest: int) -> bytes:
    parts, size = [], 0
    async for each in request.stream():
        size += len(each)
        if size > largest:
            raise Refused(413, f"The body is larger than the {largest} bytes allowed")
        parts.append(each)
    return b"".join(parts)


def _answer(
    store: Store,
    settings: Settings,
    request: Request,
    found: tuple[Route, dict[str, str]],
    raw: bytes,
) -> Reply:
    route, values = found
    base = settings.public_url or f"{request.url.scheme}://{_host(request)}"
    call = Call(
        base=base.rstrip("/"),
        settings=settings,
        query=tuple(parse_qsl(request.url.query, keep_blank_values=True, max_num_fields=1000)),
        data=_data(raw),
        raw=raw,
        accept=",".join(request.headers.getlist("accept")),
        here=base.rstrip("/") + _raw_path(request),
    )
    with store.writing() if route.writes else store.reading() as db:
        return route.handler(call, db, **values)


def _host(request: Request) -> str:
    host = request.headers.get("host", "")
    # It is put into links: nothing but a name or address and a port may stand there.
    if re.fullmatch(r"[A-Za-z0-9.\-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?", host):
        return host
    server: tuple[str, int] = request.scope.get("server") or ("localhost", 80)
    return f"{server[0]}:{server[1]}"


def _data(raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        return {}
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError) as problem:
        raise Refused(400, f"The body is not valid JSON: {problem}") from None
    if not isinstance(data, dict):
        raise Refused(400, "The body must be a JSON object")
    return data


def _explained(problem: Refused, request: Request) -> Reply:
    """A refusal as the client wants to read it: problem details if it says so, else HAL."""
    if "application/problem+json" in ",".join(request.headers.getlist("accept")):
        return Reply(
            status=problem.status,
            media="application/problem+json;charset=utf-8",
            body=_problem(problem, request.url.path),
        )
    body: dict[str, Any] = {"error": problem.text}
    if problem.errors is not None:
        body = {"errors": problem.errors}
    return Reply(status=problem.status, media=HAL, body={**body, **problem.more})


def _problem(problem: Refused, path: str) -> dict[str, Any]:
    """RFC 9457."""
    body: dict[str, Any] = {"status": problem.status, "instance": path}
    if problem.errors is None:
        return {"title": problem.text, "type": "about:blank", **body}
    errors = problem.errors if isinstance(problem.errors, dict) else {"": problem.errors}
    return {
        "title": "Validation errors" if problem.status == 400 else "Conflict",
        "type": "urn:apicheck:validation-error",
        **body,
        "errors": [
            {
                "type": "urn:apicheck:invalid-field",
                "title": "Validation error",
                "detail": text,
                **({"pointer": f"/{key}"} if key else {}),
            }
            for key, texts in errors.items()
            for text in texts
        ],
    }


def _response(reply: Reply, method: str) -> Response:
    from starlette.responses import Response

    body: bytes
    if reply.body is None:
        body = b""
    elif isinstance(reply.body, str):
        body = reply.body.encode()
    else:
        body = json.dumps(reply.body, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {
        "x-pact-broker-version": api_index.VERSION,
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'",
        **reply.headers,
    }
    if reply.body is not None:
        headers["content-type"] = reply.media
    if method == "HEAD":
        headers["content-length"] = str(len(body))
        body = b""
    return Response(body, status_code=reply.status, headers=headers)
