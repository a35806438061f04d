"""Whether a value keeps its JSON Schema (2020-12), and where it does not."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from math import isfinite
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST = 20  # places named in one answer
FORMATS = FormatChecker(formats=())
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)


@FORMATS.checks("uuid")
def _is_uuid(value: object) -> bool:
    return not isinstance(value, str) or _UUID.fullmatch(value) is not None


@FORMATS.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    if not isinstance(value, str):
        return True
    date.fromisoformat(value)
    return re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII) is not None


@FORMATS.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    if not _DATE_TIME.fullmatch(value):
        return False
    moment(value)
    return True


def moment(text: str) -> datetime:
    """A date-time (RFC 3339) with its zone. Leap seconds count as the second before them."""
    text = re.sub(r"(?<=:\d\d):60", ":59", text.upper())
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))


def _pattern(
    _: Any, pattern: str, value: object, __: Mapping[str, Any]
) -> Iterator[ValidationError]:
    # In Python's dialect `$` also matches before a last line break, in ECMA-262's it does not.
    exact = re.sub(r"\$$", r"\\Z", pattern)
    if isinstance(value, str) and not re.search(exact, value):
        yield ValidationError("does not match")


def _is_number(_: Any, value: object) -> bool:
    if isinstance(value, float):
        return isfinite(value)  # numbers that Python cannot hold were read as infinity
    return isinstance(value, int) and not isinstance(value, bool)


def _is_integer(_: Any, value: object) -> bool:
    # JSON Schema, 6.1.1: 1.0 is an integer.
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


_Validator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    validators={"pattern": _pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"number": _is_number, "integer": _is_integer}
    ),
)


def compiled(schema: Mapping[str, Any]) -> Any:
    """A schema ready for use; `schema` of the result is what it was made from."""
    return _Validator(schema, format_checker=FORMATS)


def broken(schema: Any, value: Any) -> list[dict[str, str]]:
    """Where a value breaks a schema: JSON Pointer and reason, which never repeats the value."""
    found: dict[tuple[str, str], None] = {}
    for error in schema.iter_errors(value):
        pointer = "".join(
            "/" + str(step).replace("~", "~0").replace("/", "~1") for step in error.absolute_path
        )
        found[pointer, _reason(error)] = None
        if len(found) == _MOST:
            break
    return [{"pointer": pointer, "detail": detail} for pointer, detail in found]


def _reason(error: ValidationError) -> str:
    match error.validator:
        case "required":
            wanted: Any = error.validator_value
            given: Any = error.instance
            missing = [each for each in wanted if each not in given]
            return f"lacks {', '.join(missing)}"
        case "additionalProperties":
            return "has members that are not known here"
        case keyword:
            return f"does not keep {keyword}: {json.dumps(error.validator_value)}"
