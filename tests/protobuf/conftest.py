"""Two texts in, rule ids out."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("wrap", Path(__file__).parent.parent / "wrap.py")
wrap = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(wrap)


def document(value):
    """One text, or several files by their paths."""
    return wrap.Texts(value) if isinstance(value, dict) else wrap.proto(value)


@pytest.fixture(name="build")
def _build():
    return lambda value: wrap.built(document(value), "contract")


@pytest.fixture(name="changes")
def _changes():
    return lambda old, new: wrap.changes(document(old), document(new))


@pytest.fixture(name="rules")
def _rules():
    def rules(old, new):
        found = wrap.changes(document(old), document(new))
        return sorted(change.rule.id.removeprefix("protobuf.") for change in found)

    return rules
