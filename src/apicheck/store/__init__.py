"""The store: versions of contracts kept side by side below ``contracts/``, and locked."""

from __future__ import annotations

from apicheck.store.layout import FOLDER, Release, Stored, contracts, find
from apicheck.store.rules import RULES
from apicheck.store.versions import Version, bump_between, parse_version

__all__ = [
    "FOLDER",
    "RULES",
    "Release",
    "Stored",
    "Version",
    "bump_between",
    "contracts",
    "find",
    "parse_version",
]
