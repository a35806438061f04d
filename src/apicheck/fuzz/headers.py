"""Fields of answers whose values mean something in time."""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime

__all__ = ["another_tag", "http_date", "waiting_time"]

#: Digits count down, so that a number becomes one that was; letters stay within hexadecimals.
_OTHER = str.maketrans(
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "9012345678bcdefahijklmnopqrstuvwxyzgBCDEFAHIJKLMNOPQRSTUVWXYZG",
)


def waiting_time(said: str) -> float | None:
    """Seconds from now that Retry-After asks for (RFC 9110, 10.2.3); None if it is neither form."""
    if re.fullmatch(r"[0-9]{1,9}", said.strip()):
        return float(said)
    try:
        return parsedate_to_datetime(said).timestamp() - time.time()
    except (ValueError, OverflowError, TypeError):
        return None


def http_date(text: str) -> bool:
    """Whether it is an HTTP-date in the form that is to be sent (RFC 9110, 5.6.7)."""
    return (
        re.fullmatch(
            r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", text.strip()
        )
        is not None
    )


def another_tag(tag: str) -> str:
    """A strong entity tag that is another one and has the same form: a service may know its own."""
    opaque = tag.removeprefix("W/").strip('"')
    made = opaque.translate(_OTHER)
    return f'"{made}"' if made != opaque else '"no-such-tag"'
