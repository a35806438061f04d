"""Security: a list of ways in, any one of which is enough.

2.x: a list of requirements, each naming schemes (all needed) and their scopes. 3.x: a list of
schemes, each with the scopes it needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from apicheck.formats.asyncapi.context import Seen
from apicheck.model import Direction, Effect, Example, Rule, Severity
from apicheck.schema.values import canonical
from apicheck.walk import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.asyncapi.context import Context
    from apicheck.formats.asyncapi.normal import Application
    from apicheck.model import Use
    from apicheck.nodes import Node

__all__ = ["RULES", "security"]


def _server(*schemes: str) -> str:
    listed = ", ".join(f'{{"type": "{each}"}}' for each in schemes)
    return f'{{"security": [{listed}]}}' if schemes else "{}"


REQUIRED = Rule(
    id="asyncapi.security-required",
    mirror="asyncapi.security-dropped",
    effect=Effect.NARROWS,
    summary="A login is needed where none was.",
    message="a login is now needed: {schemes}",
    why="Peers that come without one are refused.",
    fix="Give peers logins first, and accept both for a while.",
    example=Example(of="asyncapi-server", old=_server(), new=_server("scramSha256")),
    override={Direction.OUTBOUND: Severity.ERROR},
    because="Consumers must log in as well.",
)
DROPPED = Rule(
    id="asyncapi.security-dropped",
    mirror="asyncapi.security-required",
    effect=Effect.WIDENS,
    summary="A login is no longer needed.",
    message="a login is no longer needed; it was {schemes}",
    why="Nobody is hurt.",
    fix="Make sure that it is meant.",
    example=Example(of="asyncapi-server", old=_server("scramSha256"), new=_server()),
    override={Direction.OUTBOUND: Severity.INFO},
    because="Those who log in are let in as before.",
)
ALTERNATIVE_REMOVED = Rule(
    id="asyncapi.security-alternative-removed",
    mirror="asyncapi.security-alternative-added",
    effect=Effect.NARROWS,
    summary="A way to log in is no longer accepted.",
    message="a login by {schemes} is no longer accepted",
    why="Peers that log in this way are refused.",
    fix="Accept both ways until all peers have changed.",
    example=Example(
        of="asyncapi-server", old=_server("plain", "scramSha256"), new=_server("scramSha256")
    ),
    override={Direction.OUTBOUND: Severity.ERROR},
    because="Consumers must log in as well.",
)
ALTERNATIVE_ADDED = Rule(
    id="asyncapi.security-alternative-added",
    mirror="asyncapi.security-alternative-removed",
    effect=Effect.WIDENS,
    summary="A further way to log in is accepted.",
    message="a login by {schemes} is now accepted too",
    why="Nobody is hurt.",
    fix="Nothing to do.",
    example=Example(
        of="asyncapi-server", old=_server("scramSha256"), new=_server("plain", "scramSha256")
    ),
    override={Direction.OUTBOUND: Severity.INFO},
    because="The old ways are accepted as before.",
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


@dataclass(frozen=True, slots=True)
class _Scheme:
    """A scheme by what it asks of peers (not by its key), and the scopes needed."""

    identity: str
    scopes: frozenset[str]
    shown: str


#: All of these are needed.
_Way = frozenset[_Scheme]


def security(
    context: Context,
    old: Node | None,
    new: Node | None,
    near: tuple[Node, Node],
    uses: tuple[Use, ...],
) -> Iterator[Seen]:
    """Compare two lists of ways to log in."""
    before, after = _ways(context.old, old), _ways(context.new, new)
    if before is None or after is None:
        return  # told as a part that cannot be read
    at = (old or near[0], new or near[1])
    # Nothing to log in with is one of the ways where the list is empty, or has an empty entry.
    free_before = not before or frozenset() in before
    free_after = not after or frozenset() in after
    if free_after:
        if not free_before:
            yield Seen(uses=uses, seen=Fact(DROPPED, *at, {"schemes": _shown(before)}))
        return
    if free_before:
        yield Seen(uses=uses, seen=Fact(REQUIRED, *at, {"schemes": _shown(after)}))
        return
    for way in before:
        if not any(_enough(way, other) for other in after):
            yield Seen(uses=uses, seen=Fact(ALTERNATIVE_REMOVED, *at, {"schemes": _shown([way])}))
    for way in after:
        if not any(_enough(way, other) for other in before):
            yield Seen(uses=uses, seen=Fact(ALTERNATIVE_ADDED, *at, {"schemes": _shown([way])}))


def _enough(had: _Way, wanted: _Way) -> bool:
    """Whether who has logged in by ``had`` satisfies ``wanted``."""
    return all(
        any(mine.identity == each.identity and each.scopes <= mine.scopes for mine in had)
        for each in wanted
    )


def _shown(ways: list[_Way]) -> str:
    return " or ".join(" and ".join(sorted(each.shown for each in way)) for way in ways)


def _ways(application: Application, node: Node | None) -> list[_Way] | None:
    """The ways in; None where one of them cannot be read."""
    if node is None or node.value is None:
        return []
    found = application.reader.part(node, list)
    if found is None:
        return None
    ways: list[_Way] = []
    for each in found.items():
        item = application.reader.part(each, dict)
        way = None if item is None else _way(application, item)
        if way is None:
            return None
        if way not in ways:
            ways.append(way)
    return ways


def _way(application: Application, item: Node) -> _Way | None:
    if application.reader.spec.major != 2:
        scopes = item.value.get("scopes")
        return frozenset({_scheme(item, scopes if type(scopes) is list else [])})
    schemes = application.reader.spec.root.get("components")
    held = None if schemes is None else schemes.get("securitySchemes")
    found = set()
    for name, scopes in item.members():
        place = None if held is None else held.get(name)
        node = application.reader.part(place, dict)
        if node is None:
            if place is None:
                application.reader.ignore(scopes, f"security scheme {name}")
            return None
        found.add(_scheme(node, scopes.value if type(scopes.value) is list else []))
    return frozenset(found)


def _scheme(node: Node, scopes: list[object]) -> _Scheme:
    said = {
        key: node.value.get(key)
        for key in ("type", "in", "name", "scheme", "openIdConnectUrl", "flows")
        if node.value.get(key) is not None
    }
    shown = str(said.get("type"))
    if said.get("scheme") or said.get("name"):
        shown += f" {said.get('scheme') or said.get('name')}"
    if scopes:
        shown += f" ({', '.join(map(str, scopes))})"
    if type(said.get("flows")) is dict:
        # What scopes there are besides those needed is nobody's business (availableScopes in 3.x).
        said["flows"] = {
            flow: {key: url for key, url in each.items() if str(key).endswith("Url")}
            for flow, each in said["flows"].items()
            if type(each) is dict
        }
    return _Scheme(identity=canonical(said), scopes=frozenset(map(str, scopes)), shown=shown)
