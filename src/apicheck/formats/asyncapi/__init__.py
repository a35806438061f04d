"""AsyncAPI 2.0 to 2.6, 3.0 and 3.1 as one format, comparable across major versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck import formats
from apicheck.errors import UnsupportedFeature
from apicheck.formats import Format
from apicheck.formats.asyncapi.spec import major_of, read
from apicheck.model import Contract

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from apicheck.model import Change, Direction, Proof, Rule
    from apicheck.nodes import Document

__all__ = ["FORMAT"]


def detect(document: Document) -> bool:
    """Whether the document says that it is AsyncAPI; see ``major_of`` for what is refused."""
    return major_of(document) is not None


def build(document: Document) -> Contract:
    """The contract of one document; UnsupportedFeature where it is no object at all."""
    if type(document.data) is not dict:
        raise UnsupportedFeature(
            "not an AsyncAPI document: the top level is no object",
            document.source,
            hint="an AsyncAPI document starts with 'asyncapi: 3.0.0'",
        )
    info = document.data.get("info")
    version = info.get("version") if type(info) is dict else None
    return Contract(
        format="asyncapi",
        version="" if version is None else str(version),
        model=read(document),
        document=document,
    )


def changes(old: Contract, new: Contract, today: date) -> Iterator[Change]:
    """Every change from ``old`` to ``new``."""
    from apicheck.schema.whole import told

    return told(candidates(old, new, today))


def candidates(old: Contract, new: Contract, today: date) -> Iterator[Change]:
    """Every change, and what may be one if it is proved."""
    # Imported when there is something to compare: two equal documents need none of it.
    from apicheck.formats.asyncapi.compare import compare

    return compare(old.model, new.model, today, _other)


def _other(name: str) -> Format | None:
    """The format of a payload: asked for by name, so that formats do not know one another."""
    return formats.named(name) if name in formats.KNOWN else None


def cards() -> tuple[Rule, ...]:
    """Every card that a comparison can fire."""
    from apicheck.formats.asyncapi.rules import RULES

    return RULES


def prover(_old: Contract, _new: Contract) -> Callable[[Change, Direction], Proof]:
    """What proves or refutes the changes between the schemas of two contracts.

    Payloads of another format are proved by that format.
    """
    from apicheck.formats.asyncapi.context import Foreign
    from apicheck.schema.proofs import Proofs

    proofs = Proofs()

    def prove(change: Change, direction: Direction) -> Proof:
        subject = change.subject
        if isinstance(subject, Foreign):
            return subject.prove(subject.change, direction)
        return proofs(change, direction)

    return prove


FORMAT = Format(
    name="asyncapi",
    detect=detect,
    build=build,
    compare=changes,
    rules=cards,
    candidates=candidates,
    prover=prover,
)
