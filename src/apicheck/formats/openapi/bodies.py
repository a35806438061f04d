"""Request bodies, and the media types of requests and responses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apicheck.formats.openapi.parameters import swagger_parameters
from apicheck.formats.openapi.serialisation import normal_type, schema_of_parameter, ways
from apicheck.model import Direction, Effect, Example, Rule, Severity
from apicheck.nodes import Node
from apicheck.schema import compare_schemas
from apicheck.walk import Fact, Turn, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.openapi.context import Context
    from apicheck.formats.openapi.operations import Operation

__all__ = [
    "RULES",
    "Media",
    "compare_media",
    "covers",
    "media_of",
    "request_body",
    "same_types",
    "swagger_types",
]

_OK = '"responses": {"204": {"description": "done"}}'
_BODY = '"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}'
_MUST = _BODY.replace('{"content"', '{"required": true, "content"', 1)
_TWO = _BODY.replace('{"application/json"', '{"text/csv": {}, "application/json"', 1)


def _form(media: str, encoding: str) -> str:
    body = f'{{"schema": {{"type": "object"}}, "encoding": {{"photo": {{{encoding}}}}}}}'
    return f'{{"requestBody": {{"content": {{"{media}": {body}}}}}, {_OK}}}'


ADDED = Rule(
    id="request-body.added",
    mirror="request-body.removed",
    effect=Effect.WIDENS,
    summary="An optional request body was added.",
    message="an optional request body was added",
    why="Nobody is hurt: clients may send none.",
    fix="Nothing to do.",
    example=Example(of="operation", old=f"{{{_OK}}}", new=f"{{{_BODY}, {_OK}}}"),
)
REQUIRED_ADDED = Rule(
    id="request-body.required-added",
    mirror="request-body.required-removed",
    effect=Effect.NARROWS,
    summary="A request body that must be sent was added.",
    message="a required request body was added",
    why="Clients that send none are refused.",
    fix="Make the body optional.",
    example=Example(of="operation", old=f"{{{_OK}}}", new=f"{{{_MUST}, {_OK}}}"),
)
REMOVED = Rule(
    id="request-body.removed",
    mirror="request-body.added",
    effect=Effect.NARROWS,
    summary="An optional request body was removed.",
    message="the request body was removed",
    why="What clients send in it is now ignored or refused.",
    fix="Keep accepting the body until no client sends it.",
    example=Example(of="operation", old=f"{{{_BODY}, {_OK}}}", new=f"{{{_OK}}}"),
)
REQUIRED_REMOVED = Rule(
    id="request-body.required-removed",
    mirror="request-body.required-added",
    effect=Effect.WIDENS,
    summary="A request body that had to be sent was removed.",
    message="the required request body was removed",
    why="Every client sends it, and what it says no longer counts.",
    fix="Keep accepting the body until no client sends it.",
    example=Example(of="operation", old=f"{{{_MUST}, {_OK}}}", new=f"{{{_OK}}}"),
    override={Direction.INBOUND: Severity.ERROR},
    because="What the clients send is refused, or ignored and so misunderstood.",
)
MADE_REQUIRED = Rule(
    id="request-body.made-required",
    mirror="request-body.made-optional",
    effect=Effect.NARROWS,
    summary="An optional request body must be sent now.",
    message="the request body is now required",
    why="Clients that send none, as they were allowed to, are refused.",
    fix="Keep the body optional.",
    example=Example(of="operation", old=f"{{{_BODY}, {_OK}}}", new=f"{{{_MUST}, {_OK}}}"),
)
MADE_OPTIONAL = Rule(
    id="request-body.made-optional",
    mirror="request-body.made-required",
    effect=Effect.WIDENS,
    summary="A required request body may be left out now.",
    message="the request body is no longer required",
    why="Nobody is hurt: clients that send one are served as before.",
    fix="Nothing to do.",
    example=Example(of="operation", old=f"{{{_MUST}, {_OK}}}", new=f"{{{_BODY}, {_OK}}}"),
)
TYPE_REMOVED = Rule(
    id="media-type.removed",
    mirror="media-type.added",
    effect=Effect.NARROWS,
    summary="A media type is no longer accepted in a request, or no longer offered in a response.",
    message="media type {type} was removed",
    why="Clients that send it get 415, clients that ask for it get 406.",
    fix="Keep the media type until no client uses it.",
    example=Example(of="operation", old=f"{{{_TWO}, {_OK}}}", new=f"{{{_BODY}, {_OK}}}"),
)
TYPE_ADDED = Rule(
    id="media-type.added",
    mirror="media-type.removed",
    effect=Effect.WIDENS,
    summary="A media type is now accepted in a request, or offered in a response.",
    message="media type {type} was added",
    why="Nobody is hurt: clients choose the media type.",
    fix="Make sure that clients without an Accept header still get the old one.",
    example=Example(of="operation", old=f"{{{_BODY}, {_OK}}}", new=f"{{{_TWO}, {_OK}}}"),
)
ENCODING_CHANGED = Rule(
    id="media-type.encoding-changed",
    effect=Effect.REPLACES,
    summary="A field of a form is written in another way.",
    message="field {name} is written as {new}, was {old}",
    why="The field is misread or refused when it is written the old way.",
    fix="Accept both ways until every peer has moved.",
    example=Example(
        of="operation",
        old=_form("application/x-www-form-urlencoded", '"explode": true'),
        new=_form("application/x-www-form-urlencoded", '"explode": false'),
    ),
)
PART_TYPE_REMOVED = Rule(
    id="media-type.part-type-removed",
    mirror="media-type.part-type-added",
    effect=Effect.NARROWS,
    summary="A part of a form may no longer be of a media type.",
    message="part {name} may no longer be {type}",
    why="Peers that send the part as this type, as they were allowed to, are refused.",
    fix="Keep the media type until no peer uses it.",
    example=Example(
        of="operation",
        old=_form("multipart/form-data", '"contentType": "image/png, image/jpeg"'),
        new=_form("multipart/form-data", '"contentType": "image/png"'),
    ),
)
PART_TYPE_ADDED = Rule(
    id="media-type.part-type-added",
    mirror="media-type.part-type-removed",
    effect=Effect.WIDENS,
    summary="A part of a form may be of a further media type.",
    message="part {name} may now be {type}",
    why="A reader that knows only the old types cannot read the part.",
    fix="In what you send, keep to the types that were announced.",
    example=Example(
        of="operation",
        old=_form("multipart/form-data", '"contentType": "image/png"'),
        new=_form("multipart/form-data", '"contentType": "image/png, image/jpeg"'),
    ),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """One media type of a body: where it stands, and its schemas if it has any.

    ``items`` is the schema of each item of a stream (OpenAPI 3.2, ``itemSchema``).
    """

    at: Node
    schema: Node | None
    items: Node | None = None
    encoding: Node | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    at: Node
    required: bool
    media: dict[str, Media]


def request_body(context: Context, old: Operation, new: Operation) -> Iterator[Fact | Visit]:
    """Compare the bodies of two requests, those of Swagger 2.0 included."""
    if same_types(old, new, "consumes"):
        one, two = (swagger_parameters(context, each, "body") for each in (old, new))
        if len(one) == 1 == len(two) and context.same(one[0], two[0]):
            return
    before, after = _body(context, old), _body(context, new)
    if before is None and after is None:
        return
    if any(context.misread(each.node.get("requestBody")) for each in (old, new)):
        return
    if before is None:
        assert after is not None
        rule = REQUIRED_ADDED if after.required else ADDED
        yield Fact(rule, None, after.at, {}, near=old.node)
        return
    if after is None:
        rule = REQUIRED_REMOVED if before.required else REMOVED
        yield Fact(rule, before.at, None, {}, near=new.node)
        return
    if before.required != after.required:
        yield Fact(MADE_REQUIRED if after.required else MADE_OPTIONAL, before.at, after.at, {})
    if not context.same(before.at, after.at) or old.spec.family.two or new.spec.family.two:
        sides = (before.media, before.at), (after.media, after.at)
        yield from compare_media(context, *sides, Turn.KEEP)


def _body(context: Context, operation: Operation) -> _Body | None:
    if operation.spec.family.two:
        return _swagger_body(context, operation)
    node = context.part(operation.node.get("requestBody"), dict)
    if node is None:
        return None
    required = context.flag(node, "required")
    return _Body(at=node, required=required, media=media_of(context, node))


def _swagger_body(context: Context, operation: Operation) -> _Body | None:
    """Swagger 2.0: one body parameter, or form parameters together."""
    types = swagger_types(context, operation, "consumes")
    for node in swagger_parameters(context, operation, "body"):
        schema = node.get("schema")
        media = {name: Media(at=at or node, schema=schema) for name, at in types.items()}
        return _Body(at=node, required=context.flag(node, "required"), media=media)
    form = swagger_parameters(context, operation, "formData")
    if not form:
        return None
    required = [str(each.value.get("name")) for each in form if context.flag(each, "required")]
    properties = {str(each.value.get("name")): _form_schema(each) for each in form}
    at = operation.node.get("parameters") or operation.item
    value: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        value["required"] = required
    schema = Node(value, at.document, at.pointer)
    kinds = [each for each in types if each.startswith(("multipart/", "application/x-www"))]
    media = {each: Media(at=at, schema=schema) for each in kinds or ["multipart/form-data"]}
    return _Body(at=at, required=bool(required), media=media)


def _form_schema(node: Node) -> Any:
    schema = schema_of_parameter(node)
    value = {} if schema is None else dict(schema.value)
    if value.get("type") == "file":
        value = {"type": "string", "format": "binary"}
    return value


def swagger_types(context: Context, operation: Operation, key: str) -> dict[str, Node | None]:
    """``consumes`` or ``produces`` of a Swagger 2.0 operation, else of the whole document.

    Each media type with the place that names it: one place for all bodies that share it.
    """
    for holder in (operation.node, operation.spec.root):
        types = holder.get(key)
        if types is not None and type(types.value) is list and types.value:
            known = ("media types", types.key)
            if known not in context.read:
                context.read[known] = {normal_type(str(each.value)): each for each in types.items()}
            found: dict[str, Node | None] = context.read[known]
            return found
    # Not said: tools take it for JSON.
    return {"application/json": None}


def same_types(old: Operation, new: Operation, key: str) -> bool:
    """Whether two Swagger 2.0 operations name the same media types, in the same words."""
    if not (old.spec.family.two and new.spec.family.two):
        return False
    one, two = (
        each.node.value.get(key) or each.spec.root.value.get(key) or [] for each in (old, new)
    )
    return bool(one == two)


def media_of(context: Context, node: Node) -> dict[str, Media]:
    """The media types below ``content``, by normal name."""
    found = {}
    for name, each in context.entries(node.get("content")):
        found[normal_type(name)] = Media(
            at=each,
            schema=each.get("schema"),
            items=each.get("itemSchema"),
            encoding=each.get("encoding"),
        )
    return found


def covers(wide: str, narrow: str) -> bool:
    """Whether a media range takes in a media type (RFC 9110 section 12.5.1)."""
    if wide in (narrow, "*/*"):
        return True
    kind, _, sub = wide.partition("/")
    return sub == "*" and narrow.partition("/")[0] == kind


def compare_media(
    context: Context,
    old: tuple[dict[str, Media], Node],
    new: tuple[dict[str, Media], Node],
    turn: Turn,
) -> Iterator[Fact | Visit]:
    """Match media types, exactly or by range, and compare their schemas.

    ``turn`` is that of facts on the media types themselves: in a response it is the client who
    asks for one, so they are judged like a request.
    """
    before, after = old[0], new[0]
    used = set()
    visited = set()
    for name, media in before.items():
        twin = name if name in after else next((n for n in after if covers(n, name)), None)
        twin = twin or next((n for n in after if covers(name, n)), None)
        unknown = twin is None and context.hides(new[1].get("content"), name, normal_type)
        if not unknown and (twin is None or (twin != name and not covers(twin, name))):
            yield Fact(TYPE_REMOVED, media.at, None, {"type": name}, turn, near=new[1])
        if twin is not None:
            used.add(twin)
            pair = (id(media.schema), id(after[twin].schema))
            if pair not in visited or media.schema is None:
                # In Swagger 2.0 all media types share one schema.
                visited.add(pair)
                yield from _compare(media, after[twin])
            if name in _FORMS:
                yield from _encodings(context, media, after[twin])
    for name, media in after.items():
        unknown = context.hides(old[1].get("content"), name, normal_type)
        if not unknown and not any(covers(each, name) for each in before):
            yield Fact(TYPE_ADDED, None, media.at, {"type": name}, turn, near=old[1])


def _compare(old: Media, new: Media) -> Iterator[Visit]:
    schemas = (("schema", old.schema, new.schema), ("itemSchema", old.items, new.items))
    for key, one, two in schemas:
        if one is not None or two is not None:
            # Without a schema any value will do.
            yield Visit(
                one or Node(True, old.at.document, (*old.at.pointer, key)),
                two or Node(True, new.at.document, (*new.at.pointer, key)),
                compare_schemas,
            )


def _encodings(context: Context, old: Media, new: Media) -> Iterator[Fact]:
    """Compare how the fields of a form are written (OpenAPI 3.1.1 section 4.8.15)."""
    before = {} if old.encoding is None else dict(context.entries(old.encoding))
    after = {} if new.encoding is None else dict(context.entries(new.encoding))
    for name in {**before, **after}:
        one, two = before.get(name), after.get(name)
        told = {} if one is None else one.value, {} if two is None else two.value
        sides = (told[0], _field(context, old, name)), (told[1], _field(context, new, name))
        way, way_now = ways(context, *sides, "query")
        at = (one or old.at, two or new.at)
        if way != way_now:
            yield Fact(ENCODING_CHANGED, *at, {"name": name, "old": way, "new": way_now})
        types, types_now = _types(told[0]), _types(told[1])
        if not types or not types_now:
            continue  # what is taken by default depends on the schema and is seldom meant
        for each in types:
            if not any(covers(wide, each) for wide in types_now):
                yield Fact(PART_TYPE_REMOVED, *at, {"name": name, "type": each})
        for each in types_now:
            if not any(covers(wide, each) for wide in types):
                yield Fact(PART_TYPE_ADDED, *at, {"name": name, "type": each})


def _types(encoding: dict[str, Any]) -> list[str]:
    told = encoding.get("contentType")
    return [normal_type(each) for each in told.split(",")] if type(told) is str else []


def _field(context: Context, media: Media, name: str) -> Node | None:
    """The schema of a field of a form, as far as it is found without composing schemas."""
    schema = None if media.schema is None else context.resolve(media.schema)
    properties = None if schema is None else schema.get("properties")
    return None if properties is None else properties.get(name)
