"""What the broker answers when it cannot do what was asked."""

from __future__ import annotations

from typing import Any

__all__ = ["Refused", "missing"]


class Refused(Exception):
    """An answer other than success: HTTP ``status``, and either a ``text`` or ``errors``.

    ``errors`` is what the official clients print: field -> list of sentences, or a bare list.
    ``more`` is put into the body beside it.
    """

    def __init__(
        self,
        status: int,
        text: str = "",
        *,
        errors: dict[str, list[str]] | list[str] | None = None,
        more: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(status, text, errors)
        self.status = status
        self.text = text
        self.errors = errors
        self.more = more or {}

    def __str__(self) -> str:
        return self.text or str(self.errors)


def missing(what: str, name: str) -> Refused:
    """404 for a thing that does not exist; never 500, which clients retry for minutes."""
    return Refused(404, f"No {what} with name '{name}' found")
