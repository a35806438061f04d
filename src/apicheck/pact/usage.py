"""Which known consumers a change of a contract concerns, by what their pacts send and read.

Where a pact does not show whether a consumer is concerned, it is taken to be: to name one too many
costs a look, to name one too few breaks somebody. A provider is known by its name in the pacts:
that of the service, or the title of its contract, or what the user says it is called.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apicheck.judge import UNUSED
from apicheck.judge.verdict import by_card
from apicheck.model import Consumer, Direction, Ground, Severity, Surface
from apicheck.pact.messages import named_alike, names_in
from apicheck.pact.model import Kind
from apicheck.pact.needs import is_matched, places
from apicheck.pact.paths import best
from apicheck.pact.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from apicheck.judge import Users
    from apicheck.model import Change, Contract, Finding, Use
    from apicheck.pact.model import Interaction, Pact, Part

__all__ = ["Usage"]

_ALL = frozenset(Surface)
#: Keywords after which a name is one of a member.
_MEMBERS = frozenset({"properties"})
#: Keywords after which a name is that of a schema, so that another value may begin there.
_SCHEMAS = frozenset({"schemas", "$defs", "definitions"})
#: Rules on what is asked for from now on: they hurt who does not send it.
_WANTING = frozenset(
    {"schema.required-property-added", "schema.property-made-required"}
    | {"parameter.required-added", "parameter.made-required"}
)
_PARAMETER = re.compile(r"(path|query|header|cookie|body|formData):(.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What the pacts of some consumers show; ``provider`` is its name if it has another one."""

    pacts: tuple[Pact, ...]
    provider: str = ""
    #: Names of contracts that no pact speaks of, and of those that some do: for the notes.
    _silent: dict[str, None] = field(default_factory=dict)
    _known: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def users(self, old: Contract, new: Contract, service: str = "") -> Users | None:
        """What gives the consumers that a change concerns; None where no consumer is known."""
        names = _names(old, new, service, self.provider)
        pacts = [each for each in self.pacts if _plain(each.provider) in names]
        shown = service or _title(new) or new.document.source
        if not pacts:
            self._silent[shown] = None
            return None
        self._known[shown] = tuple(sorted({each.consumer for each in pacts}))
        concerns = _concerning(old)

        def users(change: Change) -> tuple[Consumer, ...]:
            found: dict[str, list[str]] = {}
            for pact in pacts:
                for interaction in pact.interactions:
                    if concerns(change, interaction):
                        found.setdefault(pact.consumer, []).append(interaction.label)
            return tuple(
                Consumer(name=name, interactions=tuple(dict.fromkeys(told)))
                for name, told in sorted(found.items())
            )

        return users

    def notes(self, findings: Iterable[Finding]) -> Iterator[str]:
        """What was known of consumers, and how many breaks were let pass for that."""
        for name, consumers in self._known.items():
            yield f"consumers of {name} by their pacts: {', '.join(consumers)}"
        for name in self._silent:
            yield f"no pact names {name} as its provider: nothing is known of who uses it"
        passed = sum(1 for each in findings if each.reason == UNUSED)
        if passed:
            yield (
                f"{passed} breaking changes are told as less, since none of these consumers uses"
                " what they break (unused-breaks)"
            )


def _names(old: Contract, new: Contract, service: str, said: str) -> set[str]:
    names = {said} if said else {service, _title(old), _title(new), *_folders(old), *_folders(new)}
    plain = {_plain(each) for each in names}
    more = {re.sub(r"(api|service)$", "", each) for each in plain} if not said else set()
    return (plain | more) - {""}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _title(contract: Contract) -> str:
    data = contract.document.data
    info = data.get("info") if type(data) is dict else None
    title = info.get("title") if type(info) is dict else None
    return title if type(title) is str else ""


def _folders(contract: Contract) -> Iterator[str]:
    """The service of the store that a contract lies in (``SERVICE/openapi/1.0.0.yaml``)."""
    steps = contract.document.source.split("/")
    for index, step in enumerate(steps[1:], 1):
        if step in {"openapi", "asyncapi", "events", "idl"}:
            yield steps[index - 1]


def _concerning(old: Contract) -> Callable[[Change, Interaction], bool]:
    if old.format != "openapi":
        return lambda change, interaction: (
            interaction.kind is not Kind.HTTP and _message_concerned(change, interaction)
        )
    provider = Provider(old.model)
    asked: dict[int, str] = {}

    def concerns(change: Change, interaction: Interaction) -> bool:
        if interaction.kind is not Kind.HTTP or interaction.request is None:
            return False
        if id(interaction) not in asked:
            request = interaction.request
            operation, _, _ = provider.find(request.method, request.path)
            asked[id(interaction)] = "" if operation is None else operation.label
        label = asked[id(interaction)]
        if not label:
            # Not of the old contract either: nothing that changes here breaks it.
            return False
        if not change.uses:
            return True
        # An operation that is part of a webhook or callback is called by the provider.
        uses = [use for use in _hurt(change) if use.label == label or not _is_operation(use.label)]
        return any(_use_concerned(change, use, interaction) for use in uses)

    return concerns


def _hurt(change: Change) -> tuple[Use, ...]:
    """The uses that the change hurts in their direction; all of them where it hurts none."""
    hurt = tuple(
        use
        for use in change.uses
        if by_card(change.rule, use.direction, _ALL) > Severity.INFO
        or change.rule.ground in {Ground.ONLY_WITNESSED, Ground.ONLY_UNDECIDED}
    )
    return hurt or change.uses


def _value(change: Change) -> Any:
    """The value that a rule on enums names, which it holds as JSON."""
    try:
        return json.loads(str(change.values.get("value")))
    except ValueError:
        return None


def _is_operation(label: str) -> bool:
    """Whether a use is of one operation, and not of the API as a whole or of something else."""
    return re.match(r"[A-Z]+ /", label) is not None


def _use_concerned(change: Change, use: Use, interaction: Interaction) -> bool:
    request, response = interaction.request, interaction.response
    assert request is not None
    assert response is not None
    status = re.fullmatch(r"response (\w+)", use.side)
    if status is not None:
        if not _is_of(status[1], response.status):
            return False
        return _response_concerned(change, response)
    if use.side == "request":
        return _request_concerned(change, request)
    return True


def _is_of(key: str, status: int) -> bool:
    return key.lower() in {str(status), f"{status // 100}xx", "default"}


def _response_concerned(change: Change, response: Part) -> bool:
    if "headers" in change.path:
        name = change.path[change.path.index("headers") + 1 :][:1]
        return not name or name[0].lower() in response.headers
    if not _is_in_schema(change):
        return True
    if response.body is None:
        return False
    return _reads(change, response)


def _reads(change: Change, part: Part) -> bool:
    """Whether a part of a body that the consumer looks at is what changes."""
    body = part.body
    if body is None or body.opaque:
        return True
    names = _members(change)
    if not names:
        return True
    rules = part.rules.get("body", part.rules.get("content", ()))
    found = [(steps, value) for steps, value in places(body.value) if _ends_with(steps, names)]
    if not found:
        return any(_takes_all(value, rules, steps, names) for steps, value in places(body.value))
    if change.rule.id == "schema.enum-value-added":
        return not all(_expects(_value(change), rules, steps) for steps, _ in found)
    return True


def _takes_all(
    value: Any, rules: Sequence[Any], steps: tuple[str | int, ...], names: tuple[str, ...]
) -> bool:
    """Whether members of any name are read here, so that these may be."""
    if type(value) is not dict or len(names) > len(steps) + 1:
        return False
    rule = best(rules, steps)
    return rule is not None and any(each.kind in {"values", "eachvalue"} for each in rule.matchers)


def _expects(value: Any, rules: Sequence[Any], steps: tuple[str | int, ...]) -> bool:
    """Whether the consumer was tested with matchers that say that it takes the new value too."""
    rule = best(rules, steps)
    if rule is None or type(value) is not str or rule.alternatives:
        return False
    patterns = [each.values.get("regex") for each in rule.matchers if each.kind == "regex"]
    return bool(patterns) and all(type(each) is str and _matches(each, value) for each in patterns)


def _matches(pattern: str, value: str) -> bool:
    """Whether a text has the pattern, by an engine that no pattern of a stranger can hold up."""
    import jsonschema_rs

    try:
        return jsonschema_rs.Draft202012Validator({"pattern": pattern}).is_valid(value)
    except (jsonschema_rs.ValidationError, ValueError):
        return False


def _request_concerned(change: Change, request: Part) -> bool:
    wanting = change.rule.id in _WANTING
    parameter = next(filter(None, map(_PARAMETER.fullmatch, change.path)), None)
    place, name = (parameter[1], parameter[2]) if parameter else ("", "")
    if not name and change.rule.id.startswith("parameter."):
        place, name = str(change.values.get("where", "")), str(change.values.get("name", ""))
    if place in {"query", "header"} and name:
        sent = request.query if place == "query" else request.headers
        has = any(key.lower() == name.lower() or key.partition("[")[0] == name for key in sent)
        return has is not wanting
    if place or not _is_in_schema(change):
        return True
    body = request.body
    if body is None:
        return False
    if body.opaque:
        return True
    names = _members(change)
    found = [value for steps, value in places(body.value) if names and _ends_with(steps, names)]
    if wanting:
        return _lacks(body.value, names)
    if not names:
        return True
    if not found:
        return False
    if change.rule.id == "schema.enum-value-removed":
        rules = request.rules.get("body", ())
        matched = any(
            is_matched(rules, steps) for steps, _ in places(body.value) if _ends_with(steps, names)
        )
        return matched or _value(change) in found
    return True


def _lacks(value: Any, names: tuple[str, ...]) -> bool:
    """Whether an object that should have a member lacks it; True where that cannot be told."""
    if not names:
        return True
    holders = [
        each
        for steps, each in places(value)
        if type(each) is dict and (len(names) == 1 or _ends_with(steps, names[:-1]))
    ]
    return any(names[-1] not in each for each in holders)


def _message_concerned(change: Change, interaction: Interaction) -> bool:
    """By name where the change's uses name messages, then by the members that are read."""
    part = interaction.response
    if part is None:
        return True
    said = names_in(interaction, part)
    named = [name for use in change.uses for name in _messages_of(use)]
    if named and not named_alike(named, said) and _tells(said):
        return False
    if not _is_in_schema(change) and "properties" not in change.path:
        return True
    if interaction.kind is Kind.SYNC or change.direction is Direction.INBOUND:
        return True
    return _reads(change, part)


def _tells(said: tuple[tuple[str, ...], str]) -> bool:
    """Whether the interaction says a name that could be trusted to be none of another message."""
    return bool(said[0])


def _messages_of(use: Use) -> list[str]:
    name = use.side.partition(" of ")[2]
    return [name] if name else [use.label] if " " not in use.label else []


def _is_in_schema(change: Change) -> bool:
    return change.subject is not None or change.rule.id.startswith("schema.")


def _members(change: Change) -> tuple[str, ...]:
    """The names of members on the way to the place, from the last schema with a name of its own."""
    names: list[str] = []
    path = change.path
    index = 0
    while index < len(path) - 1:
        step, following = path[index], path[index + 1]
        if step in _MEMBERS or step == "required":
            names.append(following)
            index += 2
        elif step in _SCHEMAS:
            names.clear()
            index += 2
        elif step in {"additionalProperties", "patternProperties"}:
            # The names that come before say nothing of what is below.
            names.clear()
            index += 1
        else:
            index += 1
    own = change.values.get("name")
    if change.rule.id in _WANTING | {"schema.property-removed"} and type(own) is str:
        return (*names, own) if not names or names[-1] != own else tuple(names)
    return tuple(names)


def _ends_with(steps: Sequence[str | int], names: tuple[str, ...]) -> bool:
    told = tuple(step for step in steps if not isinstance(step, int))
    return len(told) >= len(names) and told[len(told) - len(names) :] == names
