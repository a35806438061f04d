"""Parameters of path, query and header, held against the contract."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from sample_services.web.problems import NOT_FOUND, Problem, invalid
from sample_services.web.schemas import broken

if TYPE_CHECKING:
    from sample_services.web.calls import Call
    from sample_services.web.contract import Parameter

# Their meaning is not whether they are there but what they say: see conditions.py.
_CONDITIONS = {"if-match", "if-none-match", "if-modified-since", "if-unmodified-since"}


def checked(call: Call) -> Call:
    """Typed values for the handler. A path that cannot exist is 404, other trouble is 400."""
    query = _query(call)
    values: dict[str, Any] = {}
    for each in call.operation.parameters:
        if each.place == "path" and broken(each.schema, call.path[each.name]):
            raise Problem(404, NOT_FOUND)
        if each.place == "query":
            found = _one(each, query.get(each.name, []))
            value = each.schema.schema.get("default") if found is None else _typed(each, found)
            if value is not None:
                values[each.name] = value
        if each.place == "header" and each.name.lower() not in _CONDITIONS:
            found = _one(each, call.request.headers.getlist(each.name))
            if found is not None:
                _typed(each, found)
    return replace(call, query=values)


def _query(call: Call) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    try:
        # The target is well-formed UTF-8 by now (target.py).
        for name, value in parse_qsl(
            call.request.scope["query_string"].decode("ascii"),
            keep_blank_values=True,
            max_num_fields=100,
        ):
            values.setdefault(name, []).append(value)
    except ValueError:
        raise invalid(400, "the query cannot be read") from None
    return values


def _one(parameter: Parameter, found: list[str]) -> str | None:
    if len(found) > 1:
        raise invalid(400, f"{parameter.name} is there more than once")
    if not found and parameter.required:
        raise invalid(400, f"{parameter.name} is missing")
    return found[0] if found else None


def _typed(parameter: Parameter, text: str) -> Any:
    value: Any = text
    if parameter.schema.schema.get("type") == "integer":
        if not re.fullmatch(r"-?[0-9]{1,400}", text, re.ASCII):
            raise invalid(400, f"{parameter.name} is no integer")
        value = int(text)
    if errors := broken(parameter.schema, value):
        raise invalid(400, f"{parameter.name} {errors[0]['detail']}")
    return value
