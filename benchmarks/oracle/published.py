"""The cases that other tools publish with their tests.

``jsonsubschema`` ships its unit tests in its source distribution: they are run with a stand-in
for the tool that notes what it is asked and what the test expects. ``jsoncompat`` keeps folders
of ``old.json`` and ``new.json`` in its repository; its wheels hold none, so they are read from a
checkout if one is named.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from oracle.pairs import Pair

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["jsoncompat_cases", "jsonsubschema_cases"]

#: Runs in a process of its own, in the folder of the unpacked distribution.
_RECORDER = """
import copy, json, sys, types, unittest, io
sys.path.insert(0, ".")
import jsonsubschema

asked = []


class Question:
    # What a test asks; the assertion around it says the expected answer.
    def __init__(self, *pairs):
        self.rows = [[copy.deepcopy(a), copy.deepcopy(b), None] for a, b in pairs]
        asked.extend(self.rows)

    def expect(self, answer):
        for row in self.rows:
            row[2] = answer

    def __bool__(self):
        return True


jsonsubschema.isSubschema = lambda a, b: Question((a, b))
jsonsubschema.isEquivalent = lambda a, b: Question((a, b), (b, a))


def expecting(answer, real):
    def check(self, said, *more):
        if isinstance(said, Question):
            # An equivalence that fails does not say which half does.
            if answer or len(said.rows) == 1:
                said.expect(answer)
        else:
            real(self, said, *more)

    return check


unittest.TestCase.assertTrue = expecting(True, unittest.TestCase.assertTrue)
unittest.TestCase.assertFalse = expecting(False, unittest.TestCase.assertFalse)
found = unittest.defaultTestLoader.discover("test")
unittest.TextTestRunner(stream=io.StringIO()).run(found)
kept = []
for row in asked:
    try:
        kept.append(json.loads(json.dumps(row, allow_nan=False)))
    except (TypeError, ValueError, RecursionError):
        pass
json.dump(kept, sys.stdout)
"""


def jsonsubschema_cases(folder: Path) -> Iterator[Pair]:
    """The pairs of an unpacked source distribution of ``jsonsubschema``."""
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _RECORDER],
        cwd=folder,
        capture_output=True,
        check=True,
        timeout=120,
    )
    seen: set[str] = set()
    # Tests that print do so before the last line, which is ours.
    for a, b, said in json.loads(run.stdout.splitlines()[-1]):
        text = json.dumps([a, b], sort_keys=True)
        if text in seen:
            continue
        seen.add(text)
        yield Pair(
            family="jsonsubschema's cases",
            # The tool reads draft 4, and "const" beside it.
            dialect="draft-6" if '"const"' in text else "draft-4",
            origin=f"jsonsubschema {len(seen)}",
            a=a,
            b=b,
            said=said,
        )


def jsoncompat_cases(folder: Path) -> Iterator[Pair]:
    """The pairs of a checkout of ``jsoncompat``, both ways."""
    for old in sorted(folder.glob("**/backcompat/*/old.json")):
        new = old.with_name("new.json")
        if not new.is_file():
            continue
        a, b = (json.loads(each.read_text(encoding="utf-8")) for each in (old, new))
        for one, other, way in ((a, b, "forth"), (b, a, "back")):
            yield Pair(
                family="jsoncompat's cases",
                dialect="2020-12",
                origin=f"jsoncompat {old.parent.name} {way}",
                a=one,
                b=other,
                values=_examples(old.with_name("examples.json")),
            )


def _examples(file: Path) -> tuple[Any, ...]:
    if not file.is_file():
        return ()
    listed = json.loads(file.read_text(encoding="utf-8"))
    lists = listed.values() if isinstance(listed, dict) else [listed]
    return tuple(value for each in lists if isinstance(each, list) for value in each)
