"""The corpus of real contracts, if it is there."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

FOLDER = Path(
    os.environ.get("APICHECK_CORPUS", Path(__file__).resolve().parents[2] / "shared" / "corpus")
)
PRESENT = (FOLDER / "index.json").is_file()
needed = pytest.mark.skipif(
    not PRESENT, reason="the corpus of real contracts is not here: set APICHECK_CORPUS"
)


def chains(kind):
    """The chains of one format: name, and (version, path of the entry) oldest first."""
    if not PRESENT:
        return []
    index = json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))
    return [
        (
            chain["name"],
            [
                (each["version"], FOLDER / (each.get("entry") or each["file"]))
                for each in chain["versions"]
            ],
        )
        for chain in index["chains"]
        if chain["format"] == kind
    ]


def files(kind, name):
    """The files, or folders of several, of one chain, oldest first."""
    index = json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))
    return [
        FOLDER / each["file"]
        for chain in index["chains"]
        if (chain["format"], chain["name"]) == (kind, name)
        for each in chain["versions"]
    ]
