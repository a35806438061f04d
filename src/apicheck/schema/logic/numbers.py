"""Numbers: one within bounds, multiples and exclusions, in exact arithmetic."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, Any

from apicheck.schema.logic.outcome import NONE, UNKNOWN, Found, Outcome
from apicheck.schema.logic.terms import exact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from apicheck.schema.logic.form import Node

__all__ = ["find"]

#: So many multiples are tried.
_MOST_MULTIPLES = 20_000


def find(affirmed: Sequence[Node], denied: Sequence[Node], excluded: Iterable[Any]) -> Outcome:
    """A number that satisfies the atoms."""
    interval = _Interval(affirmed, denied)
    if interval.empty():
        return NONE
    steps = [atom[1] for atom in affirmed if atom[0] == "multiple"]
    never = [atom[1] for atom in denied if atom[0] == "multiple"]
    refused = {exact(each) for each in excluded}
    if steps:
        return _multiple(interval, _common(steps), never, refused)

    def good(number: Fraction) -> bool:
        return (
            interval.holds(number)
            and number not in refused
            and not any((number / step).denominator == 1 for step in never)
        )

    for number in chain(interval.plain(), interval.near(), interval.between()):
        written = _written(number)
        if good(number) and exact(written) == number:
            return Found(written)
    return NONE if interval.low is not None and interval.low == interval.high else UNKNOWN


class _Interval:
    """Bounds of a number, each of them open or closed."""

    def __init__(self, affirmed: Sequence[Node], denied: Sequence[Node]) -> None:
        lows = [(atom[1], atom[2]) for atom in affirmed if atom[0] == "minimum"]
        lows += [(atom[1], not atom[2]) for atom in denied if atom[0] == "maximum"]
        highs = [(-atom[1], atom[2]) for atom in affirmed if atom[0] == "maximum"]
        highs += [(-atom[1], not atom[2]) for atom in denied if atom[0] == "minimum"]
        self.low: Fraction | None = None
        self.high: Fraction | None = None
        self.low_open = self.high_open = False
        if lows:
            self.low, self.low_open = max(lows)
        if highs:
            opposite, self.high_open = max(highs)
            self.high = -opposite

    def empty(self) -> bool:
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def holds(self, number: Fraction) -> bool:
        if self.low is not None and (number < self.low or (number == self.low and self.low_open)):
            return False
        return self.high is None or not (
            number > self.high or (number == self.high and self.high_open)
        )

    def plain(self) -> Iterator[Fraction]:
        """Small whole numbers, which surprise no reader of an example."""
        yield from (Fraction(number) for number in (0, 1, -1))

    def near(self) -> Iterator[Fraction]:
        """Whole numbers near the bounds, then the bounds themselves."""
        if self.low is not None:
            start = math.floor(self.low)
            yield from (Fraction(start + step) for step in range(40))
            yield self.low
        if self.high is not None:
            start = math.ceil(self.high)
            yield from (Fraction(start - step) for step in range(40))
            yield self.high
        if self.low is None and self.high is None:
            yield from (Fraction(number) for number in (0, 1, -1, *range(2, 40)))

    def between(self) -> Iterator[Fraction]:
        """Ever longer decimals: some of them lie inside any open interval."""
        for digits in range(1, 16):
            unit = Fraction(1, 10**digits)
            if self.low is not None:
                start = math.floor(self.low / unit)
                yield from ((start + step) * unit for step in range(1, 14))
            if self.high is not None:
                start = math.ceil(self.high / unit)
                yield from ((start - step) * unit for step in range(1, 14))
            if self.low is None and self.high is None:
                yield from (step * unit for step in range(1, 14))


def _common(steps: Sequence[Fraction]) -> Fraction:
    """The smallest number that is a multiple of every step."""
    common = steps[0]
    for step in steps[1:]:
        one = common.numerator * step.denominator
        other = step.numerator * common.denominator
        common = Fraction(math.lcm(one, other), common.denominator * step.denominator)
    return common


def _multiple(
    interval: _Interval,
    step: Fraction,
    never: Sequence[Fraction],
    refused: set[Fraction | None],
) -> Outcome:
    """A multiple of ``step`` that is no multiple of any of ``never``.

    Whether the n-th multiple is good repeats with a period, so a few periods decide.
    """
    periods = [(step / each).denominator for each in never]
    if 1 in periods:
        return NONE
    needed = math.lcm(*periods) * (len(refused) + 2)
    for index in _indexes(interval, step, min(needed, _MOST_MULTIPLES)):
        number = index * step
        if number not in refused and all(index % period for period in periods):
            written = _written(number)
            if exact(written) == number:
                return Found(written)
            return UNKNOWN
    return NONE if min(needed, _within(interval, step)) <= _MOST_MULTIPLES else UNKNOWN


def _within(interval: _Interval, step: Fraction) -> float:
    """How many multiples of ``step`` lie between the bounds, or one or two more."""
    if interval.low is None or interval.high is None:
        return math.inf
    return (interval.high - interval.low) // step + 1


def _indexes(interval: _Interval, step: Fraction, count: int) -> Iterable[int]:
    first = None if interval.low is None else math.ceil(interval.low / step)
    last = None if interval.high is None else math.floor(interval.high / step)
    if first is not None and interval.low_open and first * step == interval.low:
        first += 1
    if last is not None and interval.high_open and last * step == interval.high:
        last -= 1
    if (first is None or first <= 0) and (last is None or last >= 0):
        # From zero on, which makes the plainest example.
        up = range(count if last is None else min(count, last + 1))
        return chain(up, range(-1, -count if first is None else max(-count, first) - 1, -1))
    if first is None:
        assert last is not None
        return range(last, last - count, -1)
    return range(first, first + count if last is None else min(first + count, last + 1))


def _written(number: Fraction) -> int | float:
    if number.denominator == 1:
        return int(number)
    try:
        return float(number)
    except OverflowError:
        return math.inf
