"""An event (CloudEvents 1.0)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened. `id` and `source` together name it once and for all."""

    id: str
    source: str
    type: str
    data: Mapping[str, Any]
    subject: str = ""
    time: str = ""

    def document(self) -> dict[str, Any]:
        """The structured JSON form."""
        shown = {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "datacontenttype": "application/json",
            "data": dict(self.data),
        }
        optional = {"subject": self.subject, "time": self.time}
        return shown | {name: value for name, value in optional.items() if value}


def happened(source: str, kind: str, subject: str, data: Mapping[str, Any]) -> Event:
    """An event of a kind that happens once to a subject: told again, it has the same id."""
    return Event(
        id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{source}/{subject}/{kind}")),
        source=source,
        type=kind,
        data=data,
        subject=subject,
        time=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    )


def read(document: Mapping[str, Any]) -> Event:
    """The event in a structured JSON form; ValueError when it is none."""
    texts = {name: document.get(name, "") for name in ("id", "source", "type", "subject", "time")}
    data = document.get("data")
    if (
        document.get("specversion") != "1.0"
        or not all(isinstance(value, str) for value in texts.values())
        or not (texts["id"] and texts["source"] and texts["type"])
        or not isinstance(data, dict)
    ):
        raise ValueError("not a CloudEvent 1.0 with an object as data")
    return Event(data=data, **texts)
