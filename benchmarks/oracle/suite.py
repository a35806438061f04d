"""All cross pairs of schemas within each file of the official JSON-Schema-Test-Suite.

The suite ships in the source distribution of ``jsonschema``. Each file tests one keyword, so
that its schemas are alike and its instances are just those that tell them apart.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from oracle.pairs import Pair

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["DRAFTS", "suite"]

#: Folder of the suite -> name of the dialect.
DRAFTS = {
    "draft4": "draft-4",
    "draft6": "draft-6",
    "draft7": "draft-7",
    "draft2019-09": "2019-09",
    "draft2020-12": "2020-12",
}


def suite(folder: Path) -> Iterator[Pair]:
    """The pairs of an unpacked source distribution of ``jsonschema`` (or of the suite itself)."""
    tests = next(each for each in (folder / "json" / "tests", folder / "tests") if each.is_dir())
    for draft, dialect in DRAFTS.items():
        for file in sorted((tests / draft).glob("*.json")):
            groups = json.loads(file.read_text(encoding="utf-8"))
            values = tuple(test["data"] for group in groups for test in group["tests"])
            for one in groups:
                for other in groups:
                    if one is not other:
                        names = f"{one['description']} / {other['description']}"
                        yield Pair(
                            family=f"suite {dialect}",
                            dialect=dialect,
                            origin=f"{draft}/{file.stem}: {names}",
                            a=one["schema"],
                            b=other["schema"],
                            values=values,
                        )
