"""How the value of a parameter or header is written as text, and which schema it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.model import Direction, Effect, Example, Rule, Severity
from apicheck.nodes import Node
from apicheck.schema import compare_schemas, compare_text_schemas
from apicheck.walk import Fact, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.openapi.context import Context
    from apicheck.schema import Views

__all__ = ["RULES", "compare_values", "normal_type", "schema_of_parameter", "ways"]

_WORD = '{"name": "f", "in": "query", "schema": {"type": "string"}}'

SERIALISATION_CHANGED = Rule(
    id="parameter.serialisation-changed",
    effect=Effect.REPLACES,
    summary="A parameter or header is written in another way.",
    message="{what} is written as {new}, was {old}",
    why="The same value looks different on the wire, so the old form is misread or refused.",
    fix="Keep style and explode; offer a new parameter for the new form.",
    example=Example(
        of="parameter",
        old='{"name": "ids", "in": "query", "explode": true, "schema": {"type": "array"}}',
        new='{"name": "ids", "in": "query", "explode": false, "schema": {"type": "array"}}',
    ),
)
RESERVED_DISALLOWED = Rule(
    id="parameter.reserved-disallowed",
    mirror="parameter.reserved-allowed",
    effect=Effect.NARROWS,
    summary="Reserved characters in a parameter must be percent-encoded now.",
    message="{what} may no longer hold reserved characters as they are",
    why="Clients that send / or ? unencoded, as they were allowed to, may be misread.",
    fix="Keep accepting both forms.",
    example=Example(of="parameter", old=_WORD[:-1] + ', "allowReserved": true}', new=_WORD),
    override={Direction.INBOUND: Severity.WARNING},
    because="Most servers decode a value whether or not it was encoded.",
)
RESERVED_ALLOWED = Rule(
    id="parameter.reserved-allowed",
    mirror="parameter.reserved-disallowed",
    effect=Effect.WIDENS,
    summary="Reserved characters in a parameter may be sent as they are.",
    message="{what} may now hold reserved characters as they are",
    why="Nobody is hurt: the encoded form is understood as before.",
    fix="Nothing to do.",
    example=Example(of="parameter", old=_WORD, new=_WORD[:-1] + ', "allowReserved": true}'),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

#: Members of a Swagger 2.0 parameter or header that are not part of its schema.
_AROUND = frozenset(
    {"name", "in", "required", "description", "collectionFormat", "allowEmptyValue"}
)
_COLLECTIONS = {
    "csv": ("form", False),
    "ssv": ("spaceDelimited", False),
    "tsv": ("tabDelimited", False),
    "pipes": ("pipeDelimited", False),
    "multi": ("form", True),
}
_NESTED = frozenset({"array", "object"})


def compare_values(
    context: Context, old: Node, new: Node, where: str, what: str
) -> Iterator[Fact | Visit]:
    """Compare how two parameters or headers are written, and what they may be.

    ``where`` is the ``in`` of a parameter, ``header`` for a header.
    """
    one, two = schema_of_parameter(old), schema_of_parameter(new)
    before, after = ways(context, (old.value, one), (new.value, two), where)
    if before != after:
        values = {"what": what, "old": before, "new": after}
        yield Fact(SERIALISATION_CHANGED, old, new, values)
    allowed, allows = context.flag(old, "allowReserved"), context.flag(new, "allowReserved")
    if allowed != allows:
        rule = RESERVED_ALLOWED if allows else RESERVED_DISALLOWED
        yield Fact(rule, old, new, {"what": what})
    if one is not None or two is not None:
        # Without a schema any value will do.
        one = one or Node(True, old.document, (*old.pointer, "schema"))
        two = two or Node(True, new.document, (*new.pointer, "schema"))
        yield Visit(one, two, compare_schemas if "content" in new.value else compare_text_schemas)


def schema_of_parameter(node: Node) -> Node | None:
    """The schema of a parameter or header: its own, that of its content, or (2.0) itself."""
    schema = node.get("schema")
    if schema is not None:
        return schema
    content = node.get("content")
    if content is not None:
        for _, media in content.members():
            return media.get("schema")
        return None
    if "type" not in node.value:
        return None
    plain = {name: each for name, each in node.value.items() if name not in _AROUND}
    return Node(plain, node.document, node.pointer)


def normal_type(name: str) -> str:
    """A media type in lower case and without the parameters that do not change its meaning."""
    parts = [each.strip() for each in name.lower().split(";")]
    telling = [each for each in parts[1:] if not each.startswith(("charset", "q="))]
    return ";".join([parts[0], *telling])


def ways(
    context: Context,
    old: tuple[dict[str, Any], Node | None],
    new: tuple[dict[str, Any], Node | None],
    where: str,
) -> tuple[str, str]:
    """How the values of two parameters, headers or fields of a form are written, in words.

    Each with its schema. Equal where the two differ only for values that not both may have.
    """
    nested = _nested(context.schemas.old, old[1]) & _nested(context.schemas.new, new[1])
    return _way(old[0], where, nested), _way(new[0], where, nested)


def _nested(views: Views, schema: Node | None) -> frozenset[str]:
    """Which of lists and objects the value may be."""
    types = None if schema is None else views.of(views.resolve(schema)).types
    return _NESTED if types is None else types & _NESTED


def _way(value: dict[str, Any], where: str, nested: frozenset[str]) -> str:
    """How a value is written, in words.

    Styles that differ for lists and objects only are told apart only where the value may be one
    (``nested``) on both sides. OpenAPI 3.1.1 section 4.8.12.3, style values; Swagger 2.0
    collectionFormat.
    """
    if "content" in value:
        names = value["content"] if type(value["content"]) is dict else {}
        return f"content {normal_type(next(iter(names), ''))}"
    if "type" in value and "schema" not in value:
        style, explode = _COLLECTIONS.get(
            str(value.get("collectionFormat", "csv")), ("form", False)
        )
        if where in {"path", "header"} and style == "form":
            style = "simple"
    else:
        said = value.get("style")
        usual = "form" if where in {"query", "cookie"} else "simple"
        style = said if type(said) is str and said else usual
        told = value.get("explode")
        explode = style in {"form", "cookie"} if told is None else told is True
    if not nested:
        return str(style) if style in {"matrix", "label"} else "a plain value"
    if style == "deepObject":
        return str(style)  # which is written in one way only, whatever explode says
    if style == "simple" and "object" not in nested:
        return "simple"  # a list is written alike, exploded or not
    return f"{style}, {'exploded' if explode else 'not exploded'}"
