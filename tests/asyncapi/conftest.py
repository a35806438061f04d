"""Two AsyncAPI documents in; changes, rule ids or severities out."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from apicheck.judge.policy import Policy
from apicheck.judge.verdict import rule_on
from apicheck.model import Severity

_spec = importlib.util.spec_from_file_location("wrap", Path(__file__).parent.parent / "wrap.py")
wrap = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(wrap)


@pytest.fixture(name="changes")
def _changes():
    def changes(old, new):
        return wrap.changes(old, new, form="asyncapi")

    return changes


@pytest.fixture(name="rules")
def _rules(changes):
    def rules(old, new):
        return sorted(change.rule.id for change in changes(old, new))

    return rules


@pytest.fixture(name="worst")
def _worst(changes):
    """The loudest severity: ``break``, ``dangerous`` or ``safe``, by the default policy."""

    def worst(old, new):
        levels = [rule_on(each, Policy()).severity for each in changes(old, new)]
        loudest = max(levels, default=Severity.OFF)
        return {Severity.ERROR: "break", Severity.WARNING: "dangerous"}.get(loudest, "safe")

    return worst


@pytest.fixture(name="two")
def _two():
    """A document of 2.x with one channel."""

    def two(item, address="orders.placed", version="2.6.0", **parts):
        return {"asyncapi": version, "info": {}, "channels": {address: item}, **parts}

    return two


@pytest.fixture(name="three")
def _three():
    """A document of 3.x with one channel and one operation."""

    def three(message, action="send", *, channel=None, operation=None, version="3.0.0", **parts):
        return {
            "asyncapi": version,
            "info": {},
            "channels": {
                "placed": {
                    "address": "orders.placed",
                    "messages": {"placed": message},
                    **(channel or {}),
                }
            },
            "operations": {
                "place": {
                    "action": action,
                    "channel": {"$ref": "#/channels/placed"},
                    **(operation or {}),
                }
            },
            **parts,
        }

    return three
