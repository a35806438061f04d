"""How values stand in a request: parameters by their style, content by its media type."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from apicheck.fuzz.sample import text_of

if TYPE_CHECKING:
    from apicheck.fuzz.contract import Body, Parameter

__all__ = ["can_write", "in_cookie", "in_header", "in_path", "in_query", "written"]

_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
#: Between the parts of content; no value that we make has it.
_BOUNDARY = "apicheck-7f3a1c9e5b"
_SEPARATORS = {"spaceDelimited": "%20", "pipeDelimited": "%7C", "tabDelimited": "%09"}


def in_path(parameter: Parameter | None, value: Any) -> str:
    """A value as it stands in a path (OpenAPI 3.1, 4.8.12.3)."""
    style = "simple" if parameter is None else parameter.style
    name = "" if parameter is None else parameter.name
    explode = parameter is not None and parameter.explode
    if style == "json":
        return quote(json.dumps(value), safe="")
    if style == "label":
        return "." + _joined(value, "." if explode else ",", pairs=explode)
    if style == "matrix":
        if explode and isinstance(value, list):
            return "".join(f";{name}={_quoted(each)}" for each in value)
        if explode and isinstance(value, dict):
            return "".join(f";{quote(key, safe='')}={_quoted(each)}" for key, each in value.items())
        return f";{name}={_joined(value, ',', pairs=False)}"
    return _joined(value, ",", pairs=explode)


def in_query(parameter: Parameter, value: Any) -> str:
    """``name=value``, or several of them; "" for nothing to say."""
    name = quote(parameter.name, safe="[]")
    if parameter.style == "json":
        return f"{name}={quote(json.dumps(value), safe='')}"
    if isinstance(value, dict):
        if parameter.style == "deepObject":
            return "&".join(
                f"{name}[{quote(key, safe='')}]={_quoted(each)}" for key, each in value.items()
            )
        if parameter.explode:
            return "&".join(f"{quote(k, safe='')}={_quoted(each)}" for k, each in value.items())
    if isinstance(value, list) and parameter.explode:
        return "&".join(f"{name}={_quoted(each)}" for each in value)
    between = _SEPARATORS.get(parameter.style, ",")
    return f"{name}={_joined(value, between, pairs=False)}"


def in_header(parameter: Parameter, value: Any) -> str:
    """A value as it stands in a header: not escaped."""
    if parameter.style == "json":
        return json.dumps(value)
    if isinstance(value, dict):
        between = "=" if parameter.explode else ","
        return ",".join(f"{key}{between}{text_of(each)}" for key, each in value.items())
    return text_of(value)


def in_cookie(parameter: Parameter, value: Any) -> str:
    """``name=value``, as it stands in Cookie."""
    text = json.dumps(value) if parameter.style == "json" else text_of(value)
    return f"{parameter.name}={quote(text, safe=',:/@+')}"


def _quoted(value: Any) -> str:
    return quote(text_of(value), safe="")


def _joined(value: Any, between: str, *, pairs: bool) -> str:
    """Items with something between them; members of an object as ``k,v`` or ``k=v`` (pairs)."""
    if isinstance(value, list):
        return between.join(map(_quoted, value))
    if isinstance(value, dict):
        inner = "=" if pairs else between
        return between.join(f"{quote(k, safe='')}{inner}{_quoted(v)}" for k, v in value.items())
    return _quoted(value)


def can_write(media: str) -> bool:
    """Whether content of a media type can be made from a value."""
    return media in {_FORM, _MULTIPART, "*/*", "application/*"} or (
        media.endswith("json") or media.startswith("text/") or media == "application/octet-stream"
    )


def written(body: Body, value: Any) -> tuple[str, bytes]:
    """The Content-Type and the content for a value of a body."""
    media = body.media
    if media == _FORM:
        pairs = value.items() if isinstance(value, dict) else ()
        return media, urlencode([(k, text) for k, v in pairs for text in _fields(v)]).encode()
    if media == _MULTIPART:
        return f"{media}; boundary={_BOUNDARY}", _parts(value, body.schema)
    if not media.endswith("json") and isinstance(value, str):
        return media.replace("*", "octet-stream"), value.encode("utf-8", "replace")
    text = json.dumps(value, ensure_ascii=False)
    return media if media.endswith("json") else "application/json", text.encode(
        "utf-8", "surrogatepass"
    )


def _fields(value: Any) -> list[str]:
    """The texts of one field of a form: one for each item."""
    if isinstance(value, list):
        return [text for each in value for text in _fields(each)]
    return [json.dumps(value) if isinstance(value, dict) else text_of(value)]


def _parts(value: Any, schema: Any) -> bytes:
    """A field each (RFC 7578): an object goes as JSON, what is binary as a file."""
    known = schema.get("properties") if isinstance(schema, dict) else None
    lines = []
    for name, each in value.items() if isinstance(value, dict) else ():
        for item in each if isinstance(each, list) else [each]:
            kind = known.get(name) if isinstance(known, dict) else None
            about = f'form-data; name="{name}"'
            if _binary(kind):
                about += '; filename="probe.bin"'
            lines += [f"--{_BOUNDARY}", f"Content-Disposition: {about}"]
            if _binary(kind):
                lines += ["Content-Type: application/octet-stream", "", text_of(item)]
            elif isinstance(item, dict):
                lines += ["Content-Type: application/json", "", json.dumps(item)]
            else:
                lines += ["", text_of(item)]
    return "\r\n".join([*lines, f"--{_BOUNDARY}--", ""]).encode("utf-8", "replace")


def _binary(schema: Any) -> bool:
    """Whether a field is a file: ``format: binary``, or content of no text (OpenAPI 3.1)."""
    if not isinstance(schema, dict):
        return False
    inner = schema.get("items", schema)
    inner = inner if isinstance(inner, dict) else schema
    return inner.get("format") == "binary" or "contentMediaType" in inner
