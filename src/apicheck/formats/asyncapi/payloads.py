"""Payloads and headers: in which format their schema is, and who compares it.

JSON Schema, in whatever draft, and the schema of OpenAPI are compared by ``apicheck.schema``. Avro,
Protobuf and so on are handed to their own format, which is asked for by name.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from apicheck import schema
from apicheck.errors import ApicheckError, MissingExtra, ParseError
from apicheck.formats.asyncapi.context import Foreign, Prove, Seen, Told
from apicheck.formats.asyncapi.model import Payload
from apicheck.model import Change, Direction, Effect, Example, Proof, Rule, Severity
from apicheck.nodes import Node
from apicheck.schema.values import canonical
from apicheck.walk import Fact, Turn, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from apicheck.formats import Format
    from apicheck.formats.asyncapi.context import Context
    from apicheck.formats.asyncapi.model import Message
    from apicheck.formats.asyncapi.normal import Application
    from apicheck.model import Contract, Span, Use
    from apicheck.nodes import Document, Steps

__all__ = [
    "DIALECTS",
    "RULES",
    "headers",
    "leads_on",
    "looks_avro",
    "payload",
    "payloads",
    "schemas",
]

FORMAT_CHANGED = Rule(
    id="asyncapi.payload-format-changed",
    effect=Effect.REPLACES,
    summary="The payload is described in, and so encoded by, another kind of schema.",
    message="the format of the payload changed from {old} to {new}",
    why="A peer that decodes by the old format cannot read the bytes.",
    fix="Send the new format as a message, or on a channel, of its own.",
    example=Example(
        of="asyncapi-message",
        old='{"payload": {"type": "object"}}',
        new='{"payload": {"schemaFormat": "application/vnd.apache.avro;version=1.9.0",'
        ' "schema": {"type": "record", "name": "Placed", "fields": []}}}',
    ),
)
NOT_COMPARED = Rule(
    id="asyncapi.payload-not-compared",
    effect=Effect.KEEPS,
    summary="A payload changed that is described in a format which could not be compared.",
    message="the {format} schema changed and was not compared: {problem}",
    why="Whether the change breaks anyone is not known.",
    fix="Compare the schemas by themselves, with a tool for their format.",
    example=Example(
        of="asyncapi-message",
        old='{"payload": {"schemaFormat": "application/raml+yaml;version=1.0", "schema": "a"}}',
        new='{"payload": {"schemaFormat": "application/raml+yaml;version=1.0", "schema": "b"}}',
    ),
    override={Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.WARNING},
    because="Nothing is known to break, but nothing is known to hold either.",
    unknown=True,
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

_JSON = "json"
#: AsyncAPI 2.6.0 and 3.0.0, Schema Object: a superset of JSON Schema draft 7.
_ASYNCAPI = replace(
    schema.DRAFT_7,
    name="asyncapi",
    keywords=schema.DRAFT_7.keywords | {"discriminator", "externalDocs", "deprecated", "example"},
)
DIALECTS = {
    each.name: each
    for each in (
        _ASYNCAPI,
        schema.DRAFT_4,
        schema.DRAFT_6,
        schema.DRAFT_7,
        schema.DRAFT_2019_09,
        schema.DRAFT_2020_12,
        schema.OPENAPI_2,
        schema.OPENAPI_30,
        schema.OPENAPI_31,
    )
}
_VERSION = re.compile(r"version\s*=\s*\"?([^;\"\s]+)")
_DRAFTS = {
    "draft-04": schema.DRAFT_4.name,
    "draft-06": schema.DRAFT_6.name,
    "draft-07": schema.DRAFT_7.name,
    "2019-09": schema.DRAFT_2019_09.name,
    "2020-12": schema.DRAFT_2020_12.name,
}
_FOREIGN = {
    "vnd.apache.avro": "avro",
    "vnd.google.protobuf": "protobuf",
    "x-protobuf": "protobuf",
    "protobuf": "protobuf",
    "vnd.apache.thrift": "thrift",
    "raml": "raml",
}


def payload(application: Application, message: Message) -> Payload | None:
    """The payload of a message; None where it has none."""
    node = message.fields.get("payload")
    if node is None:
        return None
    # 2.x: schemaFormat beside the payload. 3.x: a Multi Format Schema Object.
    declared = message.fields.get("schemaFormat") if application.reader.spec.major == 2 else None
    return _read(application, node, declared)


def headers(application: Application, message: Message) -> Payload | None:
    """The headers of a message; None where it has none."""
    node = message.fields.get("headers")
    return None if node is None else _read(application, node, None)


def _read(application: Application, node: Node, declared: Node | None) -> Payload:
    if application.reader.spec.major != 2 and type(node.value) is dict:
        found = application.reader.resolve(node) if "$ref" in node.value else node
        if found is not None and found.get("schemaFormat") is not None and "schema" in found.value:
            declared, node = found.get("schemaFormat"), found.step("schema")
    said = None if declared is None else application.reader.text(declared)
    family, dialect = _format_of(said)
    return Payload(
        node=node,
        family=family,
        dialect=dialect,
        said=said or "AsyncAPI schema",
        at=declared or node,
    )


def _format_of(said: str | None) -> tuple[str, str]:
    """The family and, where it is JSON, the dialect that a schemaFormat names."""
    if said is None:
        return _JSON, "asyncapi"
    kind = said.partition(";")[0].strip().lower().removeprefix("application/")
    name = re.sub(r"\+(?:json|yaml|yml)$", "", kind)
    found = _VERSION.search(said)
    version = "" if found is None else found[1].lower()
    if name in {"vnd.aai.asyncapi", "json", "yaml", ""}:
        return _JSON, "asyncapi"
    if name == "schema":
        drafts = (each for word, each in _DRAFTS.items() if word in version)
        return _JSON, next(drafts, schema.DRAFT_7.name)
    if name == "vnd.oai.openapi":
        if version.startswith("2"):
            return _JSON, schema.OPENAPI_2.name
        old = version.startswith("3.0") or version == "3" or not version
        return _JSON, schema.OPENAPI_30.name if old else schema.OPENAPI_31.name
    return _FOREIGN.get(name, kind or said), ""


def looks_avro(value: Any) -> bool:
    """Whether a schema without a format is one of Avro."""
    if type(value) is dict:
        return value.get("type") in {"record", "fixed", "map"} or "symbols" in value
    return type(value) is str or type(value) is list


def payloads(
    context: Context,
    uses: tuple[Use, ...],
    sides: tuple[Node, Node],
    found: tuple[Payload | None, Payload | None],
    default: Any,
) -> Iterator[Seen | Told]:
    """Two payloads (or headers); ``default`` is the schema that an absent one stands for."""
    old, new = found
    if old is None and new is None:
        return
    if (old and old.family) != (new and new.family) and old is not None and new is not None:
        values = {"old": old.said, "new": new.said}
        yield Seen(uses=uses, seen=Fact(FORMAT_CHANGED, old.at, new.at, values))
        return
    present = new or old
    assert present is not None
    if present.family == _JSON:
        one, two = (
            Node(default, side.document, side.pointer) if each is None else each.node
            for side, each in zip(sides, found, strict=True)
        )
        dialects = ((old or present).dialect, (new or present).dialect)
        yield from schemas(uses, one, two, dialects)
        return
    one, two = (
        side if each is None else each.node for side, each in zip(sides, found, strict=True)
    )
    if old is None or new is None:
        values = {"format": present.said, "problem": "it was there on one side only"}
        yield Seen(uses=uses, seen=Fact(NOT_COMPARED, one, two, values))
        return
    yield from _foreign(context, uses, old, new)


def schemas(
    uses: tuple[Use, ...],
    old: Node,
    new: Node,
    dialects: tuple[str, str] = ("asyncapi", "asyncapi"),
    turn: Turn = Turn.KEEP,
    *,
    text: bool = False,
) -> Iterator[Seen]:
    """Two JSON Schemas; ``text`` where their values travel as text."""
    compare = schema.compare_text_schemas if text else schema.compare_schemas
    yield Seen(uses=uses, seen=Visit(old, new, compare, turn), dialects=dialects)


def _foreign(
    context: Context, uses: tuple[Use, ...], old: Payload, new: Payload
) -> Iterator[Seen | Told]:
    """Two schemas of another format, compared by that format."""
    one, two = context.old.reader.resolve(old.node), context.new.reader.resolve(new.node)
    if one is None or two is None:
        # Told as a reference that leads nowhere; what it is called is all that can be compared.
        if canonical(old.node.value) != canonical(new.node.value):
            values = {"format": new.said, "problem": "what it refers to cannot be read"}
            yield Seen(uses=uses, seen=Fact(NOT_COMPARED, old.node, new.node, values))
        return
    if context.same(one, two) and not _imports(two):
        return
    found = context.foreign.get((one.key, two.key))
    if found is None:
        found = context.foreign[one.key, two.key] = _compared(context, new.family, one, two)
    if isinstance(found, str):
        if canonical(one.value) != canonical(two.value):
            values = {"format": new.said, "problem": found}
            yield Seen(uses=uses, seen=Fact(NOT_COMPARED, one, two, values))
        return
    for change in found:
        # A format by itself does not know who sends; here it is known.
        told = tuple(use for use in uses if change.direction in {use.direction, Direction.BOTH})
        if told:
            yield Told(uses=told, change=change, at=two)


def leads_on(application: Application, message: Message) -> bool:
    """Whether a payload is a text that imports others, which may differ where it does not."""
    found = payload(application, message)
    if found is None or found.family == _JSON:
        return False
    node = application.reader.resolve(found.node)
    return node is not None and _imports(node)


def _imports(node: Node) -> bool:
    return type(node.value) is str and "import" in node.value


def _placed(change: Change, old: Node, new: Node, prove: Prove | None) -> Change:
    """A text inside a document has lines of its own: then the whole payload is the place."""
    subject = None if prove is None else Foreign(change=change, prove=prove)
    if type(new.value) is not str or not new.pointer:
        return replace(change, subject=subject)
    return replace(
        change, subject=subject, old=change.old and old.place, new=change.new and new.place
    )


def _prover(chosen: Format, old: Contract, new: Contract) -> Prove | None:
    """What the format knows beyond its rules; made when it is asked first."""
    prepare = chosen.prover
    if prepare is None:
        return None
    made: list[Prove] = []

    def prove(change: Change, direction: Direction) -> Proof:
        if not made:
            made.append(prepare(old, new))
        return made[0](change, direction)

    return prove


def _compared(context: Context, family: str, old: Node, new: Node) -> tuple[Change, ...] | str:
    """The changes that the format of that name finds, or why there are none to be had."""
    chosen = context.other(family)
    if chosen is None:
        return f"{family} is not a format that can be compared here"
    try:
        before, after = (chosen.build(_alone(each)) for each in (old, new))
        found = chosen.compare(before, after, context.today)
        prove = _prover(chosen, before, after)
        return tuple(_placed(change, old, new, prove) for change in found)
    except ApicheckError as problem:
        return _why(problem, new)
    except ExceptionGroup as problems:
        return _why(problems.exceptions[0], new)


def _why(problem: Exception, schema: Node) -> str:
    """The first line of an error; a text inside a document has lines of its own."""
    if isinstance(problem, ParseError) and problem.span and type(schema.value) is str:
        return f"line {problem.span.line} of it: {problem.problem}"
    if isinstance(problem, MissingExtra):
        return f"{problem.feature} ({problem.hint})"
    return str(problem).partition("\n")[0]


def _alone(node: Node) -> Document:
    """A schema inside a document as a document of its own."""
    if not node.pointer and type(node.value) is not str:
        return node.document
    return Excerpt(node)


class Excerpt:
    """A value inside a document, as a document whose root it is."""

    __slots__ = ("_node", "data", "idl", "members", "path", "raw", "source", "tree")

    def __init__(self, node: Node) -> None:
        import json

        self._node = node
        self.source = node.document.source
        self.data: Any = node.value
        self.members: Sequence[Document] = ()
        self.idl = False
        # What formats use of a text beyond its value, where the document is one.
        self.path: str = getattr(node.document, "path", "")
        self.tree: Any = getattr(node.document, "tree", None)
        text = node.value if type(node.value) is str else json.dumps(node.value)
        self.raw = text.encode("utf-8", "surrogatepass")

    @property
    def text(self) -> str:
        """The value as a text."""
        return self.raw.decode("utf-8", "replace")

    def span(self, pointer: Sequence[str | int]) -> Span | None:
        """Line and column in the document around it."""
        if type(self.data) is str:
            pointer = ()
        return self._node.document.span((*self._node.pointer, *pointer))

    def follow(self, ref: str) -> tuple[Document, Steps]:
        """Where a reference leads, from the document around it."""
        return self._node.document.follow(ref)
