"""Security schemes by what a client must do for them."""

from __future__ import annotations

import pytest

KEY = {"type": "apiKey", "in": "header", "name": "K"}


@pytest.fixture(name="secured")
def _secured(operation):
    def secured(*requirements, **schemes):
        named = {name.replace("_", "-"): each for name, each in schemes.items()}
        return operation({"security": list(requirements)}, components={"securitySchemes": named})

    return secured


def test_a_scheme_may_be_named_like_an_extension(rules, secured):
    old = secured({"x-key": []}, x_key=KEY)
    new = secured({"x-key": []}, x_key={**KEY, "name": "Z"})
    assert rules(old, new) == ["security.scheme-changed"]


TOKEN = {"tokenUrl": "https://a.example/token", "scopes": {"read": "", "write": ""}}
PAGE = {"authorizationUrl": "https://a.example/page", **TOKEN}


def login(**flows):
    return {"type": "oauth2", "flows": flows}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            login(clientCredentials=TOKEN),
            login(clientCredentials=TOKEN, authorizationCode=PAGE),
            ["security.flow-added"],
        ),
        (
            login(clientCredentials=TOKEN, authorizationCode=PAGE),
            login(authorizationCode=PAGE),
            ["security.flow-removed"],
        ),
        (
            login(clientCredentials=TOKEN),
            login(clientCredentials={**TOKEN, "tokenUrl": "https://b.example/token"}),
            ["security.scheme-changed"],
        ),
        (
            login(clientCredentials=TOKEN),
            login(clientCredentials={**TOKEN, "scopes": {"read": "said better"}}),
            [],
        ),
        (
            {"type": "http", "scheme": "bearer"},
            {"type": "http", "scheme": "Bearer", "bearerFormat": "JWT"},
            [],
        ),
        (KEY, {**KEY, "name": "k", "description": "a key"}, []),
        (KEY, {**KEY, "in": "query"}, ["security.scheme-changed"]),
        (KEY, login(clientCredentials=TOKEN), ["security.scheme-changed"]),
        (
            {"type": "openIdConnect", "openIdConnectUrl": "https://a.example"},
            {"type": "openIdConnect", "openIdConnectUrl": "https://b.example"},
            ["security.scheme-changed"],
        ),
    ],
)
def test_a_scheme_is_what_a_client_must_do(old, new, expected, rules, secured):
    assert rules(secured({"s": []}, s=old), secured({"s": []}, s=new)) == expected


def test_a_scheme_may_be_renamed(rules, secured):
    assert rules(secured({"a": []}, a=KEY), secured({"b": []}, b=KEY)) == []


def test_a_scheme_that_no_operation_asks_for_does_not_matter(rules, secured):
    basic = {"type": "http", "scheme": "basic"}
    old = secured({"a": []}, a=KEY, b=basic)
    assert rules(old, secured({"a": []}, a=KEY)) == []
    assert rules(old, secured({"a": []}, a=KEY, b=login(clientCredentials=TOKEN))) == []


def test_a_flow_of_swagger_is_a_flow_of_openapi(rules, secured):
    new = secured({"s": ["read"]}, s=login(authorizationCode=PAGE))
    old = {
        "swagger": "2.0",
        "info": {"title": "Things", "version": "1.0.0"},
        "securityDefinitions": {"s": {"type": "oauth2", "flow": "accessCode", **PAGE}},
        "paths": new["paths"],
    }
    assert rules(old, {**new, "openapi": "3.0.3"}) == []
