"""Names, namespaces and aliases (Avro specification 1.12, "Names" and "Aliases")."""

from __future__ import annotations

import re

from apicheck.formats.avro.model import Name

__all__ = ["is_name", "name_of", "qualified"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Laxer than the specification: Java before 1.12 and fastavro let such namespaces pass, and
# contracts in use have them (a dash, taken from a Maven group).
_NAMESPACE = re.compile(r"[A-Za-z_][A-Za-z0-9_$-]*(\.[A-Za-z_][A-Za-z0-9_$-]*)*")


def is_name(text: object) -> bool:
    """Whether ``text`` is a simple name, as of a field or an enum symbol."""
    return type(text) is str and _NAME.fullmatch(text) is not None


def name_of(text: str, namespace: object, enclosing: str) -> Name | None:
    """The full name of a definition; None where it is not made as the specification has it.

    A name with dots is full and its ``namespace`` attribute ignored; else the attribute counts,
    else the enclosing namespace. "" is the null namespace.
    """
    space, dot, simple = text.rpartition(".")
    if not dot:
        space = enclosing if namespace is None else namespace if type(namespace) is str else "?"
    if _NAME.fullmatch(simple) is None or (space and _NAMESPACE.fullmatch(space) is None):
        return None
    return Name(simple=simple, namespace=space)


def qualified(text: str, enclosing: str) -> str:
    """The full name of a reference or an alias that stands in a namespace."""
    if "." in text or not enclosing:
        return text.removeprefix(".")
    return f"{enclosing}.{text}"
