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
