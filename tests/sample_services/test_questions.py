"""Questions over the bus: a confirmation that was missed is asked for, and told again."""

import asyncio

import jsonschema
import pytest
import yaml
from sample_services.events.bus import LocalBus, bus
from sample_services.orders.again import ADDRESS
from sample_services.web.contract import STORE
from sample_services.web.schemas import FORMATS


class Forgetful(LocalBus):
    """Loses every confirmation, as a broker may that was set up without queues."""

    async def publish(self, event):
        if event.type != "OrderConfirmed":
            await super().publish(event)


def test_a_lost_confirmation_is_told_when_the_order_is_shipped(start):
    forgetful = Forgetful()
    with start("notifications", bus=forgetful) as told, start("orders", bus=forgetful) as orders:
        path = orders.order()
        assert told("GET", "/notifications", params={"order": path[8:]}).json() == {
            "notifications": []
        }
        shipment = {"carrier": "dhl", "trackingCode": "X123"}
        assert orders("PUT", f"{path}/shipment", json=shipment).status_code == 201
        page = told("GET", "/notifications", params={"order": path[8:]}).json()
        assert [each["about"] for each in page["notifications"]] == ["shipped", "confirmed"]


def test_what_is_told_again_is_the_same_event_and_keeps_the_contract(start):
    sent = {}

    class Listening(LocalBus):
        async def publish(self, event):
            sent[event.type] = event.document()

    listening = Listening()
    with start("orders", bus=listening) as orders:
        name = orders.order()[8:]
        again = asyncio.run(listening.ask(ADDRESS, {"order": name}))
        none = asyncio.run(listening.ask(ADDRESS, {"order": "0"}))
    same = ("id", "source", "type", "data")
    assert [again[each] for each in same] == [sent["OrderConfirmed"][each] for each in same]
    api = yaml.safe_load((STORE / "orders/asyncapi/2.2.0.yaml").read_text("utf-8"))
    for answer, message in ((again, "OrderConfirmed"), (none, "NotConfirmed")):
        schema = api["components"]["messages"][message]["payload"]
        whole = {**schema, "components": api["components"]}
        jsonschema.Draft202012Validator(whole, format_checker=FORMATS).validate(answer)


def test_nobody_to_ask_is_no_reason_to_tell_nothing(start):
    with start("notifications") as told:
        data = {"order": "33333333-3333-4333-8333-333333333333", "carrier": "dhl"}
        data |= {"customer": data["order"], "trackingCode": "X123"}
        assert told.event(type="OrderShipped", data=data).status_code == 204
        page = told("GET", "/notifications", params={"order": data["order"]}).json()
        assert [each["about"] for each in page["notifications"]] == ["shipped"]


def test_questions_go_over_a_broker_too(broker):
    async def asked():
        async with bus(broker) as here, bus(broker) as there:

            async def answer(question):
                return {"twice": question["n"] * 2}

            await here.answer("test.doubling", answer)
            found = await asyncio.gather(*(there.ask("test.doubling", {"n": n}) for n in range(5)))
            with pytest.raises(ConnectionError, match="nobody answers at test"):
                await there.ask("test.nowhere", {})
            return [each["twice"] for each in found]

    assert asyncio.run(asked()) == [0, 2, 4, 6, 8]
