"""The annotation ``deprecated``, on anything that can have one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.model import Effect, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.walk import Fact, Pair

__all__ = ["RULES", "deprecation"]

DEPRECATED = Rule(
    id="thrift.deprecated",
    mirror="thrift.undeprecated",
    effect=Effect.KEEPS,
    summary="Something was marked deprecated.",
    message="{name} is now deprecated",
    why="Nobody is hurt yet; clients are told to move away.",
    fix="Say in the annotation what to use instead.",
    example=Example(
        of="thrift",
        old="struct S { 1: i32 a }",
        new="struct S { 1: i32 a (deprecated = 'use b') }",
    ),
)
UNDEPRECATED = Rule(
    id="thrift.undeprecated",
    mirror="thrift.deprecated",
    effect=Effect.KEEPS,
    summary="Something is no longer marked deprecated.",
    message="{name} is no longer deprecated",
    why="Nobody is hurt; clients need no longer move away.",
    fix="Nothing to do.",
    example=Example(
        of="thrift",
        old="struct S { 1: i32 a (deprecated) }",
        new="struct S { 1: i32 a }",
    ),
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


def deprecation(pair: Pair, name: str) -> Iterator[Fact]:
    """Whether the two places say that they are deprecated."""
    before, after = (
        "deprecated" in each.value.get("annotations", ()) for each in (pair.old, pair.new)
    )
    if before != after:
        yield pair.change(DEPRECATED if after else UNDEPRECATED, name=name)
