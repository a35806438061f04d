"""Pact files of the specification's versions 1 to 4 read into one model.

https://github.com/pact-foundation/pact-specification: version 1 and 2 have ``providerState``, a
query as text and matching rules as a flat table of paths; version 3 has ``providerStates``,
messages and rules by section; version 4 has one list of typed interactions, and bodies that say
their content type.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from apicheck.errors import ParseError, SourceError
from apicheck.nodes import Node
from apicheck.pact.model import Body, Interaction, Kind, Matcher, Pact, Part, RuleSet, State
from apicheck.pact.paths import parse_path
from apicheck.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from apicheck.sources import Document, Options

__all__ = ["pact_of", "read_pact", "read_pacts"]

_KINDS = {
    "Synchronous/HTTP": Kind.HTTP,
    "Asynchronous/Messages": Kind.MESSAGE,
    "Synchronous/Messages": Kind.SYNC,
}
_MOST_FILES = 5_000
_JSON = re.compile(r"(?i)^[\w.+-]+/(?:[\w.+-]+\+)?json\b")


def read_pacts(spec: str, options: Options) -> tuple[Pact, ...]:
    """The pacts of a file, or of all JSON files below a folder; sorted by path.

    Raises SourceError where there is none, ParseError with the place where one is broken. In a
    folder, files that do not look like a pact at all are passed over.
    """
    path = options.cwd / spec
    if not path.is_dir():
        return (read_pact(spec, options),)
    files = sorted(each for each in path.rglob("*.json") if each.is_file())
    if len(files) > _MOST_FILES:
        raise SourceError(spec, f"has more than {_MOST_FILES} JSON files", "name a folder of pacts")
    found = []
    for each in files:
        name = str(each.relative_to(options.cwd) if each.is_relative_to(options.cwd) else each)
        document = open_source(name, options)
        if _looks_like_one(document.data):
            found.append(pact_of(document))
    if not found:
        raise SourceError(spec, "has no pact in it", "pacts are JSON files with a consumer")
    return tuple(found)


def read_pact(spec: str, options: Options) -> Pact:
    """The pact of one file (or ``git:REV:PATH``); ParseError where it is none."""
    return pact_of(open_source(spec, options))


def _looks_like_one(data: Any) -> bool:
    return isinstance(data, dict) and "consumer" in data and "provider" in data


def pact_of(document: Document) -> Pact:
    """The pact that a document is; ParseError with the place of what is wrong."""
    root = Node(document.data, document, ())
    if type(root.value) is not dict:
        raise _wrong(root, "is no pact: the top level is no object")
    return Pact(
        consumer=_party(root, "consumer"),
        provider=_party(root, "provider"),
        version=_version(root),
        interactions=tuple(_interactions(root, _version(root))),
        document=document,
    )


def _wrong(node: Node, problem: str, hint: str = "") -> ParseError:
    return ParseError(
        node.document.source,
        problem,
        span=node.document.span(node.pointer),
        hint=hint or "a pact has consumer.name, provider.name and interactions (or messages)",
    )


def _party(root: Node, role: str) -> str:
    party = root.get(role)
    name = None if party is None else party.get("name")
    if name is None or type(name.value) is not str or not name.value.strip():
        raise _wrong(name or party or root, f"{role}.name is not a text that names the {role}")
    return str(name.value)


def _version(root: Node) -> int:
    """The major version; where the file says none, what its shape shows."""
    metadata = root.value.get("metadata")
    said: Any = None
    if isinstance(metadata, dict):
        for key in ("pactSpecification", "pact-specification"):
            if isinstance(metadata.get(key), dict):
                said = said or metadata[key].get("version")
        said = said or metadata.get("pactSpecificationVersion")
    found = re.match(r"[1-4]", str(said)) if said is not None else None
    if found:
        return int(found[0])
    if said is not None:
        raise _wrong(root.get("metadata") or root, f"version {said!r} of the pact specification")
    listed = root.value.get("interactions")
    typed = isinstance(listed, list) and any(isinstance(i, dict) and "type" in i for i in listed)
    return 4 if typed else 3 if "messages" in root.value else 2


def _interactions(root: Node, version: int) -> Iterator[Interaction]:
    sections = [(root.get(name), name) for name in ("interactions", "messages")]
    if all(node is None for node, _ in sections):
        raise _wrong(root, "has neither interactions nor messages")
    for section, name in sections:
        if section is None:
            continue
        if type(section.value) is not list:
            raise _wrong(section, f"{name} is no list")
        for node in section.items():
            if type(node.value) is not dict:
                raise _wrong(node, "an interaction is no object")
            yield _interaction(node, version, message=name == "messages")


def _interaction(node: Node, version: int, *, message: bool) -> Interaction:
    description = node.value.get("description")
    if type(description) is not str:
        raise _wrong(node, "an interaction without a description")
    kind = Kind.MESSAGE if message else Kind.HTTP
    if version == 4:
        said = node.value.get("type")
        if said not in _KINDS:
            raise _wrong(
                node.get("type") or node,
                f"the interaction type {said!r}",
                f"known are {', '.join(_KINDS)}",
            )
        kind = _KINDS[said]
    request, response = _parts(node, kind, version)
    comments = node.value.get("comments")
    return Interaction(
        kind=kind,
        description=description,
        states=tuple(_states(node)),
        node=node,
        request=request,
        response=response,
        references=_references(comments),
        pending=node.value.get("pending") is True,
    )


def _references(comments: Any) -> Mapping[tuple[str, str], str]:
    groups = comments.get("references") if isinstance(comments, dict) else None
    if not isinstance(groups, dict):
        return {}
    return {
        (str(group), str(name)): str(value)
        for group, table in groups.items()
        if isinstance(table, dict)
        for name, value in table.items()
    }


def _states(node: Node) -> Iterator[State]:
    for key in ("providerStates", "providerState", "provider_state"):
        said = node.get(key)
        if said is None or said.value is None:
            continue
        if type(said.value) is str:
            if said.value:
                yield State(name=said.value)
        elif type(said.value) is list:
            for each in said.items():
                value = each.value
                if type(value) is not dict or type(value.get("name")) is not str:
                    raise _wrong(each, "a provider state without a name")
                params = value.get("params")
                yield State(name=value["name"], parameters=params if type(params) is dict else {})
        else:
            raise _wrong(said, f"{key} is neither a text nor a list")
        return


def _parts(node: Node, kind: Kind, version: int) -> tuple[Part | None, Part | None]:
    if kind is Kind.MESSAGE:
        return None, _message(node, version)
    request = _object(node, "request")
    if kind is Kind.HTTP:
        return _request(request, version), _response(_object(node, "response"), version)
    response = node.get("response")
    answers = [] if response is None else list(response.items())
    if response is not None and type(response.value) is dict:
        answers = [response]
    for each in answers:
        if type(each.value) is not dict:
            raise _wrong(each, "a response is no object")
    return _message(request, version), _message(answers[0], version) if answers else None


def _object(node: Node, name: str) -> Node:
    found = node.get(name)
    if found is None or type(found.value) is not dict:
        raise _wrong(found or node, f"the {name} of an interaction is no object")
    return found


def _request(node: Node, version: int) -> Part:
    method, path = node.value.get("method"), node.value.get("path")
    if type(method) is not str or type(path) is not str:
        raise _wrong(node, "a request without method and path")
    query = node.value.get("query")
    headers = _headers(node)
    return Part(
        node=node,
        method=method.upper(),
        path=path,
        query=_query(node, query),
        headers=headers,
        body=_body(node, "body", version, headers),
        rules=_rules(node),
        generators=_generators(node),
    )


def _response(node: Node, version: int) -> Part:
    status = node.value.get("status", 200)
    if type(status) is not int or not 0 <= status <= 999:
        raise _wrong(node.get("status") or node, f"the status {status!r} is none of HTTP")
    headers = _headers(node)
    return Part(
        node=node,
        status=status,
        headers=headers,
        body=_body(node, "body", version, headers),
        rules=_rules(node),
        generators=_generators(node),
    )


def _message(node: Node, version: int) -> Part:
    metadata = node.value.get("metadata", node.value.get("metaData"))
    metadata = metadata if isinstance(metadata, dict) else {}
    said = next(
        (
            metadata[key]
            for key in ("contentType", "content-type")
            if type(metadata.get(key)) is str
        ),
        "application/json",
    )
    return Part(
        node=node,
        metadata=metadata,
        body=_body(node, "contents", version, {"content-type": (said,)}),
        rules=_rules(node),
        generators=_generators(node),
    )


def _query(node: Node, query: Any) -> Mapping[str, tuple[str, ...]]:
    if query is None:
        return {}
    found: dict[str, list[str]] = {}
    if type(query) is str:
        for name, value in parse_qsl(query, keep_blank_values=True):
            found.setdefault(name, []).append(value)
    elif type(query) is dict:
        for name, value in query.items():
            listed = value if type(value) is list else [value]
            found[name] = ["" if each is None else _text(each) for each in listed]
    else:
        raise _wrong(node.step("query"), "the query is neither a text nor an object")
    return {name: tuple(values) for name, values in found.items()}


def _headers(node: Node) -> Mapping[str, tuple[str, ...]]:
    headers = node.value.get("headers")
    if headers is None:
        return {}
    if type(headers) is not dict:
        raise _wrong(node.step("headers"), "the headers are no object")
    return {
        name.lower(): tuple(map(_text, value if type(value) is list else [value]))
        for name, value in headers.items()
    }


def _text(value: Any) -> str:
    return value if type(value) is str else json.dumps(value)


def _body(
    node: Node, key: str, version: int, headers: Mapping[str, tuple[str, ...]]
) -> Body | None:
    found = node.get(key)
    if found is None:
        return None
    said: str = next(iter(headers.get("content-type", ())), "")
    if version < 4:
        # A body of these versions is JSON unless a header says otherwise.
        opaque = bool(said) and not _JSON.match(said) and type(found.value) is str
        return Body(
            value=found.value, node=found, content_type=said or "application/json", opaque=opaque
        )
    if found.value is None:
        return None
    if type(found.value) is not dict:
        raise _wrong(found, f"the {key} of a version 4 interaction is no object with content")
    content = found.get("content")
    if content is None:
        return None
    declared = found.value.get("contentType")
    kind: str = said
    if type(declared) is str and declared not in {"", "*/*"}:
        kind = str(declared)
    value, opaque = content.value, bool(kind) and not _JSON.match(kind)
    encoded = found.value.get("encoded") or False
    if encoded and type(value) is str:
        # Text of JSON, or base64 of anything (version 4, body contents).
        opaque = True
        if str(encoded).upper() == "JSON":
            try:
                value, opaque = json.loads(value), False
            except ValueError:
                raise _wrong(content, "the content is no JSON, though it says so") from None
    return Body(value=value, node=content, content_type=kind or "application/json", opaque=opaque)


def _rules(node: Node) -> Mapping[str, tuple[RuleSet, ...]]:
    """The matching rules by section, whichever way they are written."""
    table = node.value.get("matchingRules")
    if table is None:
        return {}
    if type(table) is not dict:
        raise _wrong(node.step("matchingRules"), "the matching rules are no object")
    found: dict[str, list[RuleSet]] = {}
    for section, rules in table.items():
        if section.startswith("$"):
            for name, each in _flat(section, rules):
                found.setdefault(name, []).append(each)
        elif section in {"path", "status"}:
            # One value: the rules stand here, or (some writers) under "" or "$".
            inner = rules
            if isinstance(rules, dict) and "matchers" not in rules:
                inner = rules.get("", rules.get("$", {}))
            found.setdefault(section, []).append(_set((), inner))
        elif isinstance(rules, dict):
            # Names of headers and the like are names, those of bodies are paths.
            by_path = section not in {"header", "headers", "query", "metadata"}
            for path, each in rules.items():
                steps = parse_path(path) if by_path or path.startswith("$") else (path,)
                key = "header" if section == "headers" else section
                found.setdefault(key, []).append(_set(steps, each))
    return {section: tuple(each) for section, each in found.items()}


def _flat(path: str, rule: Any) -> Iterator[tuple[str, RuleSet]]:
    """A rule of version 2: ``$.body.items[*].sku`` or ``$.headers.ETag``."""
    steps = parse_path(path)
    if not steps:
        return
    section, rest = str(steps[0]), steps[1:]
    name = {"headers": "header"}.get(section, section)
    yield name, _set(rest, {"matchers": [rule]})


def _set(path: tuple[str | int, ...], rule: Any) -> RuleSet:
    listed = rule.get("matchers") if isinstance(rule, dict) else None
    matchers = []
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict):
            kind = each.get("match") or _implied(each)
            matchers.append(Matcher(kind=str(kind).lower(), values=each))
    alternatives = isinstance(rule, dict) and str(rule.get("combine", "AND")).upper() == "OR"
    return RuleSet(path=path, matchers=tuple(matchers), alternatives=alternatives)


def _implied(rule: dict[str, Any]) -> str:
    """The kind of a rule that does not say it (version 2: ``{"min": 1}``, ``{"regex": …}``)."""
    if "regex" in rule:
        return "regex"
    return "type" if rule.keys() & {"min", "max"} else "equality"


def _generators(node: Node) -> Mapping[str, frozenset[tuple[str | int, ...]]]:
    """The places that are filled in when the interaction is played, by section."""
    table = node.value.get("generators")
    if not isinstance(table, dict):
        return {}
    return {
        section: frozenset(parse_path(path) if path.startswith("$") else (path,) for path in places)
        for section, places in table.items()
        if isinstance(places, dict)
    }
