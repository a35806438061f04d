"""Callbacks and webhooks: calls that the provider makes, so that every direction is turned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.model import Direction, Effect, Example, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.openapi.context import Context
    from apicheck.formats.openapi.spec import Spec
    from apicheck.nodes import Node

__all__ = [
    "CALLBACK_ADDED",
    "CALLBACK_REMOVED",
    "RULES",
    "WEBHOOK_ADDED",
    "WEBHOOK_REMOVED",
    "callbacks_of",
    "hides_webhook",
    "webhooks_of",
]

_OK = '"responses": {"204": {"description": "done"}}'
_BACK = '"callbacks": {"paid": {"{$request.body#/url}": {"post": {' + _OK + "}}}}"
_HOOK = '"webhooks": {"paid": {"post": {' + _OK + "}}}"

CALLBACK_REMOVED = Rule(
    id="callback.removed",
    mirror="callback.added",
    effect=Effect.NARROWS,
    summary="A call that the provider makes back to its client was removed.",
    message="callback {name} was removed",
    why="Clients wait for calls that no longer come.",
    fix="Keep calling back until no client waits for it.",
    example=Example(of="operation", old=f"{{{_BACK}, {_OK}}}", new=f"{{{_OK}}}"),
    override={Direction.OUTBOUND: Severity.ERROR},
    because="Receivers depend on the call itself, not only on what it may hold.",
)
CALLBACK_ADDED = Rule(
    id="callback.added",
    mirror="callback.removed",
    effect=Effect.WIDENS,
    summary="The provider now makes a call back to its client.",
    message="callback {name} was added",
    why="Nobody is hurt: calls go only to addresses that a client gave.",
    fix="Nothing to do.",
    example=Example(of="operation", old=f"{{{_OK}}}", new=f"{{{_BACK}, {_OK}}}"),
    override={Direction.OUTBOUND: Severity.INFO},
    because="A client that gave no address is not called.",
)
WEBHOOK_REMOVED = Rule(
    id="webhook.removed",
    mirror="webhook.added",
    effect=Effect.NARROWS,
    summary="A webhook was removed.",
    message="webhook {name} was removed",
    why="Receivers wait for calls that no longer come.",
    fix="Keep sending the webhook until no receiver waits for it.",
    example=Example(of="document", old=f"{{{_HOOK}}}", new="{}"),
    override={Direction.OUTBOUND: Severity.ERROR},
    because="Receivers depend on the call itself, not only on what it may hold.",
)
WEBHOOK_ADDED = Rule(
    id="webhook.added",
    mirror="webhook.removed",
    effect=Effect.WIDENS,
    summary="A webhook was added.",
    message="webhook {name} was added",
    why="Nobody is hurt: receivers subscribe to what they know.",
    fix="Nothing to do.",
    example=Example(of="document", old="{}", new=f"{{{_HOOK}}}"),
    override={Direction.OUTBOUND: Severity.INFO},
    because="A receiver that did not subscribe is not called.",
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

_SECTIONS = ("webhooks", "x-webhooks")


def callbacks_of(context: Context, operation: Node) -> dict[tuple[str, str], Node]:
    """The path items of an operation's callbacks, by name and expression."""
    found = {}
    for name, callback in context.entries(operation.get("callbacks")):
        for expression, item in context.members(callback):
            found[name, expression] = item
    return found


def webhooks_of(context: Context, spec: Spec) -> Iterator[tuple[str, Node]]:
    """The path items of webhooks; ``x-webhooks`` is what 3.0 documents use."""
    for section in _SECTIONS:
        yield from context.entries(spec.section(section))


def hides_webhook(context: Context, spec: Spec, name: str) -> bool:
    """Whether a webhook of that name is there, or may be, but cannot be read."""
    return any(context.hides(spec.root.get(section), name) for section in _SECTIONS)
