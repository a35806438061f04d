"""What is said of a field, message or enum beside its type: default, checks, JSON, deprecation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.protobuf.context import SOURCE_ONLY, WARNING, told
from apicheck.model import Direction, Effect, Example, Rule, Severity, Surface

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.protobuf.context import Context
    from apicheck.formats.protobuf.model import Model
    from apicheck.walk import Fact, Pair

__all__ = ["RULES", "deprecation", "field_options", "json_format"]

DEFAULT_CHANGED = Rule(
    id="protobuf.default-changed",
    effect=Effect.REPLACES,
    summary="The default of a field changed.",
    message="{name} stood for {old} where it is not set, and now stands for {new}",
    why="A value that equals the default may stay unwritten: it is read as another one.",
    fix="Keep the default; it belongs to the format.",
    example=Example(
        of="proto",
        old='syntax = "proto2"; message Order { optional int32 size = 1 [default = 5]; }',
        new='syntax = "proto2"; message Order { optional int32 size = 1 [default = 7]; }',
    ),
    surfaces=frozenset(Surface),
)
TEXT_CHECKED = Rule(
    id="protobuf.text-checked",
    mirror="protobuf.text-unchecked",
    effect=Effect.NARROWS,
    summary="The bytes of a string must be UTF-8 now.",
    message="{name} must be UTF-8 now",
    why="Strings of other bytes, which passed before, are refused (feature utf8_validation).",
    fix="Make sure that all writers write UTF-8.",
    example=Example(
        of="proto",
        old='edition = "2023"; message Order { string id = 1 [features.utf8_validation = NONE]; }',
        new='edition = "2023"; message Order { string id = 1; }',
    ),
    surfaces=frozenset({Surface.WIRE}),
    override={Direction.INBOUND: Severity.WARNING},
    because="Most writers write UTF-8 whether it is checked or not.",
)
TEXT_UNCHECKED = Rule(
    id="protobuf.text-unchecked",
    mirror="protobuf.text-checked",
    effect=Effect.WIDENS,
    summary="The bytes of a string may be anything now.",
    message="{name} need not be UTF-8 any more",
    why="Readers that were not upgraded refuse strings of other bytes.",
    fix="Go on writing UTF-8.",
    example=Example(
        of="proto",
        old='edition = "2023"; message Order { string id = 1; }',
        new='edition = "2023"; message Order { string id = 1 [features.utf8_validation = NONE]; }',
    ),
    surfaces=frozenset({Surface.WIRE}),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="Most writers write UTF-8 whether it is checked or not.",
)
CODE_TYPE_CHANGED = Rule(
    id="protobuf.code-type-changed",
    effect=Effect.REPLACES,
    summary="A field has another type in generated code.",
    message="{name} has the option {option} = {new}, which was {old}",
    why="Code that uses the field no longer compiles.",
    fix="Keep the option.",
    example=Example(
        of="proto",
        old="message Order { int64 size = 1; }",
        new="message Order { int64 size = 1 [jstype = JS_STRING]; }",
    ),
    surfaces=SOURCE_ONLY,
)
JSON_DROPPED = Rule(
    id="protobuf.json-dropped",
    mirror="protobuf.json-supported",
    effect=Effect.REPLACES,
    summary="A message or enum is no longer sure to work in JSON.",
    message="{name} no longer has the feature json_format = ALLOW",
    why="Names that collide in JSON are no longer refused by the compiler, but at run time.",
    fix="Keep json_format = ALLOW where JSON is in use.",
    example=Example(
        of="proto",
        old='edition = "2023"; message Order { string id = 1; }',
        new='edition = "2023"; message Order {'
        " option features.json_format = LEGACY_BEST_EFFORT; string id = 1; }",
    ),
    surfaces=frozenset({Surface.JSON}),
    override=WARNING,
    because="As long as no two names collide, nothing changes.",
)
JSON_SUPPORTED = Rule(
    id="protobuf.json-supported",
    mirror="protobuf.json-dropped",
    effect=Effect.REPLACES,
    summary="A message or enum is now sure to work in JSON.",
    message="{name} now has the feature json_format = ALLOW",
    why="Nobody is hurt.",
    fix="Nothing to do.",
    example=Example(
        of="proto",
        old='edition = "2023"; message Order {'
        " option features.json_format = LEGACY_BEST_EFFORT; string id = 1; }",
        new='edition = "2023"; message Order { string id = 1; }',
    ),
    surfaces=frozenset({Surface.JSON}),
    override={Direction.INBOUND: Severity.INFO, Direction.OUTBOUND: Severity.INFO},
    because="What worked goes on working.",
)
DEPRECATED = Rule(
    id="protobuf.deprecated",
    mirror="protobuf.undeprecated",
    effect=Effect.KEEPS,
    summary="Something was marked as deprecated.",
    message="{name} is deprecated now",
    why="Nobody is hurt yet; compilers may warn of its use.",
    fix="Nothing to do.",
    example=Example(
        of="proto",
        old="message Order { string id = 1; }",
        new="message Order { string id = 1 [deprecated = true]; }",
    ),
)
UNDEPRECATED = Rule(
    id="protobuf.undeprecated",
    mirror="protobuf.deprecated",
    effect=Effect.KEEPS,
    summary="Something is no longer marked as deprecated.",
    message="{name} is no longer deprecated",
    why="Nobody is hurt.",
    fix="Nothing to do.",
    example=Example(
        of="proto",
        old="message Order { string id = 1 [deprecated = true]; }",
        new="message Order { string id = 1; }",
    ),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

_CODE_TYPES = {
    "jstype": ("JS_NORMAL", "JS_STRING", "JS_NUMBER"),
    "ctype": ("STRING", "CORD", "STRING_PIECE"),
}
#: Types that each of these options is about.
_CONCERNED = {
    "jstype": frozenset({"int64", "uint64", "sint64", "fixed64", "sfixed64"}),
    "ctype": frozenset({"string", "bytes"}),
}
_TEXTS = frozenset({"string", "bytes"})
_DEFAULTLESS = frozenset({"message", "group"})


def field_options(pair: Pair, context: Context) -> Iterator[Fact]:
    """Options of a field that is there on both sides, of types that can be read as each other."""
    old, new = pair.old.value, pair.new.value
    name = new["name"]
    one, two = _default(old, context.old), _default(new, context.new)
    if one is not None and two is not None and one != two:
        shown = {"old": _shown(one, old), "new": _shown(two, new)}
        yield told(pair, DEFAULT_CHANGED, "default", name=name, **shown)
    if old["utf8"] is not None and new["utf8"] is not None and old["utf8"] != new["utf8"]:
        yield told(pair, TEXT_CHECKED if new["utf8"] else TEXT_UNCHECKED, name=name)
    for option, words in _CODE_TYPES.items():
        concerned = old["type"] in _CONCERNED[option] and new["type"] in _CONCERNED[option]
        if concerned and old[option] != new[option]:
            values = {"old": words[old[option]], "new": words[new[option]]}
            yield told(pair, CODE_TYPE_CHANGED, "options", name=name, option=option, **values)
    yield from deprecation(pair, name)


def deprecation(pair: Pair, name: str) -> Iterator[Fact]:
    """The mark on anything that may be deprecated."""
    old, new = pair.old.value["deprecated"], pair.new.value["deprecated"]
    if old != new:
        yield told(pair, DEPRECATED if new else UNDEPRECATED, "deprecated", name=name)


def json_format(pair: Pair, name: str) -> Iterator[Fact]:
    """The feature json_format of a message or enum."""
    old, new = pair.old.value["json-format"], pair.new.value["json-format"]
    if old != new:
        yield told(pair, JSON_SUPPORTED if new == 1 else JSON_DROPPED, name=name)


def _default(field: dict[str, Any], side: Model) -> Any:
    """What a field stands for where it is not set: a text, or a number; None where nothing does."""
    kind, text = field["type"], field["default"]
    if field["label"] in {"repeated", "map"} or kind in _DEFAULTLESS:
        return None
    if kind == "enum":
        values = side.data["enums"][field["ref"]]["values"]
        return values[text if text is not None else next(iter(values))]["number"]
    if kind in _TEXTS:
        return text or ""
    if kind == "bool":
        return int(text == "true")
    if kind in {"float", "double"}:
        number = float(text or 0)
        return "nan" if number != number else number  # noqa: PLR0124 - NaN differs from itself
    return int(text or 0)


def _shown(value: Any, field: dict[str, Any]) -> str:
    if field["type"] == "bool":
        return "true" if value else "false"
    if field["type"] in _TEXTS:
        return f'"{value}"'
    return str(field["default"] or value)
