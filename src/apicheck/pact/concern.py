"""Whether what an interaction sends or reads at a place is what a change there is about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from apicheck.judge.verdict import by_card
from apicheck.model import Ground, Severity, Surface
from apicheck.nodes import Node
from apicheck.pact.needs import need
from apicheck.pact.paths import best

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apicheck.model import Change, Place, Use
    from apicheck.pact.model import Part, RuleSet
    from apicheck.pact.reach import Met
    from apicheck.pact.schemas import Schemas

__all__ = ["concerned", "hurt"]

_ALL = frozenset(Surface)
#: They hurt who does not send the member.
_WANTING = frozenset({"schema.required-property-added", "schema.property-made-required"})
#: They hurt who sends or reads the member.
_HAVING = frozenset(
    {"schema.property-removed", "schema.closed-property-removed"}
    | {"schema.required-property-removed", "schema.property-made-optional"}
)
#: They hurt who sends a value of a type that went.
_TYPES = frozenset({"schema.type-narrowed", "schema.null-disallowed"})


def hurt(change: Change) -> tuple[Use, ...]:
    """The uses that the change hurts in their direction; all of them where it hurts none."""
    found = tuple(
        use
        for use in change.uses
        if by_card(change.rule, use.direction, _ALL) > Severity.INFO
        or change.rule.ground in {Ground.ONLY_WITNESSED, Ground.ONLY_UNDECIDED}
    )
    return found or change.uses


def concerned(change: Change, met: Met, part: Part, schemas: Schemas, *, sent: bool) -> bool:
    """Whether the change of a schema is about what is met there; True in doubt.

    ``sent`` says that the consumer sends the part, else it reads it.
    """
    rule = change.rule.id
    if met.open:
        return True
    rules = part.rules.get(met.section, part.rules.get("content", ()))
    if rule == "schema.enum-value-removed" and sent:
        return _may_send(change, met, rules)
    if met.texts is not None:
        return True
    name = change.values.get("name")
    if type(name) is str and type(met.value) is dict and rule in _WANTING | _HAVING:
        has = name in met.value
        return not has if sent and rule in _WANTING else has or _takes_all(rules, met)
    if rule == "schema.enum-value-added" and not sent:
        return not _expects(_value(change), rules, met)
    if rule in _TYPES and sent:
        return _is_of_gone_type(change, met, rules)
    if rule == "schema.union-branch-removed" and sent and change.old is not None:
        return not any(schemas.problems(_node(change.old), met.value))
    if rule == "schema.extra-properties-refused" and sent and type(met.value) is dict:
        old = getattr(change.subject, "old", None)
        if isinstance(old, Node) and not old.parts:
            return schemas.exceeds(old, met.value)
    return True


def _value(change: Change) -> Any:
    """The value that a rule on enums names, which it holds as JSON."""
    try:
        return json.loads(str(change.values.get("value")))
    except ValueError:
        return None


def _node(place: Place) -> Node:
    value = place.document.data
    for step in place.pointer:
        value = value[step]
    return Node(value, place.document, place.pointer)


def _rule(rules: Sequence[RuleSet], met: Met) -> RuleSet | None:
    """The matchers of what is met; those of a parameter may be of its first value."""
    found = best(rules, met.steps)
    return found if found or met.texts is None else best(rules, (*met.steps, 0))


def _may_send(change: Change, met: Met, rules: Sequence[RuleSet]) -> bool:
    """Whether the consumer sends a value of an enum, or says by a matcher that it may."""
    value = _value(change)
    text = value if type(value) is str else json.dumps(value)
    found = _rule(rules, met)
    if found is not None and any(each.kind != "equality" for each in found.matchers):
        if found.alternatives:
            return True
        patterns = [each.values.get("regex") for each in found.matchers if each.kind == "regex"]
        if met.texts is not None:
            return all(type(each) is str and _fits({"pattern": each}, text) for each in patterns)
        return _fits(need(met.value, (found,), met.steps), value)
    if met.texts is None:
        return type(value) is type(met.value) and bool(value == met.value)
    # A list may be one text, whatever its parts are put together with.
    return any(text in {each, *_parts(each)} for each in met.texts)


def _parts(text: str) -> list[str]:
    for separator in "|; \t":
        text = text.replace(separator, ",")
    return text.split(",")


def _takes_all(rules: Sequence[RuleSet], met: Met) -> bool:
    """Whether members of any name are read here, so that this one may be."""
    found = best(rules, met.steps)
    kinds = {"values", "eachvalue"}
    return found is not None and any(each.kind in kinds for each in found.matchers)


def _expects(value: Any, rules: Sequence[RuleSet], met: Met) -> bool:
    """Whether the consumer was tested with matchers that say that it takes the new value too."""
    found = best(rules, met.steps)
    if found is None or type(value) is not str or found.alternatives:
        return False
    patterns = [each.values.get("regex") for each in found.matchers if each.kind == "regex"]
    return bool(patterns) and all(
        type(each) is str and _fits({"pattern": each}, value, doubt=False) for each in patterns
    )


def _is_of_gone_type(change: Change, met: Met, rules: Sequence[RuleSet]) -> bool:
    """Whether what is sent is of a type that is no longer taken."""
    gone = "null" if change.rule.id == "schema.null-disallowed" else change.values.get("types")
    if type(gone) is not str or (rules and best(rules, met.steps) is not None):
        return True
    types = [each.strip() for each in gone.replace(" or ", ",").replace(" and ", ",").split(",")]
    known = {"null", "boolean", "integer", "number", "string", "array", "object"}
    if not set(types) <= known:
        return True
    return _fits({"type": sorted(set(types))}, met.value)


def _fits(schema: dict[str, Any], value: Any, *, doubt: bool = True) -> bool:
    """Whether a value fits, by an engine that no pattern of a stranger can hold up.

    ``doubt`` is the answer where it cannot read the pattern.
    """
    import jsonschema_rs

    try:
        return jsonschema_rs.Draft202012Validator(schema).is_valid(value)
    except (jsonschema_rs.ValidationError, ValueError):
        return doubt
