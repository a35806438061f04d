"""What credentials an operation asks for: alternatives of schemes with scopes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.model import Effect, Example, Rule
from apicheck.schema.values import canonical
from apicheck.walk import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.openapi.context import Context
    from apicheck.formats.openapi.operations import Operation
    from apicheck.formats.openapi.spec import Spec
    from apicheck.nodes import Node

__all__ = ["RULES", "Security"]

_PATHS = '"paths": {"/things": {"get": {"responses": {"204": {"description": "done"}}}}}'
_SCHEMES = (
    '"components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header",'
    ' "name": "X-Key"}, "basic": {"type": "http", "scheme": "basic"}}}'
)

INSUFFICIENT = Rule(
    id="security.credentials-insufficient",
    mirror="security.credentials-accepted",
    effect=Effect.NARROWS,
    summary="Credentials that sufficed no longer do.",
    message="{credentials} no longer suffices; needed is {needed}",
    why="Clients that present what was enough are answered with 401 or 403.",
    fix="Keep accepting the old credentials until every client has new ones.",
    example=Example(
        of="document",
        old=f'{{{_PATHS}, {_SCHEMES}, "security": [{{"key": []}}, {{"basic": []}}]}}',
        new=f'{{{_PATHS}, {_SCHEMES}, "security": [{{"key": []}}]}}',
    ),
)
ACCEPTED = Rule(
    id="security.credentials-accepted",
    mirror="security.credentials-insufficient",
    effect=Effect.WIDENS,
    summary="Credentials suffice that did not before.",
    message="{credentials} now suffices",
    why="Nobody is hurt; make sure that it is meant.",
    fix="Nothing to do.",
    example=Example(
        of="document",
        old=f'{{{_PATHS}, {_SCHEMES}, "security": [{{"key": []}}]}}',
        new=f'{{{_PATHS}, {_SCHEMES}, "security": [{{"key": []}}, {{"basic": []}}]}}',
    ),
)
SCHEME_CHANGED = Rule(
    id="security.scheme-changed",
    effect=Effect.REPLACES,
    summary="A security scheme asks for its credentials in another way.",
    message="security scheme {name} changed from {old} to {new}",
    why="Clients present their credentials the old way and are answered with 401.",
    fix="Add a new scheme as an alternative, and keep the old one.",
    example=Example(
        of="document",
        old=f'{{{_PATHS}, {_SCHEMES}, "security": [{{"key": []}}]}}',
        new=f'{{{_PATHS}, {_SCHEMES}, "security": [{{"key": []}}]}}'.replace("X-Key", "X-Token"),
    ),
)

_FLOW = '"clientCredentials": {"tokenUrl": "https://a.example/token", "scopes": {}}'
_TWO_FLOWS = f'{_FLOW}, "password": {{"tokenUrl": "https://a.example/token", "scopes": {{}}}}'


def _flowing(flows: str) -> str:
    scheme = f'{{"type": "oauth2", "flows": {{{flows}}}}}'
    components = f'"components": {{"securitySchemes": {{"login": {scheme}}}}}'
    return f'{{{_PATHS}, {components}, "security": [{{"login": []}}]}}'


FLOW_REMOVED = Rule(
    id="security.flow-removed",
    mirror="security.flow-added",
    effect=Effect.NARROWS,
    summary="One of the ways to get a token was taken away.",
    message="security scheme {name} no longer has the flow {flow}",
    why="Clients that get their tokens this way get none any more.",
    fix="Keep the flow until every client gets its tokens another way.",
    example=Example(of="document", old=_flowing(_TWO_FLOWS), new=_flowing(_FLOW)),
)
FLOW_ADDED = Rule(
    id="security.flow-added",
    mirror="security.flow-removed",
    effect=Effect.WIDENS,
    summary="There is one more way to get a token.",
    message="security scheme {name} now has the flow {flow}",
    why="Nobody is hurt: clients get their tokens as before.",
    fix="Nothing to do.",
    example=Example(of="document", old=_flowing(_FLOW), new=_flowing(_TWO_FLOWS)),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

#: Members of a scheme that say how credentials are obtained or presented.
_TELLING = ("type", "in", "name", "scheme", "openIdConnectUrl")
#: One alternative: pairs of scheme and scope, "" where the scheme is needed without a scope.
_Alternative = frozenset[tuple[str, str]]


class Security:
    """The security of one comparison: schemes matched once, requirements per operation."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._old = dict(_schemes(context, context.old))
        self._new = dict(_schemes(context, context.new))
        self._same_schemes = {name: told for name, (told, _) in self._old.items()} == {
            name: told for name, (told, _) in self._new.items()
        }
        #: New name of a scheme -> the name under which it is compared.
        self._names = self._renamed()

    def _renamed(self) -> dict[str, str]:
        names = {name: name for name in self._new}
        for name, (meaning, _) in self._new.items():
            if name in self._old:
                continue
            for other, (known, _) in self._old.items():
                if known == meaning and other not in self._new:
                    names[name] = other
        return names

    def __call__(self, old: Operation, new: Operation) -> Iterator[Fact]:
        """What changed for the callers of one operation."""
        one, two = _effective(old), _effective(new)
        if one is None and two is None:
            return
        if one is not None and two is not None and one.value == two.value and self._same_schemes:
            return
        before = self._alternatives(one, {})
        after = self._alternatives(two, self._names)
        yield from self._changed_schemes(before, after)
        at = (old.node if one is None else one, new.node if two is None else two)
        for each in before:
            if not any(other <= each for other in after):
                values = {"credentials": _shown([each]), "needed": _shown(after)}
                yield Fact(INSUFFICIENT, *at, values)
        for each in after:
            if not any(other <= each for other in before):
                yield Fact(ACCEPTED, *at, {"credentials": _shown([each])})

    def _alternatives(self, node: Node | None, names: dict[str, str]) -> list[_Alternative]:
        """No requirement at all means that nothing is needed: one empty alternative."""
        if node is None or type(node.value) is not list or not node.value:
            return [frozenset()]
        found: list[_Alternative] = []
        for each in node.value:
            if type(each) is not dict:
                continue
            pairs = set()
            for name, scopes in each.items():
                scheme = names.get(str(name), str(name))
                pairs.add((scheme, ""))
                pairs |= {(scheme, str(s)) for s in (scopes if type(scopes) is list else [])}
            found.append(frozenset(pairs))
        return found or [frozenset()]

    def _changed_schemes(
        self, before: list[_Alternative], after: list[_Alternative]
    ) -> Iterator[Fact]:
        used = {name for each in before for name, _ in each}
        used &= {name for each in after for name, _ in each}
        for name in sorted(used & self._old.keys() & self._new.keys()):
            (one, at), (two, place) = self._old[name], self._new[name]
            if one == two:
                continue
            if at.value.get("type") == "oauth2" == place.value.get("type"):
                yield from _changed_flows(name, at, place)
            else:
                yield Fact(SCHEME_CHANGED, at, place, {"name": name, "old": one, "new": two})


def _changed_flows(name: str, old: Node, new: Node) -> Iterator[Fact]:
    before, after = _flows(old.value), _flows(new.value)
    for flow, addresses in before.items():
        if flow not in after:
            yield Fact(FLOW_REMOVED, old, new, {"name": name, "flow": flow})
        elif addresses != after[flow]:
            values = {"old": canonical(addresses), "new": canonical(after[flow])}
            yield Fact(SCHEME_CHANGED, old, new, {"name": f"{name} ({flow})", **values})
    for flow in sorted(after.keys() - before.keys()):
        yield Fact(FLOW_ADDED, old, new, {"name": name, "flow": flow})


def _effective(operation: Operation) -> Node | None:
    """An operation's own requirements override those of the document (OpenAPI 3.1.1, 4.8.10)."""
    own = operation.node.get("security")
    return operation.spec.root.get("security") if own is None else own


def _schemes(context: Context, spec: Spec) -> Iterator[tuple[str, tuple[str, Node]]]:
    if spec.family.two:
        holder = spec.section("securityDefinitions")
    else:
        components = spec.section("components")
        holder = None if components is None else components.get("securitySchemes")
    for name, node in context.entries(holder):
        yield name, (_meaning(node.value), node)


def _meaning(scheme: dict[str, Any]) -> str:
    """What a client must do for a scheme, in one line; descriptions left out."""
    kind = str(scheme.get("type"))
    if kind == "basic":
        return "http basic"
    if kind == "http":
        return f"http {str(scheme.get('scheme')).lower()}"
    if kind == "apiKey":
        name = str(scheme.get("name"))
        place = scheme.get("in")
        return f"apiKey in {place} {name.lower() if place == 'header' else name}"
    if kind == "oauth2":
        return f"oauth2 {canonical(_flows(scheme))}"
    told = {name: scheme[name] for name in _TELLING if name in scheme}
    return canonical(told)


def _flows(scheme: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Flows with their addresses; Swagger 2.0 has one flow under other names."""
    flows = scheme.get("flows")
    if type(flows) is not dict:
        name = {"application": "clientCredentials", "accessCode": "authorizationCode"}
        flow = str(scheme.get("flow"))
        flows = {name.get(flow, flow): scheme}
    keys = ("authorizationUrl", "tokenUrl", "deviceAuthorizationUrl")
    return {
        flow: {key: each[key] for key in keys if key in each}
        for flow, each in flows.items()
        if type(each) is dict
    }


def _shown(alternatives: list[_Alternative]) -> str:
    texts = []
    for each in alternatives:
        names = sorted({name for name, _ in each})
        parts = []
        for name in names:
            scopes = sorted(scope for scheme, scope in each if scheme == name and scope)
            parts.append(f"{name} ({', '.join(scopes)})" if scopes else name)
        texts.append(" with ".join(parts) or "no authentication")
    return " or ".join(texts)
