"""Confirmations told again to those who missed one and ask: publish, and an answer later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sample_services.orders.placing import confirmation
from sample_services.orders.states import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sample_services.events.bus import Answerer
    from sample_services.orders.store import Store

#: Where questions are put, as in the contract.
ADDRESS = "orders.confirmations"


def answerer(store: Store) -> Answerer:
    """Answers `{"order": …}` with the event of its confirmation, or says that there was none."""

    async def answer(question: Mapping[str, Any]) -> Mapping[str, Any]:
        name = question.get("order") if isinstance(question, dict) else None
        order = store.order(name) if isinstance(name, str) else None
        if order is None or order.status not in {Status.CONFIRMED, Status.SHIPPED}:
            return {"type": "NotConfirmed", "order": name if isinstance(name, str) else ""}
        return confirmation(order).document()

    return answer
