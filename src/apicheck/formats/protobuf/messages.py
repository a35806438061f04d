"""Two messages that answer to each other, field by field: the heart of the comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.protobuf import fields as cards
from apicheck.formats.protobuf import shapes, types
from apicheck.formats.protobuf.context import SOURCE_ONLY, gained, hurts, lost, told
from apicheck.formats.protobuf.enums import compare_enums
from apicheck.formats.protobuf.options import deprecation, field_options, json_format
from apicheck.formats.protobuf.reserved import extension_ranges, reservations
from apicheck.model import Effect, Example, Rule, Surface
from apicheck.nodes import Node
from apicheck.walk import Fact, Pair, Visit, explore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.protobuf.context import Context
    from apicheck.formats.protobuf.model import Model
    from apicheck.walk import Comparator

__all__ = ["RULES", "compare_messages", "reads_alike"]

ACCESSOR_CHANGED = Rule(
    id="protobuf.descriptor-accessor-removed",
    mirror="protobuf.descriptor-accessor-added",
    effect=Effect.NARROWS,
    summary="Generated code of a message no longer has the standard descriptor accessor.",
    message="{name} has the option no_standard_descriptor_accessor now",
    why="Code that calls descriptor() no longer compiles.",
    fix="Leave the option out.",
    example=Example(
        of="proto",
        old="message Order { string id = 1; }",
        new="message Order { option no_standard_descriptor_accessor = true; string id = 1; }",
    ),
    surfaces=SOURCE_ONLY,
)
ACCESSOR_ADDED = Rule(
    id="protobuf.descriptor-accessor-added",
    mirror="protobuf.descriptor-accessor-removed",
    effect=Effect.WIDENS,
    summary="Generated code of a message has the standard descriptor accessor again.",
    message="{name} no longer has the option no_standard_descriptor_accessor",
    why="Nobody is hurt, unless a field is called descriptor.",
    fix="Nothing to do.",
    example=Example(
        of="proto",
        old="message Order { option no_standard_descriptor_accessor = true; string id = 1; }",
        new="message Order { string id = 1; }",
    ),
    surfaces=SOURCE_ONLY,
)
MESSAGE_SET_CHANGED = Rule(
    id="protobuf.message-set-changed",
    effect=Effect.REPLACES,
    summary="A message is written as a message set now, or no longer.",
    message="{name} has another message_set_wire_format now",
    why="Its extensions are written in another form.",
    fix="Keep the option as it was.",
    example=Example(
        of="proto",
        old='syntax = "proto2"; message Order { extensions 4 to 100; }',
        new='syntax = "proto2"; message Order {'
        " option message_set_wire_format = true; extensions 4 to 100; }",
    ),
    surfaces=frozenset({Surface.WIRE, Surface.SOURCE}),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

#: Messages that JSON writes in a form of their own (ProtoJSON, "Representation of each type").
_OWN_JSON = frozenset(
    f"google.protobuf.{each}"
    for each in (
        "Any", "Timestamp", "Duration", "Struct", "Value", "ListValue", "FieldMask", "Empty",
        "BoolValue", "BytesValue", "DoubleValue", "FloatValue", "Int32Value", "Int64Value",
        "StringValue", "UInt32Value", "UInt64Value",
    )
)  # fmt: skip


def compare_messages(pair: Pair, context: Context) -> Iterator[Fact | Visit]:
    """Everything about two messages that answer to each other, extensions included."""
    old, new = pair.old.value, pair.new.value
    name = str(pair.new.pointer[1])
    if old["no-accessor"] != new["no-accessor"]:
        yield told(pair, ACCESSOR_CHANGED if new["no-accessor"] else ACCESSOR_ADDED, name=name)
    if old["message-set"] != new["message-set"]:
        yield told(pair, MESSAGE_SET_CHANGED, name=name)
    yield from deprecation(pair, name)
    yield from json_format(pair, name)
    one, two = old["fields"], new["fields"]
    # A field that goes on under another number is told of once.
    moved = _renumbered(one, two)
    for number in sorted({*one, *two}, key=int):
        if number in moved:
            yield from _moved(pair, number, moved[number])
        elif number not in two:
            member = _is_member(one, two, number)
            rule = cards.removal(one[number], number, new, member=member)
            yield lost(pair, rule, "fields", number, **_values(one[number], number))
        elif number not in one:
            if number not in moved.values():
                member = _is_member(two, one, number)
                rule = cards.addition(two[number], number, old, member=member)
                yield gained(pair, rule, "fields", number, **_values(two[number], number))
        else:
            yield from _field(pair, number, context)
    gone, came = (set(map(int, {*a} - {*b})) for a, b in ((one, two), (two, one)))
    yield from reservations(pair, gone, came)
    yield from extension_ranges(pair)
    yield from _extensions(pair, context)


def _values(field: dict[str, Any], number: str) -> dict[str, Any]:
    return {"name": field["name"], "number": number, "oneof": field["oneof"]}


def _renumbered(old: dict[str, Any], new: dict[str, Any]) -> dict[str, str]:
    """Old numbers that are free now to the new numbers of the same fields."""
    names = {field["name"]: number for number, field in new.items()}
    return {
        number: names[field["name"]]
        for number, field in old.items()
        if number not in new and field["name"] in names and names[field["name"]] not in old
    }


def _moved(pair: Pair, number: str, other: str) -> Iterator[Fact]:
    fact = told(
        pair,
        cards.RENUMBERED,
        name=pair.new.value["fields"][other]["name"],
        old=number,
        new=other,
    )
    fact.old = pair.old.step("fields").step(number)
    fact.new = pair.new.step("fields").step(other)
    yield fact


def _is_member(here: dict[str, Any], there: dict[str, Any], number: str) -> bool:
    """Whether a field of ``here`` shares its oneof with a field that is ``there`` as well."""
    oneof = here[number]["oneof"]
    return oneof is not None and any(
        field["oneof"] == oneof and other in there for other, field in here.items()
    )


def _field(pair: Pair, number: str, context: Context) -> Iterator[Fact | Visit]:
    """A number that is there on both sides."""
    field = pair.step("fields", number)
    old, new = field.old.value, field.new.value
    shape = list(_shape(field, context))
    rewritten = any(isinstance(each, Fact) and each.rule is types.TYPE_CHANGED for each in shape)
    if old["name"] != new["name"]:
        values = {"number": number, "old": old["name"], "new": new["name"]}
        if rewritten:
            kinds = {"before": types.spelled(old), "after": types.spelled(new)}
            yield told(field, cards.REUSED, "name", **values, **kinds)
            return
        rule = _renaming(pair, old, new)
        swapped = _swapped(pair, number) if rule is cards.REASSIGNED else ""
        if swapped is not False:
            also = f", and number {swapped} the other way round" if swapped else ""
            yield told(field, rule, "name", json=new["json"], also=also, **values)
    elif old["json"] != new["json"]:
        values = {"name": new["name"], "old": old["json"], "new": new["json"]}
        yield told(field, cards.JSON_NAME_CHANGED, "json", **values)
    yield from shape
    if rewritten:
        return
    found = shapes.membership(number, pair.old.value, pair.new.value)
    if found is not None:
        rule, values = found
        yield told(field, rule, **{"name": new["name"], **values})
    yield from field_options(field, context)


def _renaming(pair: Pair, old: dict[str, Any], new: dict[str, Any]) -> Rule:
    """The card of another name under the same number and a like type."""
    before = {each["name"] for each in pair.old.value["fields"].values()}
    after = {each["name"] for each in pair.new.value["fields"].values()}
    if old["name"] in after or new["name"] in before:
        return cards.REASSIGNED
    return cards.RENAMED_JSON_KEPT if old["json"] == new["json"] else cards.RENAMED


def _swapped(pair: Pair, number: str) -> str | bool:
    """The number that this one swapped names with: "" if none, False if it was told there."""
    old, new = pair.old.value["fields"], pair.new.value["fields"]
    for other, field in old.items():
        if field["name"] == new[number]["name"] and other in new:
            if new[other]["name"] != old[number]["name"]:
                return ""
            return other if int(number) < int(other) else False
    return ""


def _shape(field: Pair, context: Context) -> Iterator[Fact | Visit]:
    """Type and label of a field; the only fact is TYPE_CHANGED where nothing else is worth it."""
    old, new = field.old.value, field.new.value
    values = {"name": new["name"], "old": types.spelled(old), "new": types.spelled(new)}
    if (old["key"] is None) != (new["key"] is None):
        yield told(field, types.TYPE_CHANGED, "type", **values)
        return
    found = list(_value(field, context))
    rules = [each for each in (types.scalar_change(old["key"] or "", new["key"] or ""),) if each]
    rules += [each for each in found if isinstance(each, Rule)]
    if types.TYPE_CHANGED in rules:
        yield told(field, types.TYPE_CHANGED, "type", **values)
        return
    for rule in {each.id: each for each in rules}.values():
        yield told(field, rule, "ref" if new["ref"] else "type", **values)
    yield from (each for each in found if isinstance(each, Visit))
    for rule in shapes.cardinality(old, new):
        form = "packed" if new["packed"] else "one by one"
        shown = {**values, "new": form} if rule is shapes.PACKING_CHANGED else values
        yield told(field, rule, "label", **shown)


_FRAMED = frozenset({"message", "group"})


def _value(field: Pair, context: Context) -> Iterator[Rule | Visit]:
    """The type of a single value, of an item, or of the values of a map."""
    old, new = field.old.value, field.new.value
    kinds = {old["type"], new["type"]}
    compare: Comparator
    if kinds <= _FRAMED:
        kind, compare = "messages", compare_messages
    elif kinds == {"enum"}:
        kind, compare = "enums", compare_enums
    else:
        rule = types.scalar_change(old["type"], new["type"])
        if rule is not None:
            yield rule
        return
    one, two = old["ref"], new["ref"]
    if context.renamed(kind, one) != two:
        special = {one, two} & _OWN_JSON
        if special or not reads_alike(context, kind, one, two):
            yield types.TYPE_CHANGED
            return
        yield _other_name(context, kind, one, two)
    if old["type"] != new["type"]:
        yield types.ENCODING_CHANGED
    yield context.visit(kind, one, two, compare)


def _other_name(context: Context, kind: str, one: str, two: str) -> Rule:
    if kind == "messages":
        moved = one.rpartition(".")[2] == two.rpartition(".")[2]
        return types.MESSAGE_MOVED if moved else types.MESSAGE_RENAMED
    before, after = (
        {name: each["number"] for name, each in side.data["enums"][ref]["values"].items()}
        for side, ref in ((context.old, one), (context.new, two))
    )
    same = one.rpartition(".")[2] == two.rpartition(".")[2] and before.items() <= after.items()
    return types.ENUM_MOVED if same else types.ENUM_RENAMED


def reads_alike(context: Context, kind: str, old: str, new: str) -> bool:
    """Whether bytes and JSON of one type read as the other: nothing in them says which it is."""
    key = (old, new)
    if key not in context.alike:
        # Until the contrary is known: a recursive type is met again inside itself.
        context.alike[key] = True
        compare = compare_messages if kind == "messages" else compare_enums
        visit = context.visit(kind, old, new, compare)
        facts = explore(visit, context, same=context.same)
        context.alike[key] = facts is not None and not any(hurts(fact.rule) for fact, _ in facts)
    return context.alike[key]


def _extensions(pair: Pair, context: Context) -> Iterator[Fact | Visit]:
    """Fields that other messages or files of the contract add to a message."""
    one, two = (
        _own_extensions(side, str(node.pointer[1]))
        for side, node in ((context.old, pair.old), (context.new, pair.new))
    )
    at = ("extensions", pair.old.pointer[1]), ("extensions", pair.new.pointer[1])
    for number in sorted({*one, *two}, key=int):
        values = {"number": number}
        if number not in two:
            node = Node(one[number], context.old, (*at[0], number))
            values["name"] = one[number]["name"]
            yield Fact(cards.EXTENSION_REMOVED, node, None, values, near=pair.new)
        elif number not in one:
            node = Node(two[number], context.new, (*at[1], number))
            values["name"] = two[number]["name"]
            yield Fact(cards.EXTENSION_ADDED, None, node, values, near=pair.old)
        else:
            old = Node(one[number], context.old, (*at[0], number))
            new = Node(two[number], context.new, (*at[1], number))
            yield from _extension(Pair(old, new), number, context)


def _own_extensions(side: Model, name: str) -> dict[str, Any]:
    return {
        number: field
        for number, field in side.data["extensions"].get(name, {}).items()
        if side.homes["extensions", name, number] in side.own
    }


def _extension(field: Pair, number: str, context: Context) -> Iterator[Fact | Visit]:
    old, new = field.old.value, field.new.value
    if old["name"] != new["name"]:
        values = {"number": number, "old": old["name"], "new": new["name"], "json": new["json"]}
        yield told(field, cards.RENAMED, "name", **values)
    yield from _shape(field, context)
    yield from field_options(field, context)
