"""Values that a schema accepts, and values with one thing wrong in them."""

from __future__ import annotations

import importlib
import re
import uuid
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

__all__ = ["accepts", "first_error", "sampled", "text_of", "unlikely"]

_DEEPEST = 16
#: Errors that say nothing of the value.
_UNSURE = {"backtrackLimitExceeded", "regexEngineFailure", "referencing"}
#: Most values inside of one that is made, and most characters of a text.
_MOST = 2000
_LONGEST = 100_000


def sampled(
    schema: Any,
    random: Random,
    *,
    full: bool = False,
    anew: bool = False,
    depth: int = 0,
    left: list[int] | None = None,
) -> Any:
    """A value for a schema: required members only, or all of them (``full``).

    It is a good guess: ``accepts`` says whether it fits. An example in the schema wins, except
    for formats and patterns that name things (they are made anew, so that they do not collide);
    all texts are made ``anew`` if asked for.
    ``left`` is how many values more may be made in it.
    """
    left = [_MOST] if left is None else left
    left[0] -= 1
    if not isinstance(schema, dict) or depth > _DEEPEST or left[0] < 0:
        return {}
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    if schema.get("enum"):
        return schema["enum"][0]
    if "example" in schema and not (anew and _names(schema)):  # noqa: SIM102 - two questions
        if "pattern" not in schema and schema.get("format") != "uuid":
            return schema["example"]
    for name in ("oneOf", "anyOf"):
        if schema.get(name) and "type" not in schema:
            return sampled(
                schema[name][0], random, full=full, anew=anew, depth=depth + 1, left=left
            )
    if schema.get("allOf"):
        parts = [
            sampled(each, random, full=full, anew=anew, depth=depth + 1, left=left)
            for each in schema["allOf"]
        ]
        merged: dict[str, Any] = {}
        for part in (*parts, _object(schema, random, full=full, anew=anew, depth=depth, left=left)):
            if isinstance(part, dict):
                merged.update(part)
        return merged
    return _of_type(schema, random, full=full, anew=anew, depth=depth, left=left)


def _names(schema: dict[str, Any]) -> bool:
    """Whether it is a text, which may name something."""
    return schema.get("type") == "string" or isinstance(schema.get("example"), str)


def _of_type(
    schema: dict[str, Any], random: Random, *, full: bool, anew: bool, depth: int, left: list[int]
) -> Any:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), "null")
    if kind == "object" or (kind is None and "properties" in schema):
        return _object(schema, random, full=full, anew=anew, depth=depth, left=left)
    if kind == "array":
        item = schema.get("items", {})
        number = max(1, schema.get("minItems", 0)) if schema.get("maxItems", 1) else 0
        return [
            sampled(item, random, full=full, anew=anew, depth=depth + 1, left=left)
            for _ in range(max(0, min(number, 100, left[0])))
        ]
    if kind in {"integer", "number"}:
        return _number(schema, kind)
    if kind == "boolean":
        return False
    if kind == "null":
        return None
    return _text(schema, random)


def _object(
    schema: dict[str, Any], random: Random, *, full: bool, anew: bool, depth: int, left: list[int]
) -> dict[str, Any]:
    known = schema.get("properties", {})
    required = schema.get("required", [])
    wanted = [name for name in known if full or name in required]
    wanted += [name for name in required if name not in known]
    if not wanted and schema.get("minProperties"):
        wanted = list(known)[: schema["minProperties"]]
    return {
        name: sampled(
            known.get(name, {"type": "string"}),
            random,
            full=full,
            anew=anew,
            depth=depth + 1,
            left=left,
        )
        for name in wanted
        if not (isinstance(known.get(name), dict) and known[name].get("readOnly"))
    }


def _number(schema: dict[str, Any], kind: str) -> Any:
    step = schema.get("multipleOf", 1)
    low = schema.get("minimum")
    if low is None and "exclusiveMinimum" in schema:
        low = schema["exclusiveMinimum"] + step
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low == 0 and "multipleOf" not in schema and (high is None or high >= 7):
        low = 7  # more is seen of it than of nothing
    value = low if low is not None else (min(1, high) if high is not None else 1)
    return int(value) if kind == "integer" else value


def unlikely(schema: Any, random: Random) -> Any:
    """The schema of values that hardly anything has: no examples, no small numbers."""
    if not isinstance(schema, dict):
        return {"type": "string"}
    plain = {k: v for k, v in schema.items() if k not in {"example", "examples", "default"}}
    if "integer" in _kinds(plain) and not {"enum", "const", "multipleOf"} & plain.keys():
        low, high = plain.get("minimum", 0), plain.get("maximum", 2**31 - 1)
        span = range(int(low), int(high) + 1)
        if len(span) > 1:
            return {"const": random.choice(span[len(span) // 4 :])}
    return plain


def _kinds(schema: dict[str, Any]) -> list[Any]:
    kind = schema.get("type")
    return kind if isinstance(kind, list) else [kind]


_FORMATS = {
    "date-time": "2026-03-01T12:00:00Z",
    "date": "2026-03-01",
    "time": "12:00:00Z",
    "uri": "https://example.com/thing",
    "uri-reference": "/thing",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "hostname": "example.com",
    "duration": "PT1H",
}


def _text(schema: dict[str, Any], random: Random) -> str:
    form = str(schema.get("format"))
    if form == "uuid":
        return str(uuid.UUID(int=random.getrandbits(128), version=4))
    if form == "email":
        return f"probe-{random.getrandbits(32):08x}@example.com"
    if form in _FORMATS:
        return _FORMATS[form]
    if isinstance(schema.get("pattern"), str):
        made = _matching(schema["pattern"], random)
        if made is not None:
            return made
    word: str = f"probe-{random.getrandbits(32):08x}"
    word += "x" * (min(int(schema.get("minLength", 0)), _LONGEST) - len(word))
    return word[: int(schema["maxLength"])] if "maxLength" in schema else word


def _matching(pattern: str, random: Random) -> str | None:
    """A text that a simple pattern matches, or None."""
    try:
        # The parser of ``re`` has no public name.
        tree = importlib.import_module("re._parser").parse(pattern)
        left = [_MOST]
        made = "".join(_piece(each, random, left) for each in tree)
    except (re.error, ValueError, RecursionError, NotImplementedError, KeyError, OverflowError):
        return None
    return made if accepts({"pattern": pattern}, made) else None


def _piece(node: Any, random: Random, left: list[int]) -> str:
    name, value = str(node[0]), node[1]
    left[0] -= 1
    if left[0] < 0:
        raise NotImplementedError("a longer text")
    if name == "LITERAL":
        return chr(value)
    if name in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
        low, high, inside = value
        # The longest short one: there are more of them, so fewer collide.
        times = max(low, min(int(high), low + 3, 12))
        return "".join(_piece(each, random, left) for _ in range(times) for each in inside)
    if name == "IN":
        return _one_of(value, random)
    if name == "ANY":
        return "x"
    if name == "SUBPATTERN":
        return "".join(_piece(each, random, left) for each in value[-1])
    if name == "BRANCH":
        return "".join(_piece(each, random, left) for each in value[1][0])
    if name == "AT":
        return ""
    if name == "CATEGORY":
        return _category(str(value), random)
    raise NotImplementedError(name)


def _one_of(choices: Any, random: Random) -> str:
    options: list[str] = []
    for each in choices:
        kind, value = str(each[0]), each[1]
        if kind == "LITERAL":
            options.append(chr(value))
        elif kind == "RANGE":
            options += [chr(code) for code in range(value[0], min(value[1], value[0] + 200) + 1)]
        elif kind == "CATEGORY":
            options.append(_category(str(value), random))
        else:
            raise NotImplementedError(kind)
    plain = [each for each in options if each.isalnum()]
    return random.choice(plain or options)


def _category(name: str, random: Random) -> str:
    if name == "CATEGORY_DIGIT":
        return random.choice("0123456789")
    if name == "CATEGORY_WORD":
        return random.choice("abcdefghjk")
    if name == "CATEGORY_SPACE":
        return " "
    raise NotImplementedError(name)


@lru_cache(maxsize=2048)
def _validator(schema: str) -> Any:
    """One whose patterns take bounded time; patterns that it cannot read are left out."""
    import jsonschema_rs

    try:
        return jsonschema_rs.Draft202012Validator(_loaded(schema), offline=True)
    except ValueError:
        return jsonschema_rs.Draft202012Validator(_readable(_loaded(schema)), offline=True)


def _loaded(schema: str) -> Any:
    import json

    return json.loads(schema)


def _readable(schema: Any) -> Any:
    """The schema without patterns that are no regular expressions to everybody."""
    if isinstance(schema, list):
        return [_readable(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: _readable(each) for name, each in schema.items()}
    if "pattern" in kept and not _is_pattern(kept["pattern"]):
        del kept["pattern"]
    named = kept.get("patternProperties")
    if isinstance(named, dict) and not all(map(_is_pattern, named)):
        for word in ("patternProperties", "additionalProperties", "unevaluatedProperties"):
            kept.pop(word, None)
    return kept


def _is_pattern(text: Any) -> bool:
    import jsonschema_rs

    try:
        return bool(jsonschema_rs.Draft202012Validator({"pattern": text}))
    except ValueError:
        return False


def first_error(schema: Any, value: Any) -> str | None:
    """Where and how a value breaks a schema (no values in it), or None; None if unsure."""
    import json

    if schema is True:
        return None
    try:
        found = min(
            _validator(json.dumps(schema, sort_keys=True)).iter_errors(value),
            key=lambda each: [str(step) for step in each.instance_path],
            default=None,
        )
    except Exception:  # noqa: BLE001 - a schema that cannot be used accuses nobody
        return None
    if found is None or found.kind.name in _UNSURE:
        return None
    steps = ["[]" if isinstance(step, int) else str(step) for step in found.instance_path]
    at = ".".join(steps) or "the content"
    keyword = str(found.schema_path[-1]) if found.schema_path else "the contract"
    if keyword == "type":
        kinds = sorted(found.kind.types)
        return f"{at} is not {kinds[0] if len(kinds) == 1 else kinds}"
    return f"{at} breaks {keyword}"


def accepts(schema: Any, value: Any) -> bool:
    """Whether a value fits, as far as can be known."""
    return first_error(schema, value) is None


def text_of(value: Any) -> str:
    """A parameter's value as it stands in a path, query or header."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(map(text_of, value))
    return str(value)
