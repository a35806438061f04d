"""The versions of AsyncAPI, and one document read as one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apicheck.errors import UnsupportedFeature
from apicheck.nodes import Node

if TYPE_CHECKING:
    from apicheck.nodes import Document

__all__ = ["Spec", "major_of", "read"]

_KNOWN = {2: range(7), 3: range(2)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One AsyncAPI document: its major version and its root."""

    major: int
    root: Node

    @property
    def content_type(self) -> str | None:
        """What ``defaultContentType`` says."""
        said = self.root.value.get("defaultContentType")
        return said if type(said) is str else None


def major_of(document: Document) -> int | None:
    """2 or 3; None if this is no AsyncAPI document.

    Raises UnsupportedFeature for versions that we do not know.
    """
    data = document.data
    if type(data) is not dict or "asyncapi" not in data:
        return None
    version = str(data["asyncapi"])
    major, _, rest = version.partition(".")
    minor = rest.partition(".")[0]
    if major.isdecimal() and minor.isdecimal() and int(minor) in _KNOWN.get(int(major), ()):
        return int(major)
    if major == "1":
        hint = (
            "the AsyncAPI converter makes 2.6 of it: asyncapi convert FILE --target-version 2.6.0"
        )
    else:
        hint = "known are AsyncAPI 2.0 to 2.6, 3.0 and 3.1"
    raise _unknown(document, version, hint)


def _unknown(document: Document, version: Any, hint: str) -> UnsupportedFeature:
    return UnsupportedFeature(
        f"asyncapi {version} is not a version that can be compared",
        document.source,
        span=document.span(("asyncapi",)),
        hint=hint,
    )


def read(document: Document) -> Spec:
    """Read a document as AsyncAPI, whatever it says of itself otherwise (3 if nothing)."""
    return Spec(major=major_of(document) or 3, root=Node(document.data, document, ()))
