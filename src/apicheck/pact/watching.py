"""Whether somebody looks into the content of a message: a handler that does not proves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["touched"]


def touched(value: Any) -> tuple[Any, list[bool]]:
    """A value to hand out, and a list that is empty as long as nobody looks into it."""
    seen: list[bool] = []
    return _watched(value, seen), seen


class _Object(dict[str, Any]):
    """An object of a message that remembers, in ``seen``, that somebody looked into it."""

    def __init__(self, data: Mapping[str, Any], seen: list[bool]) -> None:
        super().__init__({name: _watched(each, seen) for name, each in data.items()})
        self.seen = seen

    def __getitem__(self, name: str) -> Any:
        self.seen.append(True)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """As of any dict."""
        self.seen.append(True)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self.seen.append(True)
        return super().__contains__(name)

    def __iter__(self) -> Iterator[str]:
        self.seen.append(True)
        return super().__iter__()

    def keys(self) -> Any:
        """As of any dict."""
        self.seen.append(True)
        return super().keys()

    def items(self) -> Any:
        """As of any dict."""
        self.seen.append(True)
        return super().items()

    def values(self) -> Any:
        """As of any dict."""
        self.seen.append(True)
        return super().values()

    def __reduce__(self) -> Any:
        return dict, (dict(self),)


class _List(list[Any]):
    """The same of a list."""

    def __init__(self, data: list[Any], seen: list[bool]) -> None:
        super().__init__(_watched(each, seen) for each in data)
        self.seen = seen

    def __getitem__(self, index: Any) -> Any:
        self.seen.append(True)
        return super().__getitem__(index)

    def __iter__(self) -> Iterator[Any]:
        self.seen.append(True)
        return super().__iter__()

    def __len__(self) -> int:
        self.seen.append(True)
        return super().__len__()

    def __reduce__(self) -> Any:
        return list, (list(self),)


def _watched(value: Any, seen: list[bool]) -> Any:
    if isinstance(value, dict):
        return _Object(value, seen)
    return _List(value, seen) if isinstance(value, list) else value
