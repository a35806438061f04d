"""Protocol Buffers (proto2, proto3, editions) with gRPC services, parsed by protoc itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from apicheck.formats import Format
from apicheck.model import Contract

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    from apicheck.model import Change, Direction, Profile, Proof, Rule
    from apicheck.nodes import Document
    from apicheck.sources import Document as Source

__all__ = ["FORMAT"]


def detect(document: Document) -> bool:
    """Whether the document is a ``.proto`` text, or a folder of nothing else."""
    texts = document.members or (document,)
    return all(each.source.endswith(".proto") and type(each.data) is str for each in texts)


def build(document: Document) -> Contract:
    """The contract of a file or folder with all that it imports; ParseError in protoc's words."""
    from apicheck.formats.protobuf import imports, model, protoc

    # What is loaded from a source knows the tree of files that it may read besides itself.
    files = imports.layout(cast("Source", document), protoc.shipped(document.source))
    parsed = model.read(document.source, files, protoc.descriptors(files, document.source))
    return Contract(format="protobuf", version="", model=parsed, document=document)


def changes(old: Contract, new: Contract, today: date) -> Iterator[Change]:
    """Every change from ``old`` to ``new``."""
    del today
    from apicheck.formats.protobuf.compare import compare

    return compare(old.model, new.model)


def cards() -> tuple[Rule, ...]:
    """Every card that a comparison can fire."""
    from apicheck.formats.protobuf.rules import RULES

    return RULES


def prove(old: Contract, new: Contract) -> Callable[[Change, Direction], Proof]:
    """What is known of changes beyond their rules: messages that are misread."""
    from apicheck.formats.protobuf.prove import prover

    return prover(old, new)


def profiles() -> Mapping[str, Profile]:
    """Severities that give the verdicts of buf, Confluent Schema Registry and Karapace."""
    from apicheck.formats.protobuf.profiles import profiles as named

    return named()


def reused(older: Sequence[Contract], new: Contract) -> Iterator[Change]:
    """Numbers that had another meaning in one of the ``older`` versions, oldest first."""
    from apicheck.formats.protobuf import reuse

    return reuse.reused(older, new)


FORMAT = Format(
    name="protobuf",
    detect=detect,
    build=build,
    compare=changes,
    rules=cards,
    bundles=True,
    prover=prove,
    profiles=profiles,
    reused=reused,
    language=".proto",
)
