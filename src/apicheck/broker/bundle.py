"""What a broker holds, as plain data in a file or a folder, to be read by another broker.

In a folder each part is a file of its own and each pact content another, so that copies taken
from time to time can be compared line by line.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from apicheck.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NOT_MOVED", "SCHEMA", "Bundle", "load", "save"]

SCHEMA = "apicheck-broker-export/1"
#: What no broker lets others set or see.
NOT_MOVED = (
    "times of creation (the new broker writes its own)",
    "deployments and releases that have ended",
    "secrets of webhooks, and what was delivered",
    "which results were of work in progress pacts",
)
_Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Everything, in the order in which it has to be made again; names, no ids.

    ``versions`` are oldest first for each pacticipant. ``pacts`` and ``results`` name their
    content by a key of ``contents``.
    """

    pacticipants: list[_Record] = field(default_factory=list)
    environments: list[_Record] = field(default_factory=list)
    versions: list[_Record] = field(default_factory=list)
    contents: dict[str, _Record] = field(default_factory=dict)
    pacts: list[_Record] = field(default_factory=list)
    results: list[_Record] = field(default_factory=list)
    deployments: list[_Record] = field(default_factory=list)
    webhooks: list[_Record] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each part."""
        return {name: len(getattr(self, name)) for name in _PARTS}


_PARTS = tuple(each.name for each in fields(Bundle))


def save(bundle: Bundle, target: Path) -> None:
    """Write to a file (named ``*.json``) or a folder; a reader never sees half a file."""
    parts = {name: getattr(bundle, name) for name in _PARTS}
    try:
        if target.suffix == ".json":
            _write(target, {"schema": SCHEMA, "notMoved": list(NOT_MOVED), **parts})
            return
        contents = target / "contents"
        contents.mkdir(parents=True, exist_ok=True)
        for key, pact in parts.pop("contents").items():
            _write(contents / f"{key}.json", pact)
        for old in contents.glob("*.json"):
            if old.stem not in bundle.contents:
                old.unlink()
        for name, part in parts.items():
            _write(target / f"{name}.json", part)
        # Last: a folder without it is an export that did not end.
        _write(target / "export.json", {"schema": SCHEMA, "notMoved": list(NOT_MOVED)})
    except OSError as problem:
        raise SourceError(str(target), f"cannot be written: {problem}") from None


def _write(path: Path, data: Any) -> None:
    half = path.with_name(path.name + ".part")
    half.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    half.replace(path)


def load(source: Path) -> Bundle:
    """Read what ``save`` wrote; ``SourceError`` names the file that is not right."""
    if not source.is_dir():
        data = _read(source)
        _check(source, data)
        parts = {name: data.get(name) for name in _PARTS}
    else:
        _check(source, _read(source / "export.json"))
        parts = {name: _read(source / f"{name}.json") for name in _PARTS if name != "contents"}
        parts["contents"] = {
            each.stem: _read(each) for each in sorted((source / "contents").glob("*.json"))
        }
    for name, part in parts.items():
        well = dict if name == "contents" else list
        held = part.values() if isinstance(part, dict) else part
        if not isinstance(part, well) or not all(isinstance(each, dict) for each in held or ()):
            raise SourceError(str(source), f"{name} is not what an export has there")
    found = Bundle(**parts)
    for each in (*found.pacts, *found.results):
        if each.get("content") not in found.contents:
            raise SourceError(str(source), f"the pact content {each.get('content')} is missing")
    return found


def _check(source: Path, data: Any) -> None:
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise SourceError(str(source), f"is no export of a broker ({SCHEMA})")


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        raise SourceError(str(path), f"cannot be read: {problem}") from None
