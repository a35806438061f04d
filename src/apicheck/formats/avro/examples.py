"""Schemas around the examples of cards."""

from __future__ import annotations

from apicheck.model import Example

__all__ = ["fields", "schemas", "types"]


def schemas(old: str, new: str) -> Example:
    """Two whole schemas."""
    return Example(of="avro", old=old, new=new)


def fields(old: str, new: str) -> Example:
    """Two lists of fields, of one record."""
    head = '{"type": "record", "name": "Order", "fields": ['
    return schemas(f"{head}{old}]}}", f"{head}{new}]}}")


def types(old: str, new: str) -> Example:
    """Two types of one field."""
    return fields(f'{{"name": "a", "type": {old}}}', f'{{"name": "a", "type": {new}}}')
