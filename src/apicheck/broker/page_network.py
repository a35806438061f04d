"""Who uses whom, drawn: consumers to the left of their providers, an arrow for each pact."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from apicheck.broker.calls import Call, Reply, Route
from apicheck.broker.frame import link, shown, verdict
from apicheck.broker.heads import Among, newest
from apicheck.broker.markup import Html, html, joined, table

if TYPE_CHECKING:
    import sqlite3

__all__ = ["ROUTES", "columns"]

_HIGH, _GAP, _BETWEEN = 34, 26, 110
_Edge = tuple[str, str]
#: The left, the middle of the height, and the width.
_Box = tuple[float, float, float]


def _network(call: Call, db: sqlite3.Connection) -> Reply:
    edges: dict[_Edge, bool | None] = {}
    for each in newest(db, Among()):
        last = db.execute(
            "SELECT success FROM results WHERE content = ? ORDER BY id DESC LIMIT 1",
            (each["content"],),
        ).fetchone()
        edges[each["consumer"], each["provider"]] = None if last is None else bool(last[0])
    rows = [
        (
            link(call, one, "pacticipants", one),
            link(call, other, "pacticipants", other),
            verdict(state),
            link(call, "matrix", "matrix", other, one),
        )
        for (one, other), state in edges.items()
    ]
    heads = ("Consumer", "Provider", "Newest pact", "")
    drawn = Html("")
    if edges:
        hint = (
            "From each consumer to its providers; whole green lines are verified, dashed red ones"
            " failed, dotted ones were never verified. The table below says the same."
        )
        drawn = html('<p class="hint">{}</p>{}', hint, _drawing(call, edges))
    said = table("Consumers and their providers", heads, rows)
    return shown(call, "Network", html("{}{}", drawn, said))


def columns(edges: list[_Edge]) -> list[list[str]]:
    """Names in columns, each to the right of all that use it; circles are cut somewhere.

    Names that begin with a NUL are places that lines go through.
    """
    uses: dict[str, list[str]] = {}
    for one, other in edges:
        uses.setdefault(one, []).append(other)
        uses.setdefault(other, [])
    column, order = dict.fromkeys(uses, 0), _ordered(uses)
    place = {name: index for index, name in enumerate(order)}
    for name in order:
        for other in uses[name]:
            if place[other] > place[name]:
                column[other] = max(column[other], column[name] + 1)
    found: list[list[str]] = [[] for _ in range(max(column.values(), default=-1) + 1)]
    for name in sorted(uses):
        found[column[name]].append(name)
    steps: list[_Edge] = []
    for one, other in edges:
        # A line over several columns has a place in each, so that it goes through no box.
        between = range(column[one] + 1, column[other])
        for index in between:
            found[index].append(_bend(one, other, index))
        stops = [one, *(_bend(one, other, index) for index in between), other]
        steps += pairwise(stops)
    return _untangled(found, steps)


def _bend(one: str, other: str, column: int) -> str:
    """The name of a place where a line goes through a column; no pacticipant can have it."""
    return f"\0{one}\0{other}\0{column}"


def _ordered(uses: dict[str, list[str]]) -> list[str]:
    """Every name before those it uses, as far as that goes; without recursion."""
    done: list[str] = []
    seen: set[str] = set()
    used = {other for held in uses.values() for other in held}
    # From those that nobody uses: so a circle is entered from outside.
    for start in sorted(uses, key=lambda name: (name in used, name)):
        stack = [(start, iter(sorted(uses[start])))] if start not in seen else []
        seen.add(start)
        while stack:
            name, left = stack[-1]
            following = next((each for each in left if each not in seen), None)
            if following is None:
                done.append(name)
                stack.pop()
            else:
                seen.add(following)
                stack.append((following, iter(sorted(uses[following]))))
    return done[::-1]


def _untangled(found: list[list[str]], edges: list[_Edge]) -> list[list[str]]:
    """Each column sorted by the middle of its neighbours, a few times over."""
    near: dict[str, list[str]] = {}
    for one, other in edges:
        near.setdefault(one, []).append(other)
        near.setdefault(other, []).append(one)
    height: dict[str, float] = {}
    for column in found:
        height.update({name: (index + 0.5) / len(column) for index, name in enumerate(column)})
    for _ in range(4):
        for column in found:
            column.sort(key=lambda name: sum(height[n] for n in near[name]) / len(near[name]))
            height.update({name: (index + 0.5) / len(column) for index, name in enumerate(column)})
    return found


def _drawing(call: Call, edges: dict[_Edge, bool | None]) -> Html:
    held = columns(list(edges))
    tall = max(len(each) for each in held) * (_HIGH + _GAP) + _GAP
    at: dict[str, _Box] = {}
    x = 4.0
    column_of: dict[str, int] = {}
    for number, column in enumerate(held):
        width = max((8.2 * len(name) for name in column if name[0] != "\0"), default=0) + 24
        step = tall / len(column)
        for index, name in enumerate(column):
            at[name] = (x, (index + 0.5) * step, width)
            column_of[name] = number
        x += width + _BETWEEN
    wide = x - _BETWEEN + 4

    def stops(one: str, other: str) -> list[_Box]:
        between = range(column_of[one] + 1, column_of[other])
        bends = (_bend(one, other, index) for index in between)
        return [at[one], *(at[each] for each in bends), at[other]]

    lines = joined(
        html(
            '<a href="{}"><path class="edge {}" marker-end="url(#{})" d="{}"><title>{}</title>'
            "</path></a>",
            call.url("ui", "matrix", other, one),
            kind,
            kind,
            _curve(stops(one, other)),
            f"{one} uses {other}: {words}",
        )
        for (one, other), (kind, words) in ((pair, _KINDS[state]) for pair, state in edges.items())
    )
    boxes = joined(
        html(
            '<a href="{}"><rect x="{}" y="{}" width="{}" height="{}" rx="5"/>'
            '<text x="{}" y="{}" text-anchor="middle">{}</text></a>',
            call.url("ui", "pacticipants", name),
            round(left, 1),
            round(y - _HIGH / 2, 1),
            round(width, 1),
            _HIGH,
            round(left + width / 2, 1),
            round(y + 5, 1),
            name,
        )
        for name, (left, y, width) in at.items()
        if name[0] != "\0"
    )
    tips = joined(
        html(
            '<marker id="{}" refX="9" refY="4" markerWidth="10" markerHeight="8" orient="auto"'
            ' markerUnits="userSpaceOnUse"><path d="M0 0 L10 4 L0 8 z" fill="{}"/></marker>',
            kind,
            f"var(--{colour})",
        )
        for kind, colour in (("ok", "yes"), ("bad", "no"), ("open", "unknown"))
    )
    return html(
        '<div class="wide"><svg width="{}" height="{}" viewBox="0 0 {} {}" role="group"'
        ' aria-label="{}"><defs>{}</defs>{}{}</svg></div>',
        round(wide),
        round(tall),
        round(wide),
        round(tall),
        "Who uses whom; the same as in the table below",
        tips,
        lines,
        boxes,
    )


_KINDS = {
    True: ("ok", "verified"),
    False: ("bad", "failed"),
    None: ("open", "never verified"),
}


def _curve(stops: list[_Box]) -> str:
    """From the right of a box, across the columns between, to the left of another box.

    A line that goes back bends around the left of both.
    """
    (x, y, width), (to, v, _) = stops[0], stops[-1]
    if to <= x + width:
        return f"M{x:.1f} {y:.1f} C{x - 70:.1f} {y:.1f} {to - 70:.1f} {v:.1f} {to:.1f} {v:.1f}"
    parts = [f"M{x + width:.1f} {y:.1f}"]
    for index, ((x, y, width), (to, v, through)) in enumerate(pairwise(stops), start=2):
        bend = (to - x - width) / 2
        by = f"{x + width + bend:.1f} {y:.1f} {to - bend:.1f} {v:.1f}"
        parts.append(f"C{by} {to:.1f} {v:.1f}")
        if index < len(stops):
            parts.append(f"H{to + through:.1f}")
    return " ".join(parts)


ROUTES = (Route(method="GET", path="/ui/network", handler=_network, writes=False),)
