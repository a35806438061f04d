"""Cursors of pages: opaque to clients, a row number to us."""

from __future__ import annotations

import base64

from sample_services.web.problems import invalid

FIRST = 2**62


def cursor(row: int) -> str:
    """Where the next page begins: below this row."""
    return base64.urlsafe_b64encode(f"row {row}".encode()).decode()


def row(text: str | None) -> int:
    """The row below which a page begins, from its cursor; 400 when it is not one of ours."""
    if text is None:
        return FIRST
    try:
        word, _, number = base64.b64decode(text, altchars=b"-_", validate=True).partition(b" ")
        found = int(number.decode("ascii"))
    except ValueError:
        raise invalid(400, "cursor is not from a page of ours") from None
    if word != b"row" or not 0 <= found < FIRST:
        raise invalid(400, "cursor is not from a page of ours")
    return found
