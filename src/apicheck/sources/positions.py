"""Line and column of a place in a text, found when somebody asks.

Only the containers on the way to the place are looked at. A place that is not written out (it
exists through an alias or a merge key only) is told as the nearest one above it that is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.model import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apicheck.sources.json_places import JsonPlaces
    from apicheck.sources.yaml_places import YamlPlaces

__all__ = ["Positions"]


class Positions:
    """The places of one text. ``span(pointer)`` never fails: at worst it gives the whole text.

    ``text`` is the bytes of a JSON text, or the characters of a YAML text; ``data`` its value.
    """

    def __init__(self, text: bytes | str, data: Any, source: str) -> None:
        self._source = source
        self._places = _places(text, data)

    def span(self, pointer: Sequence[str | int]) -> Span:
        """Where the member (its key) or the item at ``pointer`` stands, or what is nearest."""
        line, column, width = self._places.find(tuple(pointer)) if pointer else (0, 0, 1)
        return Span(
            source=self._source,
            line=line + 1,
            column=column + 1,
            end_line=line + 1,
            end_column=column + 1 + max(width, 1),
        )


def _places(text: bytes | str, data: Any) -> JsonPlaces | YamlPlaces:
    # Each is wanted for its own kind of text only.
    if isinstance(text, bytes):
        from apicheck.sources.json_places import JsonPlaces

        return JsonPlaces(text, data)
    from apicheck.sources.yaml_places import YamlPlaces

    return YamlPlaces(text, data)
