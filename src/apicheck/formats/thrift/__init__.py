"""Thrift: interface descriptions (``.thrift``) with the files they include."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from apicheck.formats import Format
from apicheck.model import Contract

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    from apicheck.model import Change, Direction, Profile, Proof, Rule
    from apicheck.nodes import Document
    from apicheck.sources.documents import Document as Source

__all__ = ["FORMAT"]


def detect(document: Document) -> bool:
    """Whether the document, or every file of the folder, is a .thrift text."""
    return all(
        type(each.data) is str and each.source.endswith(".thrift")
        for each in document.members or (document,)
    )


def build(document: Document) -> Contract:
    """The contract of a file or folder, with what it includes; ParseError where it is wrong."""
    from apicheck.formats.thrift.names import link

    # What is loaded from a source knows the tree of files that it may read besides itself.
    idl = link(cast("Source", document))
    return Contract(format="thrift", version="", model=idl, document=idl)


def changes(old: Contract, new: Contract, today: date) -> Iterator[Change]:
    """Every change from ``old`` to ``new``."""
    from apicheck.formats.thrift.compare import compare

    del today
    return compare(old.model, new.model)


def cards() -> tuple[Rule, ...]:
    """Every card that a comparison can fire."""
    from apicheck.formats.thrift.rules import RULES

    return RULES


def prover(old: Contract, new: Contract) -> Callable[[Change, Direction], Proof]:
    """A function that shows a break by bytes that one side writes and the other cannot read."""
    from apicheck.formats.thrift.prove import prover_of

    return prover_of(old.model, new.model)


def profiles() -> Mapping[str, Profile]:
    """The named sets of severities."""
    from apicheck.formats.thrift.profile import PROFILES

    return PROFILES


def reused(older: Sequence[Contract], new: Contract) -> Iterator[Change]:
    """Numbers that had another meaning in one of the ``older`` versions, oldest first."""
    from apicheck.formats.thrift import history

    return history.reused(older, new)


FORMAT = Format(
    name="thrift",
    detect=detect,
    build=build,
    compare=changes,
    rules=cards,
    bundles=True,
    prover=prover,
    profiles=profiles,
    reused=reused,
    language=".thrift",
)
