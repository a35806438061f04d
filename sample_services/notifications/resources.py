"""The operations on notifications, and the door for events without a broker."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sample_services.events.event import read
from sample_services.notifications.consumer import BadDataError, Consumer, DiffersError
from sample_services.notifications.problems import EVENT_DIFFERS
from sample_services.web import pages
from sample_services.web.limits import limited
from sample_services.web.problems import INVALID, NOT_FOUND, Problem
from sample_services.web.replies import Reply, answer, nothing, representation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sample_services.notifications.store import Notification, Store
    from sample_services.web.calls import Call, Handler


class Notifications:
    """What was sent."""

    def __init__(self, store: Store, consumer: Consumer) -> None:
        self.store = store
        self.consumer = consumer

    def handlers(self) -> Mapping[str, Handler]:
        """By operationId."""
        return {
            "listNotifications": self.list,
            "getNotification": self.get,
            "sendCopy": limited(5, 2.0, self.copy),
            "deliverEvent": self.deliver,
        }

    def found(self, call: Call) -> Notification:
        """The notification of the path, or 404."""
        notification = self.store.get(call.path["notificationId"])
        if notification is None:
            raise Problem(404, NOT_FOUND)
        return notification

    async def list(self, call: Call) -> Reply:
        """GET /notifications."""
        below = pages.row(call.query.get("cursor"))
        found, more = self.store.page(below, call.query["limit"], call.query)
        page: dict[str, Any] = {"notifications": [each.shown() for each in found]}
        if more is not None:
            page["next"] = pages.cursor(more)
        return answer(200, page)

    async def get(self, call: Call) -> Reply:
        """GET /notifications/{notificationId}."""
        notification = self.found(call)
        return representation(notification.shown(), notification.sent)

    async def copy(self, call: Call) -> Reply:
        """POST /notifications/{notificationId}/copies."""
        first = self.found(call)
        channel = (await call.body())["channel"]
        made = replace(
            first,
            id=str(uuid.uuid4()),
            channel=channel,
            sent=datetime.now(UTC),
            copy_of=first.copy_of or first.id,
        )
        self.store.add(made)
        place = f"{call.api.contract.base}/notifications/{made.id}"
        return representation(made.shown(), status=201, Location=place)

    async def deliver(self, call: Call) -> Reply:
        """POST /events."""
        try:
            await self.consumer.take(read(await call.body()))
        except BadDataError as error:
            raise Problem(422, INVALID, str(error), errors=error.errors) from None
        except DiffersError:
            raise Problem(409, EVENT_DIFFERS) from None
        return nothing(204)
