"""Show a witness: its value on one line, and the place in it that matters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from apicheck.report.plain import compact
from apicheck.report.words import shorten, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apicheck.model import Finding, Witness

__all__ = ["claim", "drawn"]

_STEP = re.compile(r"\[\]|[^.\[\]]+")


def drawn(finding: Finding, width: int = 100) -> list[str]:
    """The value of the finding's witness as JSON, and under it marks below the place.

    One line if the place is the whole value or is not in it; none without a witness. Bytes are
    shown as such, and what they were written from.
    """
    if finding.witness is None:
        return []
    if finding.witness.shown:
        return [shorten(visible(line), max(20, width)) for line in finding.witness.shown]
    steps: Sequence[str | int] = finding.witness.at or _steps(finding.location.label)
    before, inside, after = _split(finding.witness.value, steps)
    before, inside, after = visible(before), visible(inside), visible(after)
    room = max(20, width)
    most = room // 2 if before or after else room
    if len(inside) > most:
        inside = inside[: most - 1] + "…"
    left = room - len(inside)
    # Keep what stands around the place, more of what comes before it.
    if len(before) + len(after) > left:
        keep = max(left - min(len(after), left // 3) - 1, 1)
        before = before if len(before) <= keep else "…" + before[-keep + 1 :]
        end = max(left - len(before), 1)
        after = after if len(after) <= end else after[: end - 1] + "…"
    line = before + inside + after
    if not before and not after:
        return [line]
    return [line, " " * len(before) + "^" * len(inside)]


def claim(witness: Witness) -> str:
    """``POST /orders request: valid under old, refused by new (checked)``."""
    one, other = visible(witness.accepted_by), visible(witness.rejected_by)
    text = f"valid under {one}, {'misread' if witness.misread else 'refused'} by {other}"
    if witness.purpose:
        text = f"{visible(witness.purpose)}: {text}"
    if witness.undeclared:
        text += "; it takes members that no schema declares"
    return f"{text} (checked)" if witness.checked else text


def _steps(label: str) -> list[str]:
    """The steps below the root of a body: ``… > items[].sku`` gives items, [], sku."""
    return _STEP.findall(label.partition(" > ")[2])


def _split(value: Any, steps: Sequence[str | int]) -> tuple[str, str, str]:
    """The JSON text of ``value``: before the place at ``steps``, the place, and after it."""
    whole = "", compact(value), ""
    if not steps:
        return whole
    step, rest = steps[0], steps[1:]
    if isinstance(value, list) and value and (step == "[]" or isinstance(step, int)):
        members = [compact(each) for each in value]
        # The last item is the one that a witness was made for: others only fill up.
        index = len(value) - 1 if step == "[]" or not -1 < int(step) < len(value) else int(step)
        opening = "[" + "".join(f"{m}," for m in members[:index])
        closing, inner = "".join(f",{m}" for m in members[index + 1 :]) + "]", value[index]
    elif isinstance(value, dict) and step in value:
        pairs = [f"{compact(str(name))}:{compact(each)}" for name, each in value.items()]
        index = list(value).index(step)
        opening = "{" + "".join(f"{p}," for p in pairs[:index]) + compact(str(step)) + ":"
        closing = "".join(f",{p}" for p in pairs[index + 1 :]) + "}"
        inner = value[step]
    else:
        # The value stands for the place itself, or the label is worded in another way.
        return whole
    before, inside, after = _split(inner, rest)
    return opening + before, inside, after + closing
