"""apicheck schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from apicheck.schema.relation import Answer, Comparison

__all__ = ["command"]

_SAID = {
    "equal": "the same values are valid under both",
    "narrower": "every value of A is valid under B, and B has more",
    "wider": "every value of B is valid under A, and A has more",
    "overlapping": "some values are valid under both, and each has some of its own",
    "disjoint": "no value is valid under both",
    "unknown": "it could not be decided",
}


@click.group("schema", help="Compare two bare JSON Schemas: which values fit both, which only one.")
def command() -> None:
    """A group, for there is more to be asked of schemas."""


@command.command("compare")
@click.argument("a")
@click.argument("b")
@click.option(
    "--dialect", metavar="NAME", help="draft-4 … draft-7, 2019-09, 2020-12, openapi-3.0 …"
)
@click.option("--formats", is_flag=True, help="Take 'format' for a constraint, not for a remark.")
@click.option("--expect", multiple=True, type=click.Choice(list(_SAID)[:-1]), help="Else exit 1.")
@click.option("-f", "--format", "style", type=click.Choice(["text", "json"]), default="text")
def compare(  # noqa: PLR0917 - click hands over the options one by one
    a: str,
    b: str,
    dialect: str | None,
    formats: bool,  # noqa: FBT001
    expect: tuple[str, ...],
    style: str,
) -> int:
    """Say how the values of two JSON Schemas A and B lie to each other, with examples.

    A and B are files, git:REV:PATH or - for stdin. Exit code: 0 if it could be decided and is
    as expected, 1 if it is not, 2 if it could not be decided.
    """
    from apicheck.nodes import Node
    from apicheck.schema.relation import Prover, dialect_of, named_dialect, relate
    from apicheck.sources import open_source

    one, other = open_source(a), open_source(b)
    if dialect is None:
        sides = dialect_of(one.data), dialect_of(other.data)
    else:
        sides = (named_dialect(dialect), named_dialect(dialect))
    prover = Prover(*sides, formats=formats)
    found = relate(prover, Node(one.data, one, ()), Node(other.data, other, ()))
    click.echo(_json(found) if style == "json" else _text(found))
    relation = found.relation.value
    if relation == "unknown":
        return 2
    return int(bool(expect) and relation not in expect)


def _text(found: Comparison) -> str:
    relation = found.relation.value
    lines = [f"{relation}: {_SAID[relation]}"]
    for words, answer in (
        ("only A", found.forth),
        ("only B", found.back),
        ("both", found.shared),
    ):
        lines += _shown(words, answer)
    return "\n".join(lines)


def _shown(words: str, answer: Answer) -> list[str]:
    from apicheck.report.shorten import cut
    from apicheck.schema.relation import Refuted, Unknown

    if isinstance(answer, Unknown):
        return [f"  {words:7} not decided: {answer.reason}"]
    if not isinstance(answer, Refuted):
        return []
    text = json.dumps(cut(answer.witness), ensure_ascii=False)
    cause = f"   ({answer.blame})" if answer.blame else ""
    return [f"  {words:7} {text}{cause}"]


def _json(found: Comparison) -> str:
    data = {
        "schema": "apicheck-relation/1",
        "relation": found.relation.value,
        "only_a": _answer(found.forth),
        "only_b": _answer(found.back),
        "both": _answer(found.shared),
    }
    return json.dumps(data, indent=2, ensure_ascii=False)


def _answer(answer: Answer) -> dict[str, Any]:
    """Whether there is such a value: ``exists`` with ``value``, ``none``, or ``unknown``."""
    from apicheck.schema.relation import Refuted, Unknown

    if isinstance(answer, Unknown):
        return {"answer": "unknown", "reason": answer.reason}
    if isinstance(answer, Refuted):
        cause = str(answer.blame) if answer.blame else None
        return {"answer": "exists", "value": answer.witness, "because": cause}
    return {"answer": "none"}
