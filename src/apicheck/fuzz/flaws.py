"""What a request breaks of the contract, read off what went over the wire.

What was meant when a request was made does not count: ``?n=5`` is a number and a text, a header is
text whatever was put into it. A flaw is told only where no reading of what was sent is within the
contract; where a service may read it in a way that is not known here, nothing is told.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit

from apicheck.fuzz.contract import MISSING
from apicheck.fuzz.sample import accepts, first_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from apicheck.fuzz.contract import Body, Operation, Parameter
    from apicheck.fuzz.model import Request

__all__ = ["Flaw", "flaws", "formed", "plain", "routed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One thing in a request that breaks the contract.

    ``place`` is ``path``, ``query``, ``header`` or ``cookie`` for a parameter; ``absent`` (content
    that is required), ``type``, ``syntax`` or ``content``. ``how`` is the same on every run.
    """

    place: str
    name: str
    how: str


def routed(target: str) -> bool:
    """Whether all servers take the path for the same one: no escaped slash, no dots to resolve."""
    path = urlsplit(target).path
    if re.search(r"//|;|%2f|%5c|\\", path, re.IGNORECASE):
        return False
    try:
        segments = unquote_to_bytes(path).decode().split("/")
    except UnicodeDecodeError:
        return False
    return not any(
        each in {".", ".."} or re.search(r"[\x00-\x1f\x7f?#]", each) for each in segments
    )


def flaws(operation: Operation, request: Request, bindings: Mapping[str, str]) -> Iterator[Flaw]:
    """What of a request breaks the contract of its operation."""
    given = _given(request, bindings)
    # What is asked about comes before what is asked.
    for each in sorted(operation.parameters, key=lambda one: one.place != "path"):
        if each.place == "header" and each.name.lower() in _GENERAL:
            continue
        how = _parameter(each, given)
        if how is not None:
            yield Flaw(place=each.place, name=each.name, how=how)
    found = _content(operation, request)
    if found is not None:
        yield found


#: Header fields that OpenAPI says are no parameters.
_GENERAL = {"accept", "content-type", "authorization"}

Given = dict[tuple[str, str], list[str]]


def _given(request: Request, bindings: Mapping[str, str]) -> Given:
    """The texts of each parameter by place and name (lower case for headers)."""
    given: Given = {("path", name): [value] for name, value in bindings.items()}
    query = urlsplit(request.target).query
    for name, value in parse_qsl(query, keep_blank_values=True, errors="surrogateescape"):
        given.setdefault(("query", name), []).append(value)
    for name, value in request.headers:
        given.setdefault(("header", name.lower()), []).append(value)
        if name.lower() == "cookie":
            for pair in value.split(";"):
                key, _, text = pair.strip().partition("=")
                given.setdefault(("cookie", key), []).append(text.strip('"'))
    return given


def _parameter(parameter: Parameter, given: Given) -> str | None:
    """How a parameter breaks the contract, or None."""
    place, name = parameter.place, parameter.name
    key = (place, name.lower() if place == "header" else name)
    texts = given.get(key, [])
    if not texts:
        # name[x]=1 and x=1 are ways to write an object, name[]=1 one to write an array.
        spread = _takes(parameter.schema, "object", "array")
        if not parameter.required or (place == "query" and spread):
            return None
        return f"without {name}"
    if parameter.style in {"label", "matrix"} or _takes(parameter.schema, "object"):
        return None
    # Servers differ in what an empty value is, and in bytes that are no text.
    if any(not text.strip() or not _sound(text) for text in texts):
        return None
    if any(accepts(parameter.schema, value) for value in _readings(texts)):
        return None
    return f"for {name}"


def _takes(schema: Any, *types: str) -> bool:
    """Whether a schema may be about values of these types."""
    if not isinstance(schema, dict):
        return False
    said = schema.get("type")
    if said is not None:
        return bool(set(types) & ({said} if isinstance(said, str) else set(said)))
    inner = [each for name in ("anyOf", "oneOf", "allOf") for each in schema.get(name, ())]
    if inner:
        return any(_takes(each, *types) for each in inner)
    return "properties" in schema or "items" in schema


def _sound(text: str) -> bool:
    return not re.search("[\ud800-\udfff\ufffd\x00]", text)


def _readings(texts: list[str]) -> Iterator[Any]:
    """All values that texts of one parameter may stand for."""
    for text in texts:
        yield from _values(text)
    lists = [texts, *(texts[0].split(mark) for mark in ",| ;" if len(texts) == 1)]
    for each in lists:
        yield each
        yield [_typed(text) for text in each]


_WORDS = {
    **dict.fromkeys(("true", "t", "yes", "y", "on", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "off", "0"), False),
    **dict.fromkeys(("null", "none", "nil", "undefined"), None),
}


def _values(text: str) -> Iterator[Any]:
    bare = text.strip()
    yield text
    yield bare
    if len(bare) < 400:
        try:
            number = float(bare)
        except ValueError:
            pass
        else:
            if math.isfinite(number):
                yield number
                if number.is_integer():
                    yield int(bare) if re.fullmatch(r"[+-]?[0-9]+", bare) else int(number)
    if bare.lower() in _WORDS:
        yield _WORDS[bare.lower()]
    if bare[:1] in '[{"':
        value = _json(bare.encode())
        if value is not MISSING and value is not _UNCLEAR:
            yield value


def _typed(text: str) -> Any:
    """The value that an item of a list stands for, if it is not text."""
    bare = text.strip()
    if re.fullmatch(r"-?[0-9]{1,400}", bare):
        return int(bare)
    found = _json(bare.encode())
    return text if found is MISSING or found is _UNCLEAR else found


# Content.

_UNCLEAR: Any = object()


def _json(content: bytes) -> Any:
    """The value; MISSING where it is no JSON, _UNCLEAR where parsers differ."""

    def number(text: str) -> int:
        if len(text) > 4000:
            raise OverflowError
        return int(text)

    def none(text: str) -> Any:
        raise ValueError(text)

    try:
        return json.loads(content, parse_int=number, parse_constant=none)
    except (OverflowError, RecursionError, UnicodeDecodeError):
        return _UNCLEAR
    except ValueError:
        return MISSING


def _content(operation: Operation, request: Request) -> Flaw | None:
    if not operation.bodies:
        return None
    if not request.body:
        if operation.body_required and request.header("Transfer-Encoding") is None:
            return Flaw(place="absent", name="", how="without content")
        return None
    said = request.header("Content-Type")
    if said is None:
        return None
    media = said.partition(";")[0].strip().lower()
    body = _declared(operation, media)
    if body is None:
        # What is no media type at all is read by some servers as they like.
        if not re.fullmatch(r"[\w.+-]+/[\w.+-]+", media) or "json" in media:
            return None
        return Flaw(place="type", name=media, how=f"for {media}")
    if not media.endswith("json") or ("charset" in said.lower() and "utf-8" not in said.lower()):
        return None
    value = _json(request.body)
    if value is _UNCLEAR:
        return None
    if value is MISSING:
        return Flaw(place="syntax", name="", how="for content that is no JSON")
    error = first_error(_sent(body), value)
    if error is None or error.endswith("breaks multipleOf"):
        return None  # division of binary fractions accuses wrongly
    at, _, how = error.partition(" ")
    if error.startswith("the content "):
        at, how = "", error.removeprefix("the content ")
    return Flaw(place="content", name=at, how=f"where /{at.replace('.', '/')} {how}")


def _declared(operation: Operation, media: str) -> Body | None:
    for each in operation.bodies:
        if each.media in {media, "*/*"}:
            return each
        if each.media.endswith("/*") and media.startswith(each.media[:-1]):
            return each
    return None


def _sent(body: Body) -> Any:
    """The schema of a body as it is for requests: nobody has to send what is read only."""
    return _for_requests(_Held(body.schema))


class _Held:
    """A schema as a key: the same one is the same key, and stays alive while it is one."""

    __slots__ = ("schema",)

    def __init__(self, schema: Any) -> None:
        self.schema = schema

    def __hash__(self) -> int:
        return id(self.schema)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.schema is self.schema


@lru_cache(maxsize=1024)
def _for_requests(held: _Held) -> Any:
    return _without_read_only(held.schema)


def _without_read_only(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_read_only(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {
        name: value
        if name in {"enum", "const", "default", "example", "examples"}
        else _without_read_only(value)
        for name, value in schema.items()
    }
    members = made.get("properties")
    if isinstance(members, dict) and isinstance(made.get("required"), list):
        hidden = {
            n for n, each in members.items() if isinstance(each, dict) and each.get("readOnly")
        }
        made["required"] = [each for each in made["required"] if each not in hidden]
    # OpenAPI 3.0 says that nullable needs a type beside it; nobody who writes it means that.
    if made.get("nullable") is True and "type" not in made:
        return {"anyOf": [{"type": "null"}, made]}
    return made


def formed(operation: Operation, bindings: Mapping[str, str]) -> bool:
    """Whether what stands in the path has the formats of its parameters too."""
    return all(
        any(_strictly(each.schema, value) for value in _values(bindings[each.name]))
        for each in operation.parameters
        if each.place == "path" and each.name in bindings and not _takes(each.schema, "object")
    )


def plain(operation: Operation, request: Request, bindings: Mapping[str, str]) -> bool:
    """Whether a request without flaws has nothing either that the contract is silent about.

    No undeclared parameter or member, no text that is wrong for its format, no odd character, no
    number that some machines cannot hold.
    """
    given = _given(request, bindings)
    known = {
        (p.place, p.name.lower() if p.place == "header" else p.name): p.schema
        for p in operation.parameters
    }
    for key, texts in given.items():
        if key[0] == "header" and key[1] in {*_GENERAL, "cookie"}:
            continue
        if key not in known or len(texts) > 1 or not texts[0].strip() or not _usual(texts[0]):
            return False
        if _takes(known[key], "object", "array"):
            return False
        if not any(_strictly(known[key], value) for value in _values(texts[0])):
            return False
    if not request.body:
        return True
    body = _declared(operation, (request.header("Content-Type") or "").lower())
    if body is None or not _usual(request.body.decode("latin-1")):
        return False
    value = _json(request.body)
    declared = body.schema.get("properties", {}) if isinstance(body.schema, dict) else {}
    return (
        isinstance(value, dict)
        and value.keys() <= declared.keys()
        and _strictly(_sent(body), value)
    )


def _usual(text: str) -> bool:
    """Whether it is printable ASCII without escapes, and without numbers past 2^53."""
    return re.search(r"[^\x20-\x7e]|\\|[0-9]{16}|[0-9][eE]", text) is None


def _strictly(schema: Any, value: Any) -> bool:
    """Whether a value fits with the formats of its texts."""
    return _strict(_Held(schema)).is_valid(value)  # type: ignore[no-any-return]


@lru_cache(maxsize=1024)
def _strict(held: _Held) -> Any:
    import jsonschema_rs

    try:
        return jsonschema_rs.Draft202012Validator(held.schema, validate_formats=True)
    except ValueError:
        return jsonschema_rs.Draft202012Validator(False)
