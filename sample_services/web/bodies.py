"""Reading the content of a request as JSON."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect

from sample_services.web.problems import INVALID, Problem, invalid
from sample_services.web.schemas import broken

if TYPE_CHECKING:
    from sample_services.web.calls import Call

LARGEST = 256 * 1024
DEEPEST = 64
PATIENCE = 10.0  # seconds for a body to arrive
_LONGEST_INTEGER = 400
_SKIPPED = 16 * 1024 * 1024

_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"?')
_BRACKET = re.compile(r"[\[\]{}]")


def announced(call: Call) -> Call:
    """Refuse by its headers what needs no reading: type (415), coding (415), size (413)."""
    if not call.operation.bodies:
        return call  # content without meaning is ignored (RFC 9110, 9.3.1)
    headers = call.request.headers
    coding = headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in {"", "identity"}:
        # RFC 9110, 15.5.16: say which codings would do.
        raise Problem(415, detail="no content codings", headers={"Accept-Encoding": "identity"})
    length = headers.get("Content-Length")
    if length is not None and length.isdecimal() and int(length[:20]) > LARGEST:
        # The server skips the content and keeps the connection, unless it is far too much.
        far = int(length[:20]) > _SKIPPED
        raise Problem(413, headers={"Connection": "close"} if far else {})
    if "Content-Type" in headers or "Transfer-Encoding" in headers or length not in {None, "0"}:
        media_type(call)
    return call


def media_type(call: Call) -> str:
    """Which of the types that the operation takes the content has."""
    essence, _, rest = call.request.headers.get("Content-Type", "").partition(";")
    charset = re.search(r'charset\s*=\s*"?([^\s";]+)', rest, re.IGNORECASE)
    named = essence.strip().lower()
    if named in call.operation.bodies and (
        charset is None or charset[1].lower() in {"utf-8", "utf8", "us-ascii"}
    ):
        return named
    taken = ", ".join(call.operation.bodies)
    hint = {"POST": "Accept-Post", "PATCH": "Accept-Patch"}.get(call.operation.method)
    raise Problem(415, detail=f"takes {taken}", headers={hint: taken} if hint else {})


async def read(call: Call) -> Any:
    """The content as a value that keeps the schema of the operation."""
    value = parsed(await content(call))
    if errors := broken(call.operation.bodies[media_type(call)], value):
        raise Problem(422, INVALID, "the content breaks the contract", errors=errors)
    return value


async def content(call: Call) -> bytes:
    """All bytes, but not more than we take (413) and not for longer than we wait (408)."""
    state = call.request.state
    if not hasattr(state, "content"):  # it can be read from the connection once only
        received, skipped = bytearray(), 0
        try:
            async with asyncio.timeout(PATIENCE):
                async for chunk in call.request.stream():
                    if len(received) <= LARGEST:
                        received += chunk
                        continue
                    # Read on for a while: who is still sending does not see an answer.
                    skipped += len(chunk)
                    if skipped > _SKIPPED:
                        raise Problem(413, headers={"Connection": "close"})
        except TimeoutError:
            raise Problem(408, headers={"Connection": "close"}) from None
        except ClientDisconnect:
            raise invalid(400, "the content ended early") from None
        if len(received) > LARGEST:
            raise Problem(413)
        state.content = bytes(received)
    kept: bytes = state.content
    return kept


def parsed(data: bytes) -> Any:
    """A JSON text (RFC 8259) with unique names, no NaN, whole characters and bounded depth."""
    if not data:
        raise invalid(400, "there is no content")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise invalid(400, "the content is not UTF-8") from None
    if _too_deep(text):
        raise invalid(400, f"nested more than {DEEPEST} deep")
    try:
        value = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_integer
        )
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise invalid(400, "half a surrogate pair is no character") from None
    except ValueError as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise invalid(400, f"not JSON: {reason}") from None
    return value


def _too_deep(text: str) -> bool:
    depth = 0
    for bracket in _BRACKET.finditer(_STRING.sub("", text)):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > DEEPEST:
            return True
    return False


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # RFC 8259, 4: what a name that occurs twice means is left to the receiver. Here: nothing good.
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name occurs twice in an object")
    return made


def _no_constant(_: str) -> float:
    raise ValueError("NaN and Infinity are no numbers")


def _integer(text: str) -> int | float:
    # Longer than anybody counts; as infinity it breaks every schema (422) instead of the parser.
    return int(text) if len(text) <= _LONGEST_INTEGER else float("inf")
