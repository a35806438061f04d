"""Bare JSON Schemas of messages: drafts 4, 6, 7, 2019-09 and 2020-12, one file or a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.errors import UnsupportedFeature
from apicheck.formats import Format
from apicheck.model import Contract

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from apicheck.model import Change, Direction, Profile, Proof, Rule
    from apicheck.nodes import Document

__all__ = ["FORMAT"]


def detect(document: Document) -> bool:
    """Whether a document says that it is a JSON Schema, or looks like one and like nothing else.

    A folder is a contract if it has schemas and no contract of another format; what else is in it
    (examples, settings) is passed over.
    """
    from apicheck.formats.jsonschema.dialects import DECLARED, FOREIGN, SHAPED, kind_of

    kinds = {kind_of(each) for each in document.members or (document,)}
    return FOREIGN not in kinds and bool(kinds & {DECLARED, SHAPED})


def build(document: Document) -> Contract:
    """The contract of one schema or of a folder of them; UnsupportedFeature if there is none."""
    from apicheck.formats.jsonschema.messages import read

    messages = read(document)
    if not messages.messages or (not document.members and type(document.data) not in {dict, bool}):
        raise UnsupportedFeature(
            "not a JSON Schema",
            document.source,
            hint='a schema is an object such as {"type": "object", "properties": …}',
        )
    return Contract(
        format="jsonschema", version=messages.version, model=messages, document=document
    )


def changes(old: Contract, new: Contract, today: date) -> Iterator[Change]:
    """Every change from ``old`` to ``new``."""
    from apicheck.schema.whole import told

    return told(candidates(old, new, today))


def candidates(old: Contract, new: Contract, today: date) -> Iterator[Change]:  # noqa: ARG001 - schemas know no sunset
    """Every change, and what may be one if it is proved."""
    from apicheck.formats.jsonschema.compare import compare

    return compare(old.model, new.model)


def cards() -> tuple[Rule, ...]:
    """Every card that a comparison can fire."""
    from apicheck.formats.jsonschema.compare import RULES

    return RULES


def profiles() -> Mapping[str, Profile]:
    """The named sets of severities: registries as they judge JSON Schemas."""
    from apicheck.formats.jsonschema.profiles import PROFILES

    return PROFILES


def prover(_old: Contract, _new: Contract) -> Callable[[Change, Direction], Proof]:
    """What proves or refutes the changes between the schemas of two contracts."""
    from apicheck.schema.proofs import Proofs

    return Proofs()


FORMAT = Format(
    name="jsonschema",
    detect=detect,
    build=build,
    compare=changes,
    rules=cards,
    bundles=True,
    candidates=candidates,
    prover=prover,
    profiles=profiles,
)
