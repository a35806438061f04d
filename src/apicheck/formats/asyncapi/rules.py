"""Every card that the comparison of two AsyncAPI documents can fire."""

from __future__ import annotations

from apicheck import schema
from apicheck.formats.asyncapi import (
    bindings,
    channels,
    messages,
    operations,
    payloads,
    reader,
    replies,
    security,
    servers,
)

__all__ = ["RULES"]

RULES = (
    operations.RULES
    + channels.RULES
    + messages.RULES
    + payloads.RULES
    + replies.RULES
    + bindings.RULES
    + security.RULES
    + servers.RULES
    + reader.RULES
    + schema.RULES
)
