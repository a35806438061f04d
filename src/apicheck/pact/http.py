"""An HTTP interaction held against an OpenAPI contract."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from apicheck.formats.openapi.serialisation import normal_type, schema_of_parameter
from apicheck.model import Change, Direction, Effect, Example, Rule, Severity
from apicheck.pact import contents
from apicheck.pact.provider import Parameter, Provider, resolved
from apicheck.pact.schemas import Schemas
from apicheck.pact.values import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from apicheck.formats.openapi.spec import Spec
    from apicheck.nodes import Node
    from apicheck.pact.model import Body, Part
    from apicheck.pact.provider import Operation
    from apicheck.pact.told import At

__all__ = ["RULES", "Http", "chosen", "cookies", "is_json"]

_POST = '{"paths": {"/items": {"post": {%s"responses": {"204": {"description": "done"}}}}}}'
_BODY = (
    '"requestBody": {"required": true, "content": {"application/json": {"schema":'
    ' {"type": "object", "required": ["sku"]}}}}, '
)
_ASKED = '{"request": {"method": "POST", "path": "/items"%s}, "response": {"status": 204}}'
_JSON = ', "headers": {"Content-Type": "application/json"}, "body": {"sku": "TEA"}'
_LIMIT = (
    '"parameters": [{"name": "limit", "in": "query", "required": true,'
    ' "schema": {"type": "integer"}}], '
)


def _example(old: str, new: str, direction: Direction = Direction.INBOUND) -> Example:
    return Example(of="pact", old=old, new=new, direction=direction)


OPERATION_UNKNOWN = Rule(
    id="pact.operation-unknown",
    effect=Effect.NARROWS,
    summary="A consumer asks for an operation that the contract does not have.",
    message="the contract has no operation that answers {asked}{near}",
    why="The provider does not promise to answer this request at all.",
    fix="Correct the path or method in the consumer, or add the operation to the contract.",
    example=_example(_POST % "", _ASKED.replace("/items", "/goods") % ""),
)
PARAMETER_MISSING = Rule(
    id="pact.parameter-missing",
    effect=Effect.NARROWS,
    summary="A consumer does not send a parameter that the contract requires.",
    message="{where} parameter {name} is required and not sent",
    why="The provider may refuse the request.",
    fix="Send it, or make it optional in the contract.",
    example=_example(_POST % _LIMIT, _ASKED % ""),
)
PARAMETER_REFUSED = Rule(
    id="pact.parameter-refused",
    effect=Effect.NARROWS,
    summary="A consumer sends a parameter with a value that the contract refuses.",
    message="{where} parameter {name} is sent as {value}: {problem}",
    why="The provider may refuse the request.",
    fix="Send a value that the contract accepts, or widen the contract.",
    example=_example(_POST % _LIMIT, _ASKED % ', "query": "limit=many"'),
)
QUERY_UNDECLARED = Rule(
    id="pact.query-undeclared",
    effect=Effect.NARROWS,
    summary="A consumer sends a query parameter that the contract does not declare.",
    message="query parameter {name} is sent, and the contract does not declare it",
    why="The provider may ignore it, so that the answer is not what was asked for.",
    fix="Declare it in the contract, or do not send it.",
    example=_example(_POST % "", _ASKED % ', "query": "colour=red"'),
    override={Direction.INBOUND: Severity.WARNING},
    because="Most providers pass over what they do not know.",
)
HEADER_UNDECLARED = Rule(
    id="pact.header-undeclared",
    effect=Effect.NARROWS,
    summary="A consumer sends a header that the contract does not declare.",
    message="header {name} is sent, and the contract does not declare it",
    why="The provider may ignore it.",
    fix="Declare it in the contract, if the provider reads it.",
    example=_example(_POST % "", _ASKED % ', "headers": {"X-Colour": "red"}'),
    override={Direction.INBOUND: Severity.INFO},
    because="Headers are added on the way as well, and are passed over by who does not know them.",
)
CREDENTIALS_MISSING = Rule(
    id="pact.credentials-missing",
    effect=Effect.NARROWS,
    summary="A consumer asks without credentials where the contract demands them.",
    message="the request lacks credentials that the contract demands",
    why="The provider refuses the request with 401, unless they are added elsewhere.",
    fix="Put the header into the interaction, with a matcher on its form and no real secret.",
    example=_example(
        '{"components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},'
        ' "security": [{"key": []}], "paths": ' + (_POST % "")[10:],
        _ASKED % "",
    ),
    override={Direction.INBOUND: Severity.WARNING},
    because="Many add credentials to the requests only when the pact is verified.",
)
BODY_MISSING = Rule(
    id="pact.request-body-missing",
    effect=Effect.NARROWS,
    summary="A consumer sends no body where the contract requires one.",
    message="the request has no body, and the contract requires one",
    why="The provider may refuse the request.",
    fix="Send a body, or make it optional in the contract.",
    example=_example(_POST % _BODY, _ASKED % ""),
)
BODY_UNDECLARED = Rule(
    id="pact.request-body-undeclared",
    effect=Effect.NARROWS,
    summary="A consumer sends a body where the contract has none.",
    message="the request has a body, and the contract declares none",
    why="The provider may ignore it or refuse the request.",
    fix="Declare the body in the contract, or send none.",
    example=_example(_POST % "", _ASKED % _JSON),
    override={Direction.INBOUND: Severity.WARNING},
    because="Most providers pass over a body that they do not expect.",
)
BODY_REFUSED = Rule(
    id="pact.request-body-refused",
    effect=Effect.NARROWS,
    summary="A consumer sends a body that the contract refuses.",
    message="the contract refuses what is sent at {what}: {problem}",
    why="The provider may refuse the request.",
    fix="Send what the contract accepts, or widen the contract.",
    example=_example(_POST % _BODY, _ASKED % _JSON.replace("sku", "name")),
)
MEDIA_TYPE_REFUSED = Rule(
    id="pact.media-type-refused",
    effect=Effect.NARROWS,
    summary="A consumer sends a media type that the contract does not accept.",
    message="the body is sent as {sent}; the contract takes {known}",
    why="The provider refuses the request with 415, or reads it as something else.",
    fix="Send one that the contract accepts, or add this one to it.",
    example=_example(_POST % _BODY, _ASKED % _JSON.replace("application/json", "text/csv")),
)
ACCEPT_NOT_OFFERED = Rule(
    id="pact.accept-not-offered",
    effect=Effect.NARROWS,
    summary="A consumer asks for a media type that the contract does not send.",
    message="the request accepts {asked}; the contract sends {known}",
    why="The provider may refuse the request with 406, or send what the consumer did not ask for.",
    fix="Ask for a media type of the contract, or add this one to it.",
    example=_example(
        contents.CONTENT % "{}",
        '{"request": {"method": "GET", "path": "/items", "headers": {"Accept": "text/csv"}},'
        ' "response": {"status": 200}}',
    ),
    override={Direction.INBOUND: Severity.WARNING},
    because="Many providers send what they have, whatever is asked for (RFC 9110, section 12.5.1).",
)
STATUS_UNDECLARED = Rule(
    id="pact.status-undeclared",
    effect=Effect.WIDENS,
    summary="A consumer expects a status that the contract does not declare.",
    message="status {status} is expected, and the contract does not declare it",
    why="The provider never promised to answer so.",
    fix="Declare the response in the contract, or expect another one.",
    example=_example(_POST % "", (_ASKED % "").replace("204", "201"), Direction.OUTBOUND),
)
RESPONSE_BODY_UNDECLARED = Rule(
    id="pact.response-body-undeclared",
    effect=Effect.WIDENS,
    summary="A consumer reads a body where the contract declares none.",
    message="a body is read, and response {status} of the contract has none",
    why="The provider promises nothing of what the consumer reads.",
    fix="Declare the content of the response in the contract, or do not read it.",
    example=_example(
        _POST % "", (_ASKED % "").replace("204", '204, "body": {"id": 1}'), Direction.OUTBOUND
    ),
)
RESPONSE_MEDIA_TYPE = Rule(
    id="pact.response-media-type-undeclared",
    effect=Effect.WIDENS,
    summary="A consumer expects a media type that the contract does not send.",
    message="the body is expected as {expected}; the contract sends {known}",
    why="The provider never promised to send it so.",
    fix="Expect a media type of the contract, or add this one to it.",
    example=_example(
        contents.CONTENT % "{}",
        '{"request": {"method": "GET", "path": "/items"}, "response": {"status": 200,'
        ' "headers": {"Content-Type": "text/csv"}, "body": "a,b"}}',
        Direction.OUTBOUND,
    ),
)
HEADER_NOT_PROMISED = Rule(
    id="pact.header-not-promised",
    effect=Effect.WIDENS,
    summary="A consumer reads a header that the contract does not promise so.",
    message="header {name} is read, and the contract {problem}",
    why="The provider may leave it out, or send something else.",
    fix="Declare the header in the contract, or do not read it.",
    example=_example(
        _POST % "",
        (_ASKED % "").replace("204", '204, "headers": {"X-Request": "7"}'),
        Direction.OUTBOUND,
    ),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

#: Headers that a contract need not declare: they belong to HTTP itself (OpenAPI 3.1.1, section
#: 4.8.12.1: Accept, Content-Type and Authorization shall be ignored), or to who carries it.
_PLAIN_REQUEST = frozenset(
    {"accept", "content-type", "authorization", "user-agent", "host", "content-length"}
    | {"connection", "accept-encoding", "accept-language", "accept-charset", "cookie", "origin"}
    | {"referer", "cache-control", "traceparent", "tracestate", "x-request-id", "te", "pragma"}
)
_PLAIN_RESPONSE = frozenset(
    {"content-type", "content-length", "date", "server", "connection", "transfer-encoding"}
    | {"vary", "cache-control", "content-encoding", "keep-alive", "via", "age", "expires"}
)


class Http:
    """One contract, asked about many interactions."""

    def __init__(self, spec: Spec) -> None:
        self.provider = Provider(spec)
        self._sent = Schemas(spec.dialect, "readOnly")
        self._read = Schemas(spec.dialect, "writeOnly")

    def against(self, at: At) -> Iterator[Change]:
        """Everything about an interaction that the contract does not allow or promise."""
        request, response = at.interaction.request, at.interaction.response
        assert request is not None
        assert response is not None
        operation, variables, near = self.provider.find(request.method, request.path)
        if operation is None:
            asked = f"{request.method} {request.path}"
            methods = "" if near is None else ", ".join(sorted(set(near.value) & _METHODS)).upper()
            yield at.change(
                OPERATION_UNKNOWN,
                asked,
                request.node,
                near or self.provider.spec.section("paths") or self.provider.spec.root,
                asked=asked,
                near=f"; at this path it has {methods}" if methods else "",
            )
            return
        if response.status < 400:
            # A request that is meant to fail may be as wrong as the consumer wants it.
            yield from self._request(at, request, operation, variables)
            yield from self._accept(at, request, response, operation)
        yield from self._response(at, response, operation)

    def _accept(
        self, at: At, request: Part, response: Part, operation: Operation
    ) -> Iterator[Change]:
        asked = _ranges(request)
        found = self.provider.response(operation, response.status)
        media = {} if found is None else self.provider.response_media(operation, found[1])
        if asked and media and not any(_within(each, asked) for each in media):
            yield at.change(
                ACCEPT_NOT_OFFERED,
                f"{operation.label} request",
                _at(request.node, "headers", "Accept"),
                None if found is None else found[1],
                asked=", ".join(asked),
                known=", ".join(sorted(media)),
            )

    def _request(
        self, at: At, request: Part, operation: Operation, variables: Mapping[str, str]
    ) -> Iterator[Change]:
        yield from self._parameters(at, request, operation, variables)
        requirement = self.provider.needs_credentials(operation)
        if requirement is not None:
            sent = {("header", name) for name in request.headers}
            sent |= {("query", name.lower()) for name in request.query}
            sent |= {("cookie", name.lower()) for name in cookies(request)}
            sent.add(("connection", ""))
            if not any(way <= sent for way in self.provider.credentials(requirement)):
                where = f"{operation.label} request"
                yield at.change(CREDENTIALS_MISSING, where, request.node, requirement)
        yield from self._request_body(at, request, operation)

    def _parameters(
        self, at: At, request: Part, operation: Operation, variables: Mapping[str, str]
    ) -> Iterator[Change]:
        declared = set()
        for each in operation.parameters:
            where, name = each.place, each.name
            if where == "header":
                name = name.lower()
                sent = request.headers.get(name)
            elif where == "query":
                # A list may be written as name[]; an object as name[member].
                listed = [key for key in request.query if key.partition("[")[0] == name]
                declared |= {("query", key) for key in listed}
                sent = request.query.get(name, ("",) if listed else None)
                if listed and name not in request.query:
                    continue
            elif where == "path":
                sent = (variables[name],) if name in variables else ("",)
            elif where == "cookie":
                sent = cookies(request).get(name)
            else:
                continue
            declared.add((where, name))
            label = f"{operation.label} {where} parameter {each.name}"
            if sent is None:
                if each.required and not (where == "header" and name in _PLAIN_REQUEST):
                    yield at.change(
                        PARAMETER_MISSING,
                        label,
                        request.node,
                        each.node,
                        where=where,
                        name=each.name,
                    )
                continue
            if where == "header" and name in {"accept", "content-type", "authorization"}:
                continue
            generated = request.generators.get(where, frozenset())
            if generated and (where == "path" or any(step[:1] == (name,) for step in generated)):
                continue
            problem = refusal(self._sent, each, sent)
            if problem:
                yield at.change(
                    PARAMETER_REFUSED,
                    label,
                    _at(request.node, where, each.name),
                    each.node,
                    where=where,
                    name=each.name,
                    value=", ".join(sent),
                    problem=problem,
                )
        requirement = self.provider.needs_credentials(operation)
        if requirement is not None:
            declared.update(*self.provider.credentials(requirement))
        for name in request.query:
            if ("query", name) not in declared and ("query", name.lower()) not in declared:
                label = f"{operation.label} query parameter {name}"
                place = _at(request.node, "query", name)
                yield at.change(QUERY_UNDECLARED, label, place, operation.node, name=name)
        for name in request.headers:
            if ("header", name) not in declared and name not in _PLAIN_REQUEST:
                label = f"{operation.label} header parameter {name}"
                place = _at(request.node, "headers", name)
                yield at.change(HEADER_UNDECLARED, label, place, operation.node, name=name)

    def _request_body(self, at: At, request: Part, operation: Operation) -> Iterator[Change]:
        place, required, media = self.provider.request_body(operation)
        where = f"{operation.label} request body"
        body = request.body
        if body is None:
            if required and place is not None:
                yield at.change(BODY_MISSING, where, request.node, place)
            return
        if place is None:
            if body.value not in (None, "", {}):
                yield at.change(BODY_UNDECLARED, where, body.node, operation.node)
            return
        declared = chosen(media, body.content_type)
        if declared is None:
            if media:
                yield at.change(
                    MEDIA_TYPE_REFUSED,
                    where,
                    body.node,
                    place,
                    sent=normal_type(body.content_type),
                    known=", ".join(sorted(media)),
                )
            return
        schema = declared.get("schema")
        if schema is None or body.opaque or not is_json(body.content_type):
            return
        yield from self._refused(at, request, body, schema, where)

    def _refused(
        self, at: At, request: Part, body: Body, schema: Node, where: str
    ) -> Iterator[Change]:
        problems = self._sent.problems(schema, body.value)
        rules = request.rules.get("body", ())
        return contents.unlike(BODY_REFUSED, problems, at, body, rules, schema, where)

    def _response(self, at: At, response: Part, operation: Operation) -> Iterator[Change]:
        found = self.provider.response(operation, response.status)
        where = f"{operation.label} response {response.status}"
        if found is None:
            held = resolved(operation.node.get("responses")) or operation.node
            seen = response.node.get("status") or response.node
            yield at.change(STATUS_UNDECLARED, where, seen, held, status=response.status)
            return
        _, declared = found
        yield from self._headers(at, response, declared, where)
        body = response.body
        if body is None or body.value in (None, ""):
            return
        media = self.provider.response_media(operation, declared)
        if not media:
            yield at.change(
                RESPONSE_BODY_UNDECLARED, where, body.node, declared, status=response.status
            )
            return
        promised = chosen(media, body.content_type)
        if promised is None:
            yield at.change(
                RESPONSE_MEDIA_TYPE,
                where,
                body.node,
                declared,
                expected=normal_type(body.content_type),
                known=", ".join(sorted(media)),
            )
            return
        schema = promised.get("schema")
        if schema is None or body.opaque or not is_json(body.content_type):
            return
        yield from contents.contents(at, response, body, schema, self._read, f"{where} body")

    def _headers(self, at: At, response: Part, declared: Node, where: str) -> Iterator[Change]:
        holder = resolved(declared.get("headers"))
        known = {} if holder is None else {name.lower(): each for name, each in holder.members()}
        for name, sent in response.headers.items():
            if name in _PLAIN_RESPONSE:
                continue
            problem, place = "does not declare it", holder or declared
            header = resolved(known.get(name))
            if header is not None:
                promised = Parameter(
                    name=name,
                    place="header",
                    required=False,
                    node=header,
                    schema=schema_of_parameter(header),
                )
                generated = any(step[:1] == (name,) for step in _generated(response, "header"))
                why = "" if generated else refusal(self._read, promised, sent)
                problem, place = (f"has it otherwise: {why}" if why else ""), header
            if problem and (header is not None or name not in known):
                yield at.change(
                    HEADER_NOT_PROMISED,
                    f"{where} header {name}",
                    _at(response.node, "headers", name),
                    place,
                    name=name,
                    problem=problem,
                )


def _generated(part: Part, section: str) -> frozenset[tuple[str | int, ...]]:
    return part.generators.get(section, frozenset())


def _ranges(request: Part) -> list[str]:
    """The media ranges that a request accepts (RFC 9110, section 12.5.1)."""
    found = []
    for each in ",".join(request.headers.get("accept", ())).split(","):
        kind, *parameters = (part.strip().lower() for part in each.split(";"))
        refused = any(re.fullmatch(r"q\s*=\s*0(\.0*)?", part) for part in parameters)
        if kind and not refused:
            found.append(kind)
    return found


def _within(media_type: str, ranges: list[str]) -> bool:
    kind = media_type.partition(";")[0]
    group = kind.partition("/")[0]
    if "*" in kind:
        return True
    return not {kind, f"{group}/*", "*/*", "*"}.isdisjoint(ranges)


_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


def is_json(content_type: str) -> bool:
    """Whether a body of that type is JSON, or may be."""
    kind = normal_type(content_type).partition(";")[0]
    return kind.endswith(("/json", "+json")) or kind in {"*/*", ""}


def chosen(media: Mapping[str, Node], content_type: str) -> Node | None:
    """The media type of the contract that a content type is of, the most precise first."""
    wanted = normal_type(content_type)
    kind = wanted.partition(";")[0]
    group = kind.partition("/")[0]
    bare = {name.partition(";")[0]: each for name, each in media.items()}
    for name in (wanted, kind):
        if name in media or name in bare:
            return media.get(name) or bare[name]
    for name in (f"{group}/*", "*/*", "*"):
        if name in bare:
            return bare[name]
    return None


def cookies(request: Part) -> Mapping[str, tuple[str, ...]]:
    """The cookies that a request sends."""
    found = {}
    for header in request.headers.get("cookie", ()):
        for each in header.split(";"):
            name, _, value = each.strip().partition("=")
            found[name] = (value,)
    return found


def _at(node: Node, where: str, name: str) -> Node:
    """The place of a parameter or header in a request, as near as can be."""
    key = {"header": "headers", "cookie": "headers"}.get(where, where)
    holder = node.get(key)
    if holder is None:
        return node
    for each, found in holder.members():
        if each.lower() == name.lower():
            return found
    return holder
