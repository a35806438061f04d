"""The contract formats: a record of functions each, imported on first use."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apicheck.errors import UnsupportedFeature

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    from apicheck.model import Change, Contract, Direction, Profile, Proof, Rule
    from apicheck.nodes import Document

__all__ = ["KNOWN", "Format", "detect", "named"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """What the rest of apicheck needs of a format.

    ``detect`` says whether a document is of this format, by content. ``build`` makes a
    Contract of it. ``compare`` yields changes from old to new, as of a date (for sunsets).
    ``rules`` gives all cards that ``compare`` can fire. ``candidates`` yields the same changes,
    and those that are only to be told if the prover finds them so (see ``Ground``).

    ``bundles`` says that a folder of files may be one contract of the format. ``prover`` makes,
    for two contracts, a function that says what is known of a change in one direction beyond its
    rule, with a value that shows it. ``profiles`` gives the named sets of severities. ``reused``
    tells what the history shows: numbers that had another meaning in one of the older versions
    (given oldest first). ``language`` is the ending of its files where they are in a language of
    their own, which is neither JSON nor YAML.
    """

    name: str
    detect: Callable[[Document], bool]
    build: Callable[[Document], Contract]
    compare: Callable[[Contract, Contract, date], Iterator[Change]]
    rules: Callable[[], tuple[Rule, ...]]
    bundles: bool = False
    candidates: Callable[[Contract, Contract, date], Iterator[Change]] | None = None
    prover: Callable[[Contract, Contract], Callable[[Change, Direction], Proof]] | None = None
    profiles: Callable[[], Mapping[str, Profile]] | None = None
    reused: Callable[[Sequence[Contract], Contract], Iterator[Change]] | None = None
    language: str = ""


#: Name of the format -> module that holds its ``FORMAT``.
KNOWN = {
    "openapi": "apicheck.formats.openapi",
    "asyncapi": "apicheck.formats.asyncapi",
    "avro": "apicheck.formats.avro",
    "thrift": "apicheck.formats.thrift",
    "jsonschema": "apicheck.formats.jsonschema",
    "protobuf": "apicheck.formats.protobuf",
}


def named(name: str) -> Format:
    """The format of that name; UnsupportedFeature if there is none."""
    if name not in KNOWN:
        raise UnsupportedFeature(
            f"unknown contract format {name!r}", "--as", hint=f"known: {', '.join(sorted(KNOWN))}"
        )
    found: Format = importlib.import_module(KNOWN[name]).FORMAT
    return found


def detect(document: Document) -> Format:
    """The format of a document, by its content; UnsupportedFeature if none knows it."""
    for name in KNOWN:
        candidate = named(name)
        if (candidate.bundles or not document.members) and candidate.detect(document):
            return candidate
    if document.members:
        listed = ", ".join(each.source for each in document.members[:3])
        raise UnsupportedFeature(
            f"a folder of several files ({listed}, ...) that are not one contract together",
            document.source,
            hint="name the file itself; --as FORMAT overrides detection",
        )
    raise UnsupportedFeature(
        "not a contract of a known format",
        document.source,
        span=document.span(()),
        hint="expected a top-level 'openapi', 'swagger', 'asyncapi' or '$schema' field, an Avro"
        " schema, or a .proto, .thrift or .avdl file; --as FORMAT overrides detection",
    )
