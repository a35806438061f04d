"""What real contracts changed from version to version, out of the corpus.

Two views of it: ``questions`` asks our engine in place, as the diff does, in both readings and
with properties dropped that are not sent; ``pairs`` cuts schemas out of their documents, so that
other tools can be asked the same.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import jsonschema
from jsonschema_specifications import REGISTRY
from oracle.pairs import Pair

from apicheck.errors import ApicheckError
from apicheck.formats.openapi.spec import family_of
from apicheck.nodes import Node
from apicheck.schema import dialects
from apicheck.schema.logic.confirm import standalone
from apicheck.schema.relation import Prover, Reading, Refuted, Unknown
from apicheck.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from apicheck.schema.dialects import Dialect

__all__ = ["Asked", "pairs", "questions"]

_VALIDATORS = {
    "openapi-2.0": jsonschema.Draft4Validator,
    "openapi-3.0": jsonschema.Draft4Validator,
    "openapi-3.1": jsonschema.Draft202012Validator,
    "draft-4": jsonschema.Draft4Validator,
    "draft-6": jsonschema.Draft6Validator,
    "draft-7": jsonschema.Draft7Validator,
    "2019-09": jsonschema.Draft201909Validator,
    "2020-12": jsonschema.Draft202012Validator,
}
#: What a dialect of OpenAPI is when its schemas are cut out.
_PLAIN = {"openapi-2.0": "draft-4", "openapi-3.0": "draft-4", "openapi-3.1": "2020-12"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question to our engine about a real change."""

    family: str
    origin: str
    #: ``proved``, ``refuted``, ``unknown``, ``unconfirmed``.
    said: str
    ms: float
    reason: str = ""
    #: A part of either schema is broken: a reference leads nowhere, an empty ``oneOf``.
    broken: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """Two versions side by side, and the schemas that changed."""

    family: str
    origin: str
    old: Dialect
    new: Dialect
    changed: list[tuple[str, Node, Node]]


def _steps(corpus: Path) -> Iterator[_Step]:
    index = json.loads((corpus / "index.json").read_text(encoding="utf-8"))
    for chain in index["chains"]:
        files = [corpus / (each.get("entry") or each["file"]) for each in chain["versions"]]
        if chain["format"] in {"openapi", "json-schema"}:
            files = [file for file in files if _readable(file)]
        if chain["format"] == "openapi":
            for old, new in pairwise(files):
                yield from _openapi(chain["name"], old, new)
        elif chain["format"] == "json-schema":
            family = "Iglu" if chain["name"].startswith("iglu") else "Wikimedia"
            for old, new in pairwise(files):
                yield from _schemas(family, chain["name"], old, new)


def _readable(file: Path) -> bool:
    """Whether we read it: some of the corpus say a key twice, and are refused."""
    try:
        open_source(str(file))
    except ApicheckError:
        return False
    return True


def _openapi(name: str, *files: Path) -> Iterator[_Step]:
    documents = [open_source(str(file)) for file in files]
    families = [family_of(document) for document in documents]
    tables = []
    for document, family in zip(documents, families, strict=True):
        at = ("definitions",) if family is None or family.two else ("components", "schemas")
        value = document.data
        for step in at:
            value = value.get(step, {})
        tables.append({key: Node(each, document, (*at, key)) for key, each in value.items()})
    old, new = tables
    yield _Step(
        family="OpenAPI",
        origin=f"{name} {files[0].stem} -> {files[1].stem}",
        old=getattr(dialects, families[0].dialect),
        new=getattr(dialects, families[1].dialect),
        changed=[
            (key, old[key], new[key])
            for key in sorted(old.keys() & new.keys())
            if old[key].value != new[key].value
        ],
    )


def _schemas(family: str, name: str, *files: Path) -> Iterator[_Step]:
    documents = [open_source(str(file)) for file in files]
    old, new = (Node(each.data, each, ()) for each in documents)
    kinds = [_draft(node.value) for node in (old, new)]
    changed = [("", old, new)] if old.value != new.value else []
    yield _Step(family=family, origin=f"{name} {files[0].stem} -> {files[1].stem}",
                old=kinds[0], new=kinds[1], changed=changed)  # fmt: skip


def _draft(value: Any) -> Dialect:
    said = str(value.get("$schema", ""))
    for sign, dialect in (
        ("2020-12", dialects.DRAFT_2020_12),
        ("2019-09", dialects.DRAFT_2019_09),
        ("draft-07", dialects.DRAFT_7),
        ("draft-06", dialects.DRAFT_6),
    ):
        if sign in said:
            return dialect
    # Iglu's self-describing schemas are written in draft 4.
    return dialects.DRAFT_4


def questions(corpus: Path) -> Iterator[Asked]:
    """Every changed schema, both ways, in both readings."""
    for step in _steps(corpus):
        prover = Prover(step.old, step.new)
        for name, old, new in step.changed:
            for reading in Reading:
                for side, drop, a, b in (
                    ("old", "readOnly", old, new),
                    ("new", "writeOnly", new, old),
                ):
                    start = time.process_time()
                    answer = prover.contains(a, b, a_side=side, reading=reading, drop=drop)
                    ms = (time.process_time() - start) * 1000
                    said = "proved"
                    broken = _broken(prover, side, drop, a, b)
                    if isinstance(answer, Unknown):
                        said = "unknown"
                    elif isinstance(answer, Refuted):
                        confirmed = _confirmed(prover, side, drop, a, b, answer.witness)
                        said = "refuted" if confirmed else "unconfirmed"
                    yield Asked(
                        family=f"{step.family}, {reading.value}",
                        origin=f"{step.origin} {name} ({side} side sends)",
                        said=said,
                        ms=ms,
                        reason=getattr(answer, "reason", ""),
                        broken=broken,
                    )


def _broken(prover: Prover, side: Any, drop: str, a: Node, b: Node) -> bool:
    other: Any = "new" if side == "old" else "old"
    return any(
        standalone(prover._compiler(which, drop), node, sender=True)[1]  # noqa: SLF001
        for node, which in ((a, side), (b, other))
    )


def _confirmed(  # noqa: PLR0917 - one question
    prover: Prover, side: Any, drop: str, a: Node, b: Node, value: Any
) -> bool:
    """Whether ``jsonschema`` too says that the value tells the schemas apart."""
    other: Any = "new" if side == "old" else "old"
    for node, which, sends in ((a, side, True), (b, other, False)):
        compiler = prover._compiler(which, drop)  # noqa: SLF001 - a bench may look inside
        schema, _ = standalone(compiler, node, sender=sends)
        made = _VALIDATORS[compiler.dialect.name](schema, registry=REGISTRY)
        if made.is_valid(value) is not sends:
            return False
    return True


def pairs(corpus: Path, most: int) -> Iterator[Pair]:
    """At most ``most`` changed schemas of each family, both ways, cut out of their documents."""
    found: dict[str, list[Pair]] = {}
    for step in _steps(corpus):
        if step.old != step.new:
            continue
        dialect = _PLAIN.get(step.old.name, step.old.name)
        prover = Prover(step.old, step.new)
        compilers = [prover._compiler(side, None) for side in ("old", "new")]  # noqa: SLF001
        for name, *nodes in step.changed:
            old, new = (
                standalone(compiler, node, sender=True)[0]
                for compiler, node in zip(compilers, nodes, strict=True)
            )
            if len(json.dumps([old, new])) > 200_000:
                continue
            for a, b, way in ((old, new, "forth"), (new, old, "back")):
                pair = Pair(
                    family=f"{step.family}, cut out", dialect=dialect,
                    origin=f"{step.origin} {name} {way}", a=a, b=b,
                )  # fmt: skip
                found.setdefault(pair.family, []).append(pair)
    for each in found.values():
        # Spread over all contracts, the same in each run.
        yield from each[:: max(1, -(-len(each) // most))]
