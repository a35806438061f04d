"""The messages of orders as pacts ask for them: made by what makes them when it runs."""

from sample_services.orders.placing import Placing
from sample_services.orders.store import Store

from apicheck.pact.hooks import Message, message, state

CONTENT = {
    "customer": "7b0a1d5e-4d7f-4f0c-9a1e-0c5b7e7a1f11",
    "items": [{"sku": "TEA-100", "quantity": 2}],
    "total": {"amount": 999, "currency": "CHF"},
}
CONFIRMED = {}


class Bus:
    async def publish(self, event):
        CONFIRMED[event.type] = event.document()


@state("the order is confirmed")
async def order():
    store = Store(":memory:")
    placed, _ = store.place("web", CONTENT)
    await Placing(store, None, Bus())._confirmed(placed)
    store.database.close()


@message("an order is confirmed")
async def confirmed():
    await order()
    return CONFIRMED["OrderConfirmed"], {"type": "OrderConfirmed"}


def the_confirmation_of_an_order_asked_for_again(request):
    return Message(content=CONFIRMED[request["type"]])
