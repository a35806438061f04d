"""Every card that the comparison of two OpenAPI documents can fire."""

from __future__ import annotations

from apicheck import schema
from apicheck.formats.openapi import (
    bodies,
    callbacks,
    document,
    lifecycle,
    operations,
    parameters,
    responses,
    security,
    serialisation,
    servers,
)

__all__ = ["RULES"]

RULES = (
    operations.RULES
    + lifecycle.RULES
    + parameters.RULES
    + serialisation.RULES
    + bodies.RULES
    + responses.RULES
    + callbacks.RULES
    + security.RULES
    + servers.RULES
    + document.RULES
    + schema.RULES
)
