"""Servers of a document, of a path and of an operation, and the values of their variables."""

from __future__ import annotations

import pytest

DONE = {"responses": {"204": {"description": "d"}}}


def at(*urls):
    return {"servers": [{"url": url} for url in urls]}


def regional(values, default="eu"):
    variables = {"region": {"default": default, **({"enum": values} if values else {})}}
    return {"servers": [{"url": "https://{region}.example/v1", "variables": variables}]}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (regional(["eu", "us"]), regional(["eu"]), ["server.removed"]),
        (regional(["eu"]), regional(["us", "eu"]), ["server.added"]),
        (regional(["eu", "us"]), regional(["us", "eu"], "us"), []),
        (regional(None), regional(None, "us"), ["server.added", "server.removed"]),
        (at("https://a.example/"), at("https://a.example"), []),
        (at("https://a.example/api"), at("https://a.example/rest"), ["server.base-path-changed"]),
        (at("https://a.example/v1"), at("https://a.example/v2"), ["server.version-moved"]),
        (at("https://a.example/v1"), {}, []),
    ],
)
def test_addresses(old, new, expected, rules, document):
    assert rules(document(**old), document(**new)) == expected


@pytest.mark.parametrize("level", ["path", "operation"])
def test_a_path_and_an_operation_may_be_served_elsewhere(level, changes, document):
    def api(**servers):
        get = {**DONE, **(servers if level == "operation" else {})}
        item = {"get": get, **(servers if level == "path" else {})}
        return document(
            **at("https://a.example/x"), paths={"/things": item, "/other": {"get": DONE}}
        )

    def found(old, new):
        return [(each.rule.id, [use.label for use in each.uses]) for each in changes(old, new)]

    own, other = at("https://a.example/own"), at("https://a.example/other")
    assert found(api(**own), api(**other)) == [("server.base-path-changed", ["GET /things"])]
    assert found(api(), api(**own)) == [("server.base-path-changed", ["GET /things"])]
    assert found(api(), api(**at("https://a.example/x/"))) == []
    more = at("https://a.example/own", "https://b.example/own")
    assert found(api(**own), api(**more)) == [("server.added", ["GET /things"])]
    assert found(api(**more), api(**own)) == [("server.removed", ["GET /things"])]


def test_many_values_of_many_variables_are_not_multiplied_out(rules, document):
    names = [f"v{number}" for number in range(30)]
    url = "https://" + ".".join(f"{{{name}}}" for name in names) + ".example"
    variables = {name: {"default": "a", "enum": ["a", "b"]} for name in names}
    server = {"url": url, "variables": variables}
    assert rules(document(servers=[server]), document(servers=[{**server, "url": url + "/"}])) == []
