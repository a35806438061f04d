"""The messages of orders as pacts ask for them: made by what makes them when it runs."""

from dataclasses import replace

from sample_services.orders.again import answerer
from sample_services.orders.placing import Placing
from sample_services.orders.states import Status
from sample_services.orders.store import Store

from apicheck.pact.hooks import Message, message, state

CONTENT = {
    "customer": "7b0a1d5e-4d7f-4f0c-9a1e-0c5b7e7a1f11",
    "items": [{"sku": "TEA-100", "quantity": 2}],
    "total": {"amount": 999, "currency": "CHF"},
}
PLACED = {}


class Bus:
    async def publish(self, event):
        PLACED[event.type] = event.document()


class Known(Store):
    """Knows the one order that was placed by every name: pacts have names of their own."""

    def order(self, name):
        assert name
        return replace(PLACED["order"], status=Status.CONFIRMED)


@state("the order is confirmed")
async def order():
    store = Store(":memory:")
    PLACED["order"], _ = store.place("web", CONTENT)
    await Placing(store, None, Bus())._confirmed(PLACED["order"])
    store.database.close()


@message("an order is confirmed")
async def confirmed():
    await order()
    return PLACED["OrderConfirmed"], {"type": "OrderConfirmed"}


async def the_confirmation_of_an_order_asked_for_again(request):
    store = Known(":memory:")
    try:
        return Message(content=await answerer(store)(request))
    finally:
        store.database.close()
