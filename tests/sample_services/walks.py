"""A walk through all operations of a service, to be held beside that of another one."""

import re
import time

from tests.sample_services.asking import (
    ABSENT,
    FIRST,
    cancel,
    copy,
    count,
    merge,
    ship,
)
from tests.sample_services.probes_orders import ORDER


def walk_orders(s):
    """Yields what was asked for (the operation, or nothing) and the answer."""
    placed = s.post_order(note="a", reference="walk")
    yield "createOrder", placed
    yield "createOrder", s.post_order(items=[])
    yield "createOrder", s("POST", "/orders", json=ORDER)
    for _ in range(100):
        page = s("GET", "/orders")
        if '"confirmed"' in page.text:
            break
        time.sleep(0.01)
    yield "listOrders", page
    yield "listOrders", s("GET", "/orders?limit=0")
    path = f"/orders/{page.json()['orders'][-1]['id']}"
    yield "getMonitor", s("GET", f"/monitors/{placed.json().get('id', ABSENT)}")
    yield "getMonitor", s("GET", f"/monitors/{ABSENT}")
    yield "getOrder", s("GET", path)
    yield "getOrder", s("GET", path, headers={"If-None-Match": "*"})
    yield "getOrder", s("GET", f"/orders/{ABSENT}")
    yield "changeOrder", merge(s, path, {"reference": "other"})
    yield "changeOrder", merge(s, path, {}, If_Match="")
    yield "shipOrder", ship(s, path, to="alice")
    yield "cancelOrder", cancel(s, f"/orders/{ABSENT}")
    yield "shipOrder", ship(s, path)
    yield "shipOrder", ship(s, path)
    yield "getShipment", s("GET", f"{path}/shipment")
    yield "cancelOrder", cancel(s, path)
    yield from walk_anywhere(s, "/orders")


def walk_inventory(s):
    """The same for the inventory."""
    item = {"sku": "WLK-100", "name": "Tin", "weight": 2}
    yield "listItems", s("GET", "/items", params={"q": "assam"})
    yield "createItem", s("POST", "/items", json=item)
    yield "createItem", s("POST", "/items", json=item)
    yield "createItem", s("POST", "/items", json={})
    yield "getItem", s("GET", "/items/WLK-100")
    yield "getItem", s("GET", "/items/WLK-999")
    yield "putItem", s("PUT", "/items/WLK-200", json={"name": "Box"})
    yield "putItem", s("PUT", "/items/WLK-200", json={"name": "Bin"})
    yield "changeItem", merge(s, "/items/WLK-100", {"name": "Can"})
    yield "changeItem", merge(s, "/items/WLK-999", {"name": "Can"})
    yield "getStock", s("GET", "/items/WLK-100/stock")
    yield "setStock", count(s, "/items/WLK-100", 9)
    yield "setStock", count(s, "/items/WLK-100", 9, None)
    yield "queryStockLevels", s("POST", "/stock-levels/query", json={"skus": ["WLK-100"]})
    held = s.post_reservation(lines=[{"sku": "WLK-100", "quantity": 1}])
    path = f"/reservations/{held.json()['id']}"
    yield "createReservation", held
    yield "createReservation", s("POST", "/reservations", json={})
    yield "getReservation", s("GET", path)
    yield "deleteItem", s("DELETE", "/items/WLK-100")
    yield "settleReservation", s("PUT", f"{path}/state", json={"state": "shipped"})
    yield "releaseReservation", s("DELETE", path)
    yield "deleteItem", s("DELETE", "/items/WLK-200")
    yield "deleteItem", s("DELETE", "/items/WLK-999")
    yield from walk_anywhere(s, "/items")


def walk_notifications(s):
    """The same for notifications."""
    yield "listNotifications", s("GET", "/notifications")
    yield "listNotifications", s("GET", "/notifications?cursor=x")
    yield "getNotification", s("GET", FIRST)
    yield "getNotification", s("GET", f"/notifications/{ABSENT}")
    yield "sendCopy", copy(s)
    yield "sendCopy", s("POST", f"{FIRST}/copies", json={})
    yield "deliverEvent", s.event(id="walk")
    yield "deliverEvent", s.event(id="walk", type="Other")
    yield "deliverEvent", s.event(data={})
    yield from walk_anywhere(s, "/notifications")


def walk_anywhere(s, path):
    """What all services have."""
    listed = {"/orders": "listOrders", "/items": "listItems", "/notifications": "listNotifications"}
    yield listed[path], s("GET", path, to=None)
    yield "isLive", s("GET", "/health/live", to=None)
    yield "isReady", s("GET", "/health/ready", to=None)
    yield "", s("DELETE", path)
    yield "", s("GET", "/nowhere")
    yield "", s("OPTIONS", path)


WALKS = {"orders": walk_orders, "inventory": walk_inventory, "notifications": walk_notifications}
#: What differs between two runs of the same service.
VOLATILE = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[0-9:.]+Z|[0-9a-f]{20}|^date: .*$",
    re.MULTILINE,
)


def seen(service):
    """The answers on a walk, without what differs each time."""
    for operation, response in WALKS[service.name](service):
        told = "\n".join(f"{name}: {value}" for name, value in sorted(response.headers.items()))
        shown = f"{response.status_code}\n{told}\n{response.text}"
        yield operation, VOLATILE.sub("…", shown)
