"""Contracts and pacts made from a few words."""

from __future__ import annotations

import json

import pytest

from apicheck import api
from apicheck.pact.read import pact_of
from apicheck.sources import Options, open_source


@pytest.fixture
def contract(tmp_path):
    """A contract of an OpenAPI fragment (or of any document that says what it is)."""

    def made(data, name="contract.json"):
        data = json.loads(data) if isinstance(data, str) else data
        if "paths" in data and not {"openapi", "swagger"} & data.keys():
            data = {"openapi": "3.1.0", "info": {"title": "Shop", "version": "1.0.0"}, **data}
        (tmp_path / name).write_text(json.dumps(data))
        return api.load(str(tmp_path / name))

    return made


@pytest.fixture
def pact(tmp_path):
    """A pact of some interactions; ``version`` is that of the specification."""

    def made(*interactions, version=2, name="pact.json", consumer="web", provider="shop"):
        found = [json.loads(each) if isinstance(each, str) else dict(each) for each in interactions]
        messages = version == 3 and any("contents" in each for each in found)
        for each in found:
            each.setdefault("description", "an interaction")
        text = {
            "consumer": {"name": consumer},
            "provider": {"name": provider},
            "messages" if messages else "interactions": found,
            "metadata": {"pactSpecification": {"version": f"{version}.0"}},
        }
        (tmp_path / name).write_text(json.dumps(text, indent=1))
        return pact_of(open_source(str(tmp_path / name), Options()))

    return made
