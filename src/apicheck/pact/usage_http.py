"""Which changes of an OpenAPI contract concern an HTTP interaction."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apicheck.formats.openapi.serialisation import normal_type, schema_of_parameter
from apicheck.pact.concern import concerned, hurt
from apicheck.pact.http import chosen, cookies, is_json
from apicheck.pact.model import Kind
from apicheck.pact.provider import Provider, resolved
from apicheck.pact.reach import Met, Reach
from apicheck.pact.schemas import Schemas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apicheck.formats.openapi.spec import Spec
    from apicheck.model import Change, Use
    from apicheck.nodes import Node
    from apicheck.pact.model import Interaction, Part
    from apicheck.pact.provider import Operation, Parameter

__all__ = ["Operations"]

#: They hurt who does not send the parameter.
_PARAMETER_WANTED = frozenset({"parameter.required-added", "parameter.made-required"})
_BODY_WANTED = frozenset({"request-body.required-added", "request-body.made-required"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """An interaction at its operation of the old contract.

    ``statuses`` are those that the operation declares, ``status`` the one that is expected, as
    the contract has it ("" where it does not).
    """

    operation: Operation
    label: str
    request: Reach
    response: Reach
    status: str
    statuses: frozenset[str]


class Operations:
    """Interactions as requests to operations of the old contract, or else of the new one."""

    def __init__(self, old: Spec, new: Spec) -> None:
        self._old, self._new = Provider(old), Provider(new)
        self._before = {by_position(each.label) for each in self._old.operations()}
        self._sent = Schemas(old.dialect, "readOnly")
        self._read = Schemas(old.dialect, "writeOnly")
        self._known: dict[int, _Asked | None] = {}
        self._last: tuple[Change, dict[str, list[Use]]] | None = None

    def places(self, interaction: Interaction) -> bool:
        """Whether one of the contracts has the operation that is asked for."""
        request = interaction.request
        if interaction.kind is not Kind.HTTP or request is None:
            return True
        sides = (self._old, self._new)
        return any(side.find(request.method, request.path)[0] is not None for side in sides)

    def tells(self, change: Change) -> bool:
        """Whether interactions can show who uses what a change is about: none is a webhook."""
        return not any(use.label.startswith("webhook ") for use in hurt(change))

    def __call__(self, change: Change, interaction: Interaction) -> bool:
        """Whether a change concerns an interaction; True in doubt."""
        if interaction.kind is not Kind.HTTP:
            return False
        if id(interaction) not in self._known:
            self._known[id(interaction)] = self._asked(interaction)
        asked = self._known[id(interaction)]
        if asked is None:
            # Of the new contract alone, or of none: no change breaks what did not work.
            return False
        if not change.uses:
            return True
        uses = self._uses(change)
        return any(
            self._use_concerned(change, use, asked, interaction)
            for use in (*uses.get(asked.label, ()), *uses.get("", ()))
        )

    def _uses(self, change: Change) -> dict[str, list[Use]]:
        """The uses that a change hurts by their operation; under "" what may be of any.

        That is of the API as a whole, or of an operation that moved and is called otherwise now.
        """
        # The same change is asked about for one interaction after the other.
        if self._last is None or self._last[0] is not change:
            found: dict[str, list[Use]] = {}
            for use in hurt(change):
                said = by_position(use.label.partition(" callback ")[0])
                known = said in self._before and re.match(r"[A-Z]+ /", said)
                found.setdefault(said if known else "", []).append(use)
            self._last = (change, found)
        return self._last[1]

    def _use_concerned(
        self, change: Change, use: Use, asked: _Asked, interaction: Interaction
    ) -> bool:
        request, response = interaction.request, interaction.response
        assert request is not None
        assert response is not None
        if _is_elsewhere(change, asked.operation):
            return False
        if " callback " in use.label or use.side not in {"request", *_sides(use)}:
            return True
        if use.side == "request":
            return self._request_concerned(change, asked, request)
        key = use.side.partition(" ")[2].lower()
        if key != asked.status and (key in asked.statuses or not _is_of(key, response.status)):
            return False
        if change.rule.id == "media-type.removed" and _accepts(request, change):
            return True
        met = asked.response.at(change)
        return met is None or any(
            concerned(change, each, response, self._read, sent=False) for each in met
        )

    def _request_concerned(self, change: Change, asked: _Asked, request: Part) -> bool:
        if change.rule.id in _PARAMETER_WANTED:
            where, name = str(change.values.get("where")), str(change.values.get("name"))
            return not _texts(request, where, name, {})
        if change.rule.id in _BODY_WANTED:
            return request.body is None
        met = asked.request.at(change)
        return met is None or any(
            concerned(change, each, request, self._sent, sent=True) for each in met
        )

    def _asked(self, interaction: Interaction) -> _Asked | None:
        request, response = interaction.request, interaction.response
        assert request is not None
        assert response is not None
        operation, variables, _ = self._old.find(request.method, request.path)
        if operation is None:
            return None
        declared = resolved(operation.node.get("responses"))
        found = self._old.response(operation, response.status)
        return _Asked(
            operation=operation,
            label=by_position(operation.label),
            request=self._request(request, operation, variables),
            response=Reach() if found is None else self._response(response, operation, found[1]),
            status="" if found is None else found[0].lower(),
            statuses=frozenset(
                name.lower() for name, _ in (() if declared is None else declared.members())
            ),
        )

    def _request(self, request: Part, operation: Operation, variables: Mapping[str, str]) -> Reach:
        reach = Reach()
        reach.touch(operation.node, Met(open=True))
        for each in operation.parameters:
            if each.place != "body":
                _parameter(reach, self._sent, each, request, variables)
        place, _, media = self._old.request_body(operation)
        if place is not None:
            reach.may_touch(place)
            if request.body is not None:
                reach.touch(place, Met(open=True))
            _body(reach, self._sent, request, media, partial=False)
        return reach

    def _response(self, response: Part, operation: Operation, declared: Node) -> Reach:
        reach = Reach()
        reach.touch(declared, Met(open=True))
        holder = resolved(declared.get("headers"))
        for name, each in () if holder is None else holder.members():
            header = resolved(each)
            if header is None:
                continue
            sent = response.headers.get(name.lower())
            met = Met(steps=(name,), section="header", texts=sent) if sent is not None else None
            _touched(reach, self._read, (each, header), schema_of_parameter(header), met)
        media = self._old.response_media(operation, declared)
        _body(reach, self._read, response, media, partial=True)
        return reach


def _parameter(
    reach: Reach, schemas: Schemas, each: Parameter, request: Part, variables: Mapping[str, str]
) -> None:
    sent = _texts(request, each.place, each.name, variables)
    met = Met(steps=(each.name,), section=each.place, texts=sent) if sent else None
    if each.place == "formData" and request.body is not None:
        met = Met(open=True)
    if each.place == "path" and met is not None:
        met = Met(section="path", texts=sent)
    if met is not None and met.section in request.generators:
        # What is sent is put there when the interaction is played.
        met = Met(open=True)
    _touched(reach, schemas, (each.node,), each.schema, met)


def _touched(
    reach: Reach, schemas: Schemas, nodes: tuple[Node, ...], schema: Node | None, met: Met | None
) -> None:
    for node in nodes:
        reach.may_touch(node)
        if met is not None:
            reach.touch(node, met)
    if schema is not None and met is None:
        reach.knows(schemas, schema)
    elif schema is not None and met is not None:
        reach.opens(schemas, schema, met)


def _body(
    reach: Reach, schemas: Schemas, part: Part, media: Mapping[str, Node], *, partial: bool
) -> None:
    body = part.body
    fitting = None if body is None else chosen(media, body.content_type)
    for node in media.values():
        schema = node.get("schema")
        reach.may_touch(node)
        if schema is not None:
            reach.knows(schemas, schema)
        if body is None or (fitting is not None and node is not fitting):
            continue
        reach.touch(node, Met(open=True))
        if schema is None:
            continue
        if fitting is None or body.opaque or not is_json(body.content_type):
            # Of a type that the contract does not have, or one that is not looked into.
            reach.opens(schemas, schema, Met(open=True))
            continue
        rules = part.rules.get("body", part.rules.get("content", ()))
        reach.follow(schemas, schema, body.value, rules, partial=partial)


def _texts(request: Part, where: str, name: str, variables: Mapping[str, str]) -> tuple[str, ...]:
    """What is sent for a parameter; empty where it is not."""
    if where == "path":
        return (variables.get(name, ""),)
    if where == "header":
        return request.headers.get(name.lower(), ())
    if where == "cookie":
        return cookies(request).get(name, ())
    if where == "query":
        # A list may be written as name[]; an object as name[member].
        bare = name.removesuffix("[]")
        listed = [key for key in request.query if key == name or key.partition("[")[0] == bare]
        return tuple(text for key in listed for text in request.query[key] or ("",))
    return ()


def by_position(label: str) -> str:
    """The name of an operation, whatever its path parameters are called."""
    return re.sub(r"\{[^{}]*\}", "{}", label)


def _sides(use: Use) -> tuple[str, ...]:
    return (use.side,) if use.side.startswith("response ") else ()


def _is_of(key: str, status: int) -> bool:
    return key in {str(status), f"{status // 100}xx", "default"}


def _is_elsewhere(change: Change, operation: Operation) -> bool:
    """Whether a change lies in another path of the document than the operation does."""
    place, own = change.old, operation.node
    if place is None or place.document is not own.document or own.pointer[:1] != ("paths",):
        return False
    return (
        place.pointer[:1] == ("paths",)
        and len(place.pointer) > 1
        and place.pointer[:2] != own.pointer[:2]
    )


def _accepts(request: Part, change: Change) -> bool:
    """Whether a request asks for the media type that went."""
    gone = normal_type(str(change.values.get("type"))).partition(";")[0]
    asked = ",".join(request.headers.get("accept", ())).split(",")
    return gone in {each.partition(";")[0].strip().lower() for each in asked}
