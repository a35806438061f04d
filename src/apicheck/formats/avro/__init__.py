"""Apache Avro: schemas (``.avsc``), protocols (``.avpr``) and IDL (``.avdl``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.formats import Format
from apicheck.formats.avro.files import is_avro

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from apicheck.model import Change, Contract, Direction, Profile, Proof, Rule
    from apicheck.nodes import Document

__all__ = ["FORMAT"]


def build(document: Document) -> Contract:
    """The contract of a schema, a protocol or a folder of them; ParseError for each fault."""
    from apicheck.formats.avro.build import contract_of

    return contract_of(document)


def changes(old: Contract, new: Contract, _today: date) -> Iterator[Change]:
    """Every change from ``old`` to ``new``."""
    from apicheck.formats.avro.compare import compare

    return compare(old.model, new.model)


def cards() -> tuple[Rule, ...]:
    """Every card that a comparison can fire."""
    from apicheck.formats.avro.rules import RULES

    return RULES


def prover(old: Contract, new: Contract) -> Callable[[Change, Direction], Proof]:
    """Shows what a change breaks, with data that fastavro writes and reads."""
    from apicheck.formats.avro.prove import prover_of

    return prover_of(old.model, new.model)


def profiles() -> Mapping[str, Profile]:
    """Verdicts of other tools."""
    from apicheck.formats.avro.profiles import PROFILES

    return PROFILES


FORMAT = Format(
    name="avro",
    detect=is_avro,
    build=build,
    compare=changes,
    rules=cards,
    bundles=True,
    prover=prover,
    profiles=profiles,
    language=".avdl",
)
