"""Whom a change breaks, by what the pacts show: near misses are named by nobody."""

from __future__ import annotations

import copy
import json
import subprocess

import pytest

from apicheck import api
from apicheck.judge import UNUSED
from apicheck.judge.policy import policy_of
from apicheck.model import Severity
from apicheck.pact.sources import Folder
from apicheck.pact.usage import Usage

ITEM = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "state": {"enum": ["new", "old"]},
        "box": {"type": "object", "properties": {"size": {"type": "integer"}}},
    },
}
BODY = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}}
OLD = {
    "openapi": "3.1.0",
    "info": {"title": "Shop API", "version": "1.0.0"},
    "paths": {
        "/items/{id}": {
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
            ],
            "get": {
                "parameters": [{"name": "q", "in": "query", "schema": {"enum": ["a", "b"]}}],
                "responses": {
                    "200": {"description": "", "headers": {"ETag": {"required": True}}, **BODY},
                    "404": {"description": "", **BODY},
                },
            },
            "put": {"requestBody": BODY, "responses": {"204": {"description": ""}}},
        },
        "/health": {"get": {"responses": {"200": {"description": ""}}}},
    },
    "components": {"schemas": {"Item": ITEM}},
}
JSON = {"Content-Type": "application/json"}


def reads(body, status=200, headers=None, rules=None, query=""):
    return {
        "description": "read",
        "request": {"method": "GET", "path": "/items/7", "query": query},
        "response": {
            "status": status,
            "headers": {**JSON, **(headers or {})},
            "body": body,
            "matchingRules": rules or {},
        },
    }


def writes(body, rules=None):
    return {
        "description": "write",
        "request": {
            "method": "PUT",
            "path": "/items/7",
            "headers": JSON,
            "body": body,
            "matchingRules": rules or {},
        },
        "response": {"status": 204},
    }


def altered(change):
    new = copy.deepcopy(OLD)
    change(new)
    return new


def item(new):
    return new["components"]["schemas"]["Item"]


def lost_size(new):
    del item(new)["properties"]["box"]["properties"]["size"]


def number_name(new):
    item(new)["properties"]["name"] = {"type": "integer"}


def needs_price(new):
    item(new)["properties"]["price"] = {"type": "integer"}
    item(new)["required"] = ["price"]


def lost_old(new):
    item(new)["properties"]["state"]["enum"] = ["new"]


def more_states(new):
    item(new)["properties"]["state"]["enum"] = ["new", "old", "lost"]


def no_etag(new):
    del new["paths"]["/items/{id}"]["get"]["responses"]["200"]["headers"]


def no_404(new):
    del new["paths"]["/items/{id}"]["get"]["responses"]["404"]


def no_put(new):
    del new["paths"]["/items/{id}"]["put"]


def query_needed(new):
    new["paths"]["/items/{id}"]["get"]["parameters"].append(
        {"name": "r", "in": "query", "required": True, "schema": {}}
    )


def no_b(new):
    new["paths"]["/items/{id}"]["get"]["parameters"][0]["schema"]["enum"] = ["a"]


CASES = {
    "a property that is read": (
        lost_size,
        "schema.property-removed",
        reads({"box": {"size": 1}}),
        True,
    ),
    "another property is read": (lost_size, "schema.property-removed", reads({"name": "a"}), False),
    "the same name elsewhere": (lost_size, "schema.property-removed", reads({"size": 1}), False),
    "another type where it is read": (
        number_name,
        "schema.type-changed",
        reads({"name": "a"}),
        True,
    ),
    "another type where it is not": (number_name, "schema.type-changed", reads({"box": {}}), False),
    "another type where it is sent": (
        number_name,
        "schema.type-changed",
        writes({"name": "a"}),
        True,
    ),
    "what is to be sent is not": (
        needs_price,
        "schema.required-property-added",
        writes({"name": "a"}),
        True,
    ),
    "what is to be sent is sent": (
        needs_price,
        "schema.required-property-added",
        writes({"price": 1}),
        False,
    ),
    "what is to be sent is only read": (
        needs_price,
        "schema.required-property-added",
        reads({"name": "a"}),
        False,
    ),
    "a value that is sent": (lost_old, "schema.enum-value-removed", writes({"state": "old"}), True),
    "another value is sent": (
        lost_old,
        "schema.enum-value-removed",
        writes({"state": "new"}),
        False,
    ),
    "any value may be sent": (
        lost_old,
        "schema.enum-value-removed",
        writes({"state": "new"}, {"$.body.state": {"match": "type"}}),
        True,
    ),
    "a further value for who reads": (
        more_states,
        "schema.enum-value-added",
        reads({"state": "new"}),
        True,
    ),
    "a further value that was thought of": (
        more_states,
        "schema.enum-value-added",
        reads(
            {"state": "new"},
            rules={"$.body.state": {"match": "regex", "regex": "^(new|old|lost)$"}},
        ),
        False,
    ),
    "a header that is read": (
        no_etag,
        "response.required-header-removed",
        reads({}, headers={"ETag": "1"}),
        True,
    ),
    "a header that is not": (no_etag, "response.required-header-removed", reads({}), False),
    "a status that is expected": (no_404, "response.error-removed", reads({}, status=404), True),
    "a status that is not": (no_404, "response.error-removed", reads({}), False),
    "an operation that is asked": (no_put, "operation.removed", writes({}), True),
    "an operation that is not": (no_put, "operation.removed", reads({}), False),
    "a parameter that is now needed": (query_needed, "parameter.required-added", reads({}), True),
    "a parameter that was sent before": (
        query_needed,
        "parameter.required-added",
        reads({}, query="r=1"),
        False,
    ),
    "a parameter that is sent": (no_b, "schema.enum-value-removed", reads({}, query="q=b"), True),
    "a parameter that is not sent": (no_b, "schema.enum-value-removed", reads({}), False),
}


@pytest.mark.parametrize(("change", "rule", "interaction", "hurt"), CASES.values(), ids=CASES)
def test_a_finding_names_whom_it_breaks_and_no_other(
    change, rule, interaction, hurt, pact, contract
):
    old, new = contract(OLD, "old.json"), contract(altered(change), "new.json")
    settings = api.Settings(usage=Usage(source=Folder(pacts=(pact(interaction),))))
    findings = [each for each in api.check(old, new, settings).findings if each.rule.id == rule]
    assert len(findings) == 1
    names = [(one.name, one.interactions) for one in findings[0].consumers or ()]
    if findings[0].severity > Severity.INFO:
        assert names == ([("web", (interaction["description"],))] if hurt else [])
    else:
        assert findings[0].consumers is None


def check(change, pacts, contract, **table):
    policy = policy_of([(table, "apicheck.toml")], ())
    settings = api.Settings(policy=policy, usage=Usage(source=Folder(pacts=pacts)))
    return api.check(contract(OLD, "old.json"), contract(altered(change), "new.json"), settings)


def test_what_nobody_uses_is_a_warning_where_the_policy_says_so_and_the_report_tells(
    pact, contract
):
    pacts = (pact(reads({"name": "a"})),)
    strict = check(no_put, pacts, contract)
    assert (strict.summary.verdict.value, strict.summary.error) == ("breaking", 1)
    loose = check(no_put, pacts, contract, **{"unused-breaks": "warning"})
    (finding,) = loose.findings
    assert (finding.severity, finding.breaking, finding.reason) == (Severity.WARNING, False, UNUSED)
    assert loose.summary.verdict.value == "compatible"
    assert loose.notes[0] == "consumers of Shop API by their pacts: web"
    assert "1 breaking change told as less" in loose.notes[1]


def test_what_somebody_uses_stays_an_error(pact, contract):
    report = check(no_put, (pact(writes({})),), contract, **{"unused-breaks": "warning"})
    assert report.summary.error == 1


def test_pacts_of_another_provider_let_nothing_pass(pact, contract):
    pacts = (pact(reads({}), provider="bakery"),)
    report = check(no_put, pacts, contract, **{"unused-breaks": "warning"})
    assert report.summary.error == 1
    assert report.findings[0].consumers is None
    assert report.notes == (
        "no pact names Shop API as its provider: nothing is known of who uses it",
    )


def test_a_path_parameter_that_is_renamed_hides_nobody(pact, contract):
    def renamed(new):
        item = new["paths"]["/items/{key}"] = new["paths"].pop("/items/{id}")
        item["parameters"][0]["name"] = "key"
        item["get"]["responses"]["200"]["content"]["application/json"]["schema"] = {"type": "array"}

    report = check(renamed, (pact(reads({"name": "a"})),), contract)
    users = {each.location.label: each.consumers for each in report.findings}
    assert [each.name for each in users["GET /items/{key} response 200 body"]] == ["web"]
    assert users["PUT /items/{key} request body"] == ()


def test_an_interaction_without_a_place_lets_nothing_pass(pact, contract):
    elsewhere = {**reads({}), "request": {"method": "GET", "path": "/shop/items/7"}}
    report = check(no_put, (pact(elsewhere),), contract, **{"unused-breaks": "warning"})
    assert report.summary.error == 1
    assert report.findings[0].consumers is None
    assert "in neither version" in report.notes[1]


EVENT = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "OrderPlaced",
    "type": "object",
    "properties": {"id": {"type": "string"}, "note": {"type": "string"}},
}


@pytest.mark.parametrize(
    ("contents", "metadata", "hurt"),
    [
        ({"note": "a"}, {}, True),
        ({"id": "a"}, {}, False),
        ({"note": "a"}, {"type": "OrderGone"}, False),
    ],
)
def test_messages_are_used_by_name_and_member(contents, metadata, hurt, pact, contract):
    new = copy.deepcopy(EVENT)
    del new["properties"]["note"]
    message = {"description": "an order is placed", "contents": contents, "metadata": metadata}
    usage = Usage(
        source=Folder(pacts=(pact(message, version=3, provider="orders"),)), provider="orders"
    )
    report = api.check(
        contract(EVENT, "old.json"), contract(new, "new.json"), api.Settings(usage=usage)
    )
    (finding,) = [each for each in report.findings if each.rule.id == "schema.property-removed"]
    if finding.severity > Severity.INFO:
        assert bool(finding.consumers) is hurt


def test_the_commands_take_a_folder_of_pacts(tmp_path, pact, contract, monkeypatch, capsys):
    from apicheck.cli import run

    monkeypatch.chdir(tmp_path)
    (tmp_path / "pacts").mkdir()
    pact(writes({}), name="pacts/web-shop.json")
    contract(OLD, "old.json")
    contract(altered(no_put), "new.json")
    assert run(["diff", "old.json", "new.json", "--pacts", "pacts", "-f", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["findings"][0]["consumers"] == [{"name": "web", "interactions": ["write"]}]
    assert run(["diff", "old.json", "new.json", "--pacts", "nothing"]) == 2
    assert "nothing" in capsys.readouterr().err
    (tmp_path / "apicheck.toml").write_text('pacts = "pacts"\n')
    assert run(["diff", "old.json", "new.json"]) == 1
    assert "consumers that use this: web: write" in capsys.readouterr().out
    assert run(["pact", "compare", "pacts", "old.json"]) == 0
    assert run(["pact", "lint", "pacts"]) == 0
    assert run(["pact", "diff", "pacts/web-shop.json", "pacts/web-shop.json"]) == 0
    assert run(["pact", "compare", "old.json", "old.json"]) == 2


def test_the_gate_names_consumers_and_tells_what_it_let_pass(
    tmp_path, pact, contract, monkeypatch, capsys
):
    from apicheck.cli import run

    def git(*arguments):
        command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.invalid", *arguments]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    monkeypatch.chdir(tmp_path)
    (tmp_path / "pacts").mkdir()
    pact(reads({"name": "a"}), name="pacts/web-shop.json")
    contract(OLD, "shop.json")
    (tmp_path / "apicheck.toml").write_text('pacts = "pacts"\nunused-breaks = "warning"\n')
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    contract(altered(no_put), "shop.json")
    assert run(["gate", "--base", "HEAD"]) == 0
    out = capsys.readouterr().out
    assert "no known consumer uses this" in out
    assert "1 breaking change told as less" in out
    contract(altered(number_name), "shop.json")
    assert run(["gate", "--base", "HEAD"]) == 1
    assert "consumers that use this: web: read" in capsys.readouterr().out
