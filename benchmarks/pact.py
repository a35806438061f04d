"""How long it takes to hold pacts against real contracts, beside loading these in the same run.

    python benchmarks/pact.py                     every contract of the corpus that is there
    python benchmarks/pact.py --most 50 FILE ...  at most so many operations of each, of these files

Each operation with a JSON response gets one interaction, made from the schemas: all members to a
few levels, a type matcher on the whole of the response. Times are milliseconds of CPU after the
contract is loaded: ``median`` and ``95 %`` with the preparation of the operation's schemas,
``again`` the median of the same question asked a second time; ``ratio`` is the sum of the first
to loading.
``usage`` is the mean time to find what an interaction touches, for ``diff --pacts``; ``found`` are
the findings: the values are made without regard to patterns and limits, so that a few are due.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from run import CORPUS

from apicheck import api
from apicheck.errors import ApicheckError
from apicheck.model import Change, Direction
from apicheck.pact.http import RULES, Http
from apicheck.pact.provider import Operation, Provider
from apicheck.pact.read import pact_of
from apicheck.pact.told import At
from apicheck.pact.usage_http import Operations
from apicheck.schema import Views
from apicheck.sources.documents import in_memory

if TYPE_CHECKING:
    from apicheck.nodes import Node

_DEEPEST = 5
_TEXTS = {
    "date-time": "2026-01-05T10:11:12Z",
    "date": "2026-01-05",
    "uuid": "7b0a1d5e-4d7f-4f0c-9a1e-0c5b7e7a1f11",
    "uri": "https://example.com/a",
    "email": "a@example.com",
    "time": "10:11:12Z",
}


def sample(views: Views, schema: Node, depth: int = 0) -> Any:
    """A value that fits the schema in most cases."""
    node = views.resolve(schema)
    said = node.value if type(node.value) is dict else {}
    if "enum" in said:
        return said["enum"][0]
    if "const" in said:
        return said["const"]
    for keyword in ("allOf", "oneOf", "anyOf"):
        listed = node.get(keyword)
        if listed is None or not listed.value:
            continue
        values = [sample(views, each, depth) for each in listed.items()]
        if keyword != "allOf":
            return values[0]
        merged: dict[str, Any] = {}
        for each in values:
            merged.update(each if type(each) is dict else {})
        return merged or values[0]
    kind = said.get("type")
    kind = next((each for each in kind if each != "null"), "null") if type(kind) is list else kind
    if kind == "object" or "properties" in said:
        members = node.get("properties")
        if members is None or depth > _DEEPEST:
            return {}
        return {name: sample(views, each, depth + 1) for name, each in members.members()}
    if kind == "array":
        items = node.get("items")
        return [] if items is None or depth > _DEEPEST else [sample(views, items, depth + 1)]
    if kind in {"integer", "number"}:
        return said.get("minimum", 1)
    if kind == "boolean":
        return True
    if kind == "null":
        return None
    return _TEXTS.get(said.get("format", ""), "a" * said.get("minLength", 1))


def interactions(spec: Any, most: int) -> list[dict[str, Any]]:
    """One interaction for each operation that promises JSON."""
    provider, views = Provider(spec), Views(spec.dialect)
    found = []
    for operation in provider.operations():
        made = interaction(provider, views, operation)
        if made is not None:
            found.append(made)
        if len(found) == most:
            break
    return found


def interaction(provider: Provider, views: Views, operation: Operation) -> dict[str, Any] | None:
    """A request and a response of an operation, or None where it promises no JSON."""
    for status in (200, 201, 202):
        declared = provider.response(operation, status)
        media = {} if declared is None else provider.response_media(operation, declared[1])
        schema = media["application/json"].get("schema") if "application/json" in media else None
        if schema is None:
            continue
        path, query = operation.template, {}
        for each in operation.parameters:
            value = "1" if each.schema is None else sample(views, each.schema)
            text = value if type(value) is str else json.dumps(value)
            path = path.replace("{" + each.name + "}", text or "1")
            if each.place == "query" and each.required:
                query[each.name] = [text]
        headers = {"Content-Type": "application/json"}
        request: dict[str, Any] = {"method": operation.method, "path": path, "query": query}
        _, _, taken = provider.request_body(operation)
        sent = taken["application/json"].get("schema") if "application/json" in taken else None
        if sent is not None:
            request |= {"headers": headers, "body": sample(views, sent)}
        return {
            "description": operation.label,
            "request": request,
            "response": {
                "status": status,
                "headers": headers,
                "body": sample(views, schema),
                "matchingRules": {"body": {"$": {"matchers": [{"match": "type"}]}}},
            },
        }
    return None


def measured(name: str, most: int) -> str | None:
    """One row of the table; None where the file is no contract with JSON responses."""
    start = time.process_time()
    try:
        contract = api.load(name)
    except (ApicheckError, ExceptionGroup):
        return None
    loading = time.process_time() - start
    listed = interactions(contract.model, most) if contract.format == "openapi" else []
    if not listed:
        return None
    document = {
        "consumer": {"name": "bench"},
        "provider": {"name": "bench"},
        "interactions": listed,
        "metadata": {"pactSpecification": {"version": "3.0.0"}},
    }
    whole = pact_of(in_memory(document, "bench.json"))
    http = Http(contract.model)
    times, again, told = [], [], 0
    for each in whole.interactions:
        for kept in (times, again):
            before = time.process_time()
            found = len(list(http.against(At(pact=whole, interaction=each))))
            kept.append(time.process_time() - before)
        told += found
    usage = Operations(contract.model, contract.model)
    # A change without uses asks for nothing but what each interaction touches.
    change = Change(rule=RULES[0], path=(), label="", direction=Direction.INBOUND)
    before = time.process_time()
    for each in whole.interactions:
        usage(change, each)
    reaching = (time.process_time() - before) / len(times)
    ranked = sorted(times)
    return (
        f"{'/'.join(Path(name).parts[-2:])[:38]:38} {loading * 1000:8.0f} {len(times):6}"
        f" {statistics.median(times) * 1000:8.2f} {ranked[int(len(ranked) * 0.95)] * 1000:8.2f}"
        f" {statistics.median(again) * 1000:8.2f} {sum(times) / loading:7.1f}"
        f" {reaching * 1000:8.2f} {told:6}"
    )


def _newest() -> list[str]:
    """The last version of each contract of the corpus."""
    found = []
    for folder in sorted((CORPUS / "openapi").iterdir()):
        named = [each for each in folder.rglob("*.*") if "pkg" not in each.parts]
        plain = [each for each in named if each.suffix in {".json", ".yaml", ".yml"}]
        keys = {each: [int(part) for part in re.findall(r"\d+", str(each))] for each in plain}
        found += sorted(map(str, sorted(plain, key=keys.__getitem__)[-1:]))
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=200, help="operations of each contract")
    parser.add_argument("files", nargs="*")
    given = parser.parse_args()
    files = given.files or _newest()
    print(
        f"{'contract':38} {'load ms':>8} {'asked':>6} {'median':>8} {'95 %':>8} {'again':>8}"
        f" {'ratio':>7} {'usage':>8} {'found':>6}"
    )
    for name in files:
        row = measured(name, given.most) if name.endswith((".json", ".yaml", ".yml")) else None
        if row is not None:
            print(row, flush=True)


if __name__ == "__main__":
    main()
