"""Two documents in, rule ids out."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("wrap", Path(__file__).parent.parent / "wrap.py")
wrap = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(wrap)


@pytest.fixture(name="document")
def _document():
    return wrap.document


@pytest.fixture(name="changes")
def _changes():
    return wrap.changes


@pytest.fixture(name="rules")
def _rules():
    def rules(old, new, **more):
        return sorted(change.rule.id for change in wrap.changes(old, new, **more))

    return rules


@pytest.fixture(name="operation")
def _operation():
    """A document with one operation, POST /things."""

    def operation(value, **parts):
        value = {"responses": wrap.DONE, **value}
        return wrap.document(paths={"/things": {"post": value}}, **parts)

    return operation
