"""Two schemas in, changes or rule ids out."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("wrap", Path(__file__).parent.parent / "wrap.py")
wrap = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(wrap)


@pytest.fixture(name="folder")
def _folder():
    return wrap.folder


@pytest.fixture(name="changes")
def _changes():
    def changes(old, new):
        return wrap.changes(old, new, form="jsonschema")

    return changes


@pytest.fixture(name="rules")
def _rules(changes):
    def rules(old, new):
        return sorted(change.rule.id for change in changes(old, new))

    return rules
