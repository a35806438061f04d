"""A question to the matrix: which versions, and into what surroundings."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Asked", "Selector"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Versions of a pacticipant: one by its number, or by branch or tag, or all of them."""

    pacticipant: str
    version: str | None = None
    branch: str | None = None
    tag: str | None = None
    main: bool = False
    latest: bool = False

    @property
    def specific(self) -> bool:
        """Whether it names certain versions, not just all."""
        return bool(self.version or self.branch or self.tag or self.main or self.latest)

    def __str__(self) -> str:
        if self.version is not None:
            return f"version {self.version} of {self.pacticipant}"
        words = "the latest version" if self.latest else "a version"
        if self.main:
            words += " from the main branch"
        if self.branch is not None:
            words += f" from branch {self.branch}"
        if self.tag is not None:
            words += f" with tag {self.tag}"
        return f"{words} of {self.pacticipant}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question to the matrix: what, and into what surroundings (at most one of them)."""

    selectors: tuple[Selector, ...] = ()
    environment: str | None = None
    tag: str | None = None
    main: bool = False
    latest: bool = False
    ignored: tuple[Selector, ...] = ()
    #: Keep only the newest provider version of each consumer version (``latestby=cvp``).
    newest_provider: bool = False
    #: At most so many rows; a question cut short is never answered with yes.
    limit: int | None = None

    @property
    def target(self) -> str:
        """The surroundings, in words; "" if none were named."""
        if self.environment is not None:
            return f"currently in {self.environment}"
        if self.tag is not None:
            return f"with tag {self.tag}"
        if self.main:
            return "from the main branch"
        return "that is the latest" if self.latest else ""
