"""The table ``[fuzz]`` of the settings: defaults of the options, and what holds for operations."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from apicheck.errors import ConfigError
from apicheck.fuzz.contract import MISSING
from apicheck.judge.settings import at, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from apicheck.fuzz.contract import Body, Operation, Parameter, Service
    from apicheck.fuzz.model import Breach

__all__ = ["Rules", "Tuned", "options_in", "rules_in"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """What a team says of the operations that ``match`` (id, label or pattern of one).

    ``skip`` is why they are not probed; ``skip_areas`` and ``expect`` give the reason by area and
    by status. ``values`` are for parameters by name, ``body`` is the content to send.
    """

    match: tuple[str, ...]
    skip: str = ""
    skip_areas: Mapping[str, str] = field(default_factory=dict)
    expect: Mapping[str, str] = field(default_factory=dict)
    deadline: float | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    body: Any = MISSING

    def covers(self, operation: Operation) -> bool:
        """Whether it speaks of an operation."""
        names = (operation.id, operation.label, operation.path)
        return any(fnmatchcase(name, each) for each in self.match for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All that is said of operations; a later table wins over an earlier one."""

    tuned: tuple[Tuned, ...] = ()

    def skipped(self, operation: Operation) -> str:
        """Why an operation is not probed, or ""."""
        return next((e.skip for e in reversed(self.tuned) if e.skip and e.covers(operation)), "")

    def left_out(self, operation: Operation, area: str) -> str:
        """Why the probes of an area are not made at an operation, or ""."""
        said = (e.skip_areas.get(area, "") for e in self.tuned if e.covers(operation))
        return next(filter(None, said), "")

    def expected(self, operation: Operation, breach: Breach) -> str:
        """Why the answer of a breach is what the team expects, or ""."""
        status = str(breach.probe.status)
        known = {s: why for e in self.tuned if e.covers(operation) for s, why in e.expect.items()}
        return known.get(status) or known.get(f"{status[0]}XX", "")

    def applied(self, service: Service) -> Service:
        """The service with the values and deadlines that are given for its operations."""
        new = {each.label: self._applied(each) for each in service.operations}
        return replace(
            service,
            operations=tuple(
                new[each.label] for each in service.operations if not self.skipped(each)
            ),
            by_path={
                path: {method: new[each.label] for method, each in methods.items()}
                for path, methods in service.by_path.items()
            },
        )

    def _applied(self, operation: Operation) -> Operation:
        for each in self.tuned:
            if each.covers(operation):
                operation = replace(
                    operation,
                    parameters=tuple(_valued(p, each.values) for p in operation.parameters),
                    bodies=tuple(_filled(b, each.body) for b in operation.bodies),
                    deadline=each.deadline or operation.deadline,
                )
        return operation


def _valued(parameter: Parameter, values: Mapping[str, Any]) -> Parameter:
    """With a value of the team's own, which is sent even where the contract does not demand it."""
    if parameter.name not in values:
        return parameter
    return replace(parameter, example=values[parameter.name], required=True)


def _filled(body: Body, value: Any) -> Body:
    return body if value is MISSING else replace(body, example=value)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    takes: str
    check: Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _seconds(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _reasons(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_text, value.values()))


_OPTIONS: Mapping[str, _Key] = {
    **dict.fromkeys(
        ("contract", "token", "second-token", "ca", "hooks", "rate-limit"),
        _Key(takes="a text", check=_text),
    ),
    **dict.fromkeys(
        ("auth", "second-auth", "header", "area", "phases"),
        _Key(takes="a list of texts", check=_texts),
    ),
    **dict.fromkeys(("deadline", "wait"), _Key(takes="a number of seconds", check=_seconds)),
    **dict.fromkeys(("seed", "max-examples"), _Key(takes="a whole number", check=_whole)),
    "budget": _Key(
        takes='a number of requests, or a text such as "5m"', check=lambda v: _text(v) or _whole(v)
    ),
    "thorough": _Key(takes="true or false", check=lambda value: isinstance(value, bool)),
    "safe": _Key(takes="true or false", check=lambda value: isinstance(value, bool)),
    "operations": _Key(
        takes="a list of tables with match",
        check=lambda value: isinstance(value, list) and all(isinstance(e, dict) for e in value),
    ),
}
_OPERATION: Mapping[str, _Key] = {
    "match": _Key(
        takes='an operationId, a label such as "GET /a", a pattern, or a list of them',
        check=lambda value: _text(value) or (_texts(value) and bool(value)),
    ),
    "skip": _Key(takes="the reason, as a text", check=_text),
    "skip-areas": _Key(takes="a table of area = reason", check=_reasons),
    "expect": _Key(takes="a table of status = reason", check=_reasons),
    "deadline": _Key(takes="a number of seconds", check=_seconds),
    "values": _Key(
        takes="a table of parameter = value", check=lambda value: isinstance(value, dict)
    ),
    "body": _Key(takes="the content to send", check=lambda _value: True),
}


def options_in(table: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The options that a table sets, named as they are; ConfigError where one is wrong."""
    _check(table, _OPTIONS, path, "fuzz")
    found = {name.replace("-", "_"): each for name, each in table.items() if name != "operations"}
    if "phases" in found:
        found["phases"] = ",".join(found["phases"])
    if "budget" in found:
        found["budget"] = str(found["budget"])
    return found


def rules_in(table: Mapping[str, Any], path: str, service: Service, areas: Iterable[str]) -> Rules:
    """What a table says of operations; ConfigError where it says nothing of any, or is wrong."""
    tuned = []
    for each in table.get("operations", ()):
        _check(each, _OPERATION, path, "fuzz.operations")
        if "match" not in each:
            raise ConfigError(at(path, "fuzz.operations"), "match", "is missing")
        match = each["match"]
        made = Tuned(
            match=(match,) if isinstance(match, str) else tuple(match),
            skip=each.get("skip", ""),
            skip_areas=each.get("skip-areas", {}),
            expect={_status(s, path): reason for s, reason in each.get("expect", {}).items()},
            deadline=each.get("deadline"),
            values=each.get("values", {}),
            body=each.get("body", MISSING),
        )
        _speaks_of_something(made, path, service, tuple(areas))
        tuned.append(made)
    return Rules(tuned=tuple(tuned))


def _speaks_of_something(made: Tuned, path: str, service: Service, areas: Sequence[str]) -> None:
    known = [each for each in service.operations if made.covers(each)]
    if not known:
        names = [name for each in service.operations for name in (each.label, each.id)]
        said = made.match[0]
        raise ConfigError(
            at(path, said), said, "matches no operation of the contract", nearest(said, names)
        )
    for area in made.skip_areas:
        if area not in areas:
            raise ConfigError(at(path, area), area, "no such area", f"known: {', '.join(areas)}")
    names = [each.name for operation in known for each in operation.parameters]
    for name in made.values:
        if name not in names:
            raise ConfigError(
                at(path, name), name, "is no parameter of that operation", nearest(name, names)
            )


def _status(said: str, path: str) -> str:
    status = said.upper()
    if len(status) == 3 and status[0] in "12345" and (status[1:] == "XX" or status.isdigit()):
        return status
    raise ConfigError(at(path, said), said, "is no status", "give a code such as 409, or 4XX")


def _check(table: Mapping[str, Any], keys: Mapping[str, _Key], path: str, where: str) -> None:
    for name, value in table.items():
        known = keys.get(name)
        if known is None:
            raise ConfigError(
                at(path, name), f"{where}.{name}", "no such setting", nearest(name, keys)
            )
        if not known.check(value):
            raise ConfigError(
                at(path, name), f"{where}.{name}", f"takes {known.takes}, not {value!r}"
            )
