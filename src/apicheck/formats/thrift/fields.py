"""Fields by their ids: what came, went, moved, or changed in what else is said of it.

Source: Thrift IDL documentation, 'Field' and 'Field Requiredness'; versioning rules of the
original paper, section 5: readers skip ids they do not know and miss none but required ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.thrift.constants import canonical, written
from apicheck.formats.thrift.lifecycle import deprecation
from apicheck.formats.thrift.matching import Fate, Met, fates
from apicheck.formats.thrift.types import field_type
from apicheck.model import Direction, Effect, Example, Rule, Severity, Surface
from apicheck.walk import Fact, Pair, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.thrift.context import Context
    from apicheck.nodes import Node
    from apicheck.walk import Comparator

__all__ = ["RULES", "common", "default", "listed", "presence", "struct_fields"]

_A = "struct S { 1: i32 a }"
_WARN_BOTH = {Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.WARNING}
_SOURCE = frozenset({Surface.SOURCE})
_SKIPPED = "A reader skips ids that it does not know, and can do without a field not required."


def _two(field: str) -> str:
    return f"struct S {{ 1: i32 a, 2: {field} }}"


def _between(field: str) -> str:
    return f"struct S {{ 1: i32 a, 2: {field}, 3: i32 c }}"


FIELD_REMOVED = Rule(
    id="thrift.field-removed",
    mirror="thrift.field-added",
    effect=Effect.WIDENS,
    summary="A field without a word on its requiredness was removed.",
    message="field {id}: {name} was removed",
    why="Old readers get no value any more, and see its default, a zero or nothing: such fields"
    " are normally always written, so code may count on them.",
    fix="Keep the field until no reader uses it; never give its id to another one.",
    example=Example(of="thrift", old=_two("i32 b"), new=_A),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="The message is still read; whether the value is missed only the readers know.",
)
FIELD_ADDED = Rule(
    id="thrift.field-added",
    mirror="thrift.field-removed",
    effect=Effect.NARROWS,
    summary="A field without a word on its requiredness was added.",
    message="field {id}: {name} was added",
    why="Nobody is hurt: old readers skip its id, and new ones see its default, a zero or nothing"
    " where old writers do not send it.",
    fix="Nothing to do; write it as optional to tell zero from nothing.",
    example=Example(of="thrift", old=_A, new=_two("i32 b")),
    override={Direction.INBOUND: Severity.INFO},
    because=_SKIPPED,
)
FIELD_INSERTED = Rule(
    id="thrift.field-inserted",
    mirror="thrift.field-removed",
    effect=Effect.NARROWS,
    summary="A field was added whose id is lower than one in use.",
    message="field {id}: {name} was added below an id in use",
    why="Nobody is hurt on the wire, if the id is really new; a gap is often left by a field that"
    " was removed, and old data may still hold that one.",
    fix="Take an id above all that were ever used.",
    example=Example(of="thrift", old="struct S { 1: i32 a, 3: i32 c }", new=_between("i32 b")),
    override={Direction.INBOUND: Severity.INFO},
    because=_SKIPPED,
)
OPTIONAL_FIELD_REMOVED = Rule(
    id="thrift.optional-field-removed",
    mirror="thrift.optional-field-added",
    effect=Effect.WIDENS,
    summary="An optional field was removed.",
    message="optional field {id}: {name} was removed",
    why="Nobody is hurt on the wire: readers of an optional field have to do without it anyway.",
    fix="Never give its id to another field.",
    example=Example(of="thrift", old=_two("optional i32 b"), new=_A),
    override={Direction.OUTBOUND: Severity.INFO},
    because="The old contract let writers leave the field out.",
)
OPTIONAL_FIELD_ADDED = Rule(
    id="thrift.optional-field-added",
    mirror="thrift.optional-field-removed",
    effect=Effect.NARROWS,
    summary="An optional field was added.",
    message="optional field {id}: {name} was added",
    why="Nobody is hurt: old readers skip its id, and new ones do without it.",
    fix="Nothing to do.",
    example=Example(of="thrift", old=_A, new=_two("optional i32 b")),
    override={Direction.INBOUND: Severity.INFO},
    because=_SKIPPED,
)
OPTIONAL_FIELD_INSERTED = Rule(
    id="thrift.optional-field-inserted",
    mirror="thrift.optional-field-removed",
    effect=Effect.NARROWS,
    summary="An optional field was added whose id is lower than one in use.",
    message="optional field {id}: {name} was added below an id in use",
    why="Nobody is hurt on the wire, if the id is really new; a gap is often left by a field that"
    " was removed, and old data may still hold that one.",
    fix="Take an id above all that were ever used.",
    example=Example(
        of="thrift", old="struct S { 1: i32 a, 3: i32 c }", new=_between("optional i32 b")
    ),
    override={Direction.INBOUND: Severity.INFO},
    because=_SKIPPED,
)
REQUIRED_FIELD_REMOVED = Rule(
    id="thrift.required-field-removed",
    mirror="thrift.required-field-added",
    effect=Effect.WIDENS,
    summary="A required field was removed.",
    message="required field {id}: {name} was removed",
    why="Old readers refuse a message without it: required is for ever.",
    fix="Keep the field and go on writing it until no reader requires it.",
    example=Example(of="thrift", old=_two("required i32 b"), new=_A),
)
REQUIRED_FIELD_ADDED = Rule(
    id="thrift.required-field-added",
    mirror="thrift.required-field-removed",
    effect=Effect.NARROWS,
    summary="A required field was added.",
    message="required field {id}: {name} was added",
    why="New readers refuse what old peers write, and what was stored before: it lacks the field.",
    fix="Make the field optional, with a default where one makes sense.",
    example=Example(of="thrift", old=_A, new=_two("required i32 b")),
)
FIELD_RENAMED = Rule(
    id="thrift.field-renamed",
    effect=Effect.REPLACES,
    surfaces=_SOURCE,
    summary="A field or argument has another name under the same id.",
    message="{id}: {old} is called {new} now",
    why="Nothing changes on the wire, where only ids are written; generated code has other names,"
    " and so has TSimpleJSONProtocol.",
    fix="Keep the name where clients are compiled from this file.",
    example=Example(of="thrift", old=_A, new="struct S { 1: i32 b }"),
)
FIELD_ID_CHANGED = Rule(
    id="thrift.field-id-changed",
    effect=Effect.REPLACES,
    summary="A field or argument has another id.",
    message="{name} has the id {new}, it had {old}",
    why="On the wire the id is the field: each side skips what the other writes, or takes it for"
    " another field.",
    fix="Give the field its old id back.",
    example=Example(of="thrift", old=_A, new="struct S { 2: i32 a }"),
)
FIELD_ID_REUSED = Rule(
    id="thrift.field-id-reused",
    effect=Effect.REPLACES,
    summary="An id belongs to another field than before.",
    message="id {id} is {new} now, it was {old}",
    why="On the wire the id is the field: each side takes the value of the one for the other, or"
    " skips it where their types differ.",
    fix="Give the new field an id that was never used.",
    example=Example(of="thrift", old=_A, new="struct S { 1: string b }"),
)
FIELD_MADE_REQUIRED = Rule(
    id="thrift.field-made-required",
    mirror="thrift.field-no-longer-required",
    effect=Effect.NARROWS,
    summary="A field or argument is required now.",
    message="{name} is required, it was {old}",
    why="New readers refuse a message without the field, which old writers may leave out: an"
    " optional one always, and in most languages any that has no value.",
    fix="Leave it as it was and check for the value in code.",
    example=Example(of="thrift", old=_two("optional i32 b"), new=_two("required i32 b")),
)
FIELD_NO_LONGER_REQUIRED = Rule(
    id="thrift.field-no-longer-required",
    mirror="thrift.field-made-required",
    effect=Effect.WIDENS,
    summary="A field or argument is no longer required.",
    message="{name} is {new}, it was required",
    why="Old readers refuse a message without the field: required is for ever.",
    fix="Go on writing the field until no reader requires it.",
    example=Example(of="thrift", old=_two("required i32 b"), new=_two("optional i32 b")),
)
FIELD_PRESENCE_CHANGED = Rule(
    id="thrift.field-presence-changed",
    effect=Effect.REPLACES,
    surfaces=_SOURCE,
    summary="A field became optional, or is no longer so, without being required.",
    message="{name} is {new}, it was {old}",
    why="Readers do without the field in both cases; generated code tells otherwise whether it is"
    " set, and writers write it otherwise when it is not.",
    fix="Keep the word where clients are compiled from this file.",
    example=Example(of="thrift", old=_two("i32 b"), new=_two("optional i32 b")),
)
INITIAL_VALUE_CHANGED = Rule(
    id="thrift.initial-value-changed",
    effect=Effect.REPLACES,
    surfaces=_SOURCE,
    summary="The default value of a required field changed, was given or was taken away.",
    message="the default of {name} is {new}, it was {old}",
    why="Nothing changes for readers, since a required field is always written; generated code"
    " starts with another value.",
    fix="Nothing to do, unless code counts on the value that it starts with.",
    example=Example(of="thrift", old=_two("required i32 b = 1"), new=_two("required i32 b = 2")),
)
DEFAULT_CHANGED = Rule(
    id="thrift.default-changed",
    effect=Effect.REPLACES,
    summary="The default value of a field or argument changed, was given or was taken away.",
    message="the default of {name} is {new}, it was {old}",
    why="A value that equals the default may stay unwritten, and each side fills in its own:"
    " the same bytes are read as two values.",
    fix="Keep the default; set the new value in code.",
    example=Example(of="thrift", old=_two("i32 b = 1"), new=_two("i32 b = 2")),
    override=_WARN_BOTH,
    because="Only messages that leave the field out are read otherwise.",
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

_WORDS = {"default": "without a word", "optional": "optional", "required": "required"}


def struct_fields(pair: Pair, context: Context, *, bare: bool) -> Iterator[Fact | Visit]:
    """The fields of two structs; ``bare`` where one is a union, whose fields are all optional."""
    highest = max((int(key) for key in pair.old.value["fields"]), default=0)
    for met in listed(pair, context, "fields"):
        if met.fate is Fate.REMOVED:
            field = pair.old.step("fields").step(str(met.old))
            cards = (FIELD_REMOVED, OPTIONAL_FIELD_REMOVED, REQUIRED_FIELD_REMOVED)
            yield Fact(_by_presence(field, cards), field, None, _named(field), near=pair.new)
        elif met.fate is Fate.ADDED:
            field = pair.new.step("fields").step(str(met.new))
            if int(str(met.new)) < highest:
                cards = (FIELD_INSERTED, OPTIONAL_FIELD_INSERTED, REQUIRED_FIELD_ADDED)
            else:
                cards = (FIELD_ADDED, OPTIONAL_FIELD_ADDED, REQUIRED_FIELD_ADDED)
            yield Fact(_by_presence(field, cards), None, field, _named(field), near=pair.old)
        else:
            matched = _matched(pair, met, "fields")
            yield from common(matched, context, met, field_type)
            if met.fate in {Fate.KEPT, Fate.RENAMED}:
                yield from presence(matched, bare=bare)


def listed(pair: Pair, context: Context, part: str) -> Iterator[Met]:
    """The fates of the fields in a part of two definitions or methods."""
    one, two = pair.old.step(part), pair.new.step(part)

    def alike(key: str) -> bool:
        """Whether an id with two names may be one field that was renamed."""
        before, after = one.step(key).step("type"), two.step(key).step("type")
        if context.code(before) != context.code(after):
            return False
        kinds = {context.wire(before), context.wire(after)}
        if kinds not in ({"struct"}, {"enum"}):
            return True
        old, new = (context.target(context.resolved(each)) for each in (before, after))
        keys = (str(old.pointer[1]), str(new.pointer[1]))
        table = str(old.pointer[0])
        # Two types that are both on both sides are no renaming of one another.
        known = keys[0] in context.new.data[table] and keys[1] in context.old.data[table]
        return keys[0] == keys[1] or not known

    before, after = one.value, two.value
    left = {key for key in before if key in after and context.untouched(before[key], after[key])}
    if left:
        before = {key: each for key, each in before.items() if key not in left}
        after = {key: each for key, each in after.items() if key not in left}
    return fates(before, after, _name, alike)


def _matched(pair: Pair, met: Met, part: str) -> Pair:
    return Pair(pair.old.step(part).step(str(met.old)), pair.new.step(part).step(str(met.new)))


def common(pair: Pair, context: Context, met: Met, types: Comparator) -> Iterator[Fact | Visit]:
    """What is compared of fields, arguments and exceptions alike, once they are matched."""
    old, new = pair.old.value, pair.new.value
    if met.fate is Fate.MOVED:
        values: dict[str, Any] = {"name": old["name"], "old": met.old, "new": met.new}
        yield pair.change(FIELD_ID_CHANGED, **values)
        return
    names = {"id": met.old, "old": old["name"], "new": new["name"]}
    if met.fate is Fate.REUSED:
        yield pair.change(FIELD_ID_REUSED, **names)
        return
    if met.fate is Fate.RENAMED:
        yield pair.change(FIELD_RENAMED, **names)
    yield pair.into(types, "type")
    yield from default(pair, context)
    yield from deprecation(pair, f"{new['name']}")


def presence(pair: Pair, *, bare: bool = False) -> Iterator[Fact]:
    """Required, optional, or neither; ``bare`` where the latter two are not to be told apart."""
    before, after = pair.old.value["presence"], pair.new.value["presence"]
    if before == after:
        return
    name = pair.new.value["name"]
    values = {"name": name, "old": _WORDS[before], "new": _WORDS[after]}
    if after == "required":
        yield pair.change(FIELD_MADE_REQUIRED, **values)
    elif before == "required":
        yield pair.change(FIELD_NO_LONGER_REQUIRED, **values)
    elif not bare:
        yield pair.change(FIELD_PRESENCE_CHANGED, **values)


def default(pair: Pair, context: Context) -> Iterator[Fact]:
    """Defaults, with the constants in them looked up."""
    old, new = pair.old.value, pair.new.value
    if "default" not in old and "default" not in new:
        return
    before = (
        canonical(context.old, old["default"], pair.old.step("type")) if "default" in old else None
    )
    after = (
        canonical(context.new, new["default"], pair.new.step("type")) if "default" in new else None
    )
    if before != after:
        always = old["presence"] == "required" == new["presence"]
        yield pair.change(
            INITIAL_VALUE_CHANGED if always else DEFAULT_CHANGED,
            name=new["name"],
            old=written(old["default"]) if "default" in old else "none",
            new=written(new["default"]) if "default" in new else "none",
        )


def _by_presence(field: Node, cards: tuple[Rule, Rule, Rule]) -> Rule:
    return cards[("default", "optional", "required").index(field.value["presence"])]


def _named(field: Node) -> dict[str, Any]:
    return {"id": field.pointer[-1], "name": field.value["name"]}


def _name(field: Any) -> str:
    return str(field["name"])
