"""Every card on pacts."""

from __future__ import annotations

from apicheck.pact import contents, diff, http, lint, messages, verify

__all__ = ["RULES"]

RULES = contents.RULES + http.RULES + messages.RULES + lint.RULES + diff.RULES + verify.RULES
