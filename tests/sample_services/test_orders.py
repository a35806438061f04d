"""What orders promises, one by one."""

import json
import socket
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

ABSENT = "/orders/00000000-0000-4000-8000-000000000000"


@pytest.fixture
def orders(shop):
    return shop["orders"]


def kind(response):
    return response.status_code, response.json()["type"].rpartition("/")[2]


def tag(orders, path):
    return {"If-Match": orders("GET", path).headers["ETag"]}


def cancel(orders, path, headers, reason="late", **more):
    return orders("PUT", f"{path}/cancellation", headers=headers, json={"reason": reason}, **more)


def patch(orders, path, headers, content):
    headers = {**headers, "Content-Type": "application/merge-patch+json"}
    return orders("PATCH", path, headers=headers, content=content)


def ship(orders, path, **content):
    return orders(
        "PUT", f"{path}/shipment", json={"carrier": "dhl", "trackingCode": "X123", **content}
    )


# Placing


def test_an_order_is_accepted_and_its_monitor_leads_to_it(orders):
    accepted = orders.post_order(note="Mind the dog")
    assert accepted.status_code == 202
    assert accepted.json()["state"] == "running"
    assert accepted.headers["Retry-After"] == "1"
    path = orders.order(note="Mind the dog", to="alice")
    shown = orders("GET", path, to="alice").json()
    assert (shown["status"], shown["note"], shown["total"]) == (
        "confirmed",
        "Mind the dog",
        {"amount": 1780, "currency": "EUR"},
    )


def test_one_key_is_one_order(orders):
    key = "key-" + str(time.time())
    first, second = orders.post_order(key=key), orders.post_order(key=key)
    assert (second.status_code, second.text, second.headers["Location"]) == (
        202,
        first.text,
        first.headers["Location"],
    )
    assert kind(orders.post_order(key=key, note="other")) == (422, "key-reused")
    assert orders.post_order(key=key, to="alice").json()["id"] != first.json()["id"]


def test_a_key_is_needed_and_has_a_length(orders, order):
    assert kind(orders("POST", "/orders", json=order)) == (400, "invalid-request")
    for key in ("short", "x" * 65, ""):
        assert kind(orders("POST", "/orders", json=order, headers={"Idempotency-Key": key})) == (
            400,
            "invalid-request",
        )
    twice = [("Idempotency-Key", "12345678"), ("Idempotency-Key", "12345679")]
    token = orders("GET", "/orders").request.headers["Authorization"]
    response = orders.client.post("/orders", json=order, headers=[*twice, ("Authorization", token)])
    assert kind(response) == (400, "invalid-request")


def test_a_refused_order_leaves_its_key_free(orders):
    key = "key-" + str(time.time())
    assert kind(orders.post_order(key=key, items=[{"sku": "OUT-000", "quantity": 1}])) == (
        409,
        "out-of-stock",
    )
    assert orders.post_order(key=key).status_code == 202


def test_the_same_key_at_once_is_one_order(start):
    with start("inventory") as stock, start("orders", inventory=stock.base) as orders:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: orders.post_order(key="all-at-once"), range(8)))
        assert {each.status_code for each in answers} <= {202, 409}
        assert len({each.headers["Location"] for each in answers if each.status_code == 202}) == 1
        assert len(orders("GET", "/orders").json()["orders"]) == 1


def test_a_reference_is_unique_while_the_order_is_open(orders):
    path = orders.order(reference="office", to="alice")
    assert kind(orders.post_order(reference="office", to="alice")) == (409, "duplicate-reference")
    assert orders.post_order(reference="office", to="bob").status_code == 202
    headers = {"If-Match": orders("GET", path, to="alice").headers["ETag"]}
    assert cancel(orders, path, headers, to="alice").status_code == 200
    assert orders.post_order(reference="office", to="alice").status_code == 202


def test_eight_at_once_with_one_reference_are_one(orders):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: orders.post_order(reference="race"), range(8)))
    assert sorted(each.status_code for each in answers) == [202] + [409] * 7


@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        ({"items": []}, "/items"),
        ({"items": [{"sku": "TEA-100", "quantity": 0}]}, "/items/0/quantity"),
        ({"items": [{"sku": "TEA-100", "quantity": 1.5}]}, "/items/0/quantity"),
        ({"items": [{"sku": "TEA-100", "quantity": "1"}]}, "/items/0/quantity"),
        ({"items": [{"sku": "TEA-100", "quantity": True}]}, "/items/0/quantity"),
        ({"items": [{"sku": "TEA-100", "quantity": 2**63}]}, "/items/0/quantity"),
        ({"items": [{"sku": "TEA-100\n", "quantity": 1}]}, "/items/0/sku"),
        ({"items": [{"sku": "QQQ-999", "quantity": 1}]}, "/items/0/sku"),
        ({"customer": "7b0a1d5e4d7f4f0c9a1e0c5b7e7a1f11"}, "/customer"),
        ({"customer": None}, "/customer"),
        ({"currency": "eur"}, "/currency"),
        ({"note": "x" * 501}, "/note"),
        ({"reference": ""}, "/reference"),
        ({"delivery": {"earliest": "2027-02-30"}}, "/delivery/earliest"),
        ({"delivery": {"earliest": "20270201"}}, "/delivery/earliest"),
        ({"delivery": {"earliest": "2027-02-02", "latest": "2027-02-01"}}, "/delivery/latest"),
    ],
)
def test_what_breaks_a_rule_is_422_at_its_place(orders, content, pointer):
    response = orders.post_order(**content)
    assert kind(response) == (422, "invalid-request")
    assert [each["pointer"] for each in response.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    "content",
    [
        {"items": [{"sku": "TEA-100", "quantity": 2.0}]},
        {"note": "\0 and \U0001f375 and \u202e"},
        {"note": ""},
        {"unknown": {"deep": [[[1]]]}},
        {"reference": "'; DROP TABLE orders; --"},
        {"delivery": {}},
    ],
    ids=["integral", "odd characters", "empty", "unknown members", "quotes", "no dates"],
)
def test_odd_but_right_is_taken(orders, content):
    shown = orders("GET", orders.order(**content)).json()
    for name in {"note", "reference", "delivery"} & content.keys():
        assert shown[name] == content[name]


def test_numbers_beyond_counting_are_ignored_where_nobody_counts(orders, order):
    content = json.dumps(order)[:-1] + f', "unknown": [1e400, -0, {"9" * 5000}]}}'
    for _ in range(2):
        headers = {"Idempotency-Key": "far-beyond", "Content-Type": "application/json"}
        assert orders("POST", "/orders", headers=headers, content=content).status_code == 202


def test_out_of_stock_is_409_and_nothing_is_there(orders):
    before = orders("GET", "/orders", to="bob").json()
    assert kind(orders.post_order(items=[{"sku": "OUT-000", "quantity": 1}], to="bob")) == (
        409,
        "out-of-stock",
    )
    assert orders("GET", "/orders", to="bob").json() == before


# Reading


def test_pages_go_to_the_end_and_no_further(start):
    with start("inventory") as stock, start("orders", inventory=stock.base) as orders:
        placed = [orders.order() for _ in range(5)]
        seen, cursor = [], None
        while True:
            query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = orders("GET", "/orders", params=query).json()
            seen += [f"/orders/{each['id']}" for each in page["orders"]]
            cursor = page.get("next")
            if cursor is None:
                break
        assert seen == placed[::-1]
        assert orders("GET", "/orders", params={"status": "shipped"}).json() == {"orders": []}
        assert orders("GET", "/orders", params={"placedTo": "2020-01-01T00:00:00Z"}).json() == {
            "orders": []
        }
        later = {"placedFrom": "2020-01-01T00:00:60.1234567+02:00"}
        assert len(orders("GET", "/orders", params=later).json()["orders"]) == 5


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "x"},
        {"cursor": ""},
        {"cursor": "cm93IC0x"},
        {"cursor": "é"},
        {"status": "lost"},
        {"placedFrom": "yesterday"},
        {"placedFrom": "2027-01-02T00:00:00Z", "placedTo": "2027-01-01T00:00:00Z"},
        {"placedTo": "2027-13-01T00:00:00Z"},
    ],
)
def test_a_query_that_makes_no_sense_is_400(orders, query):
    assert kind(orders("GET", "/orders", params=query)) == (400, "invalid-request")


def test_orders_of_others_are_not_there_but_for_the_staff(orders):
    path = orders.order(to="alice")
    assert orders("GET", path, to="alice").status_code == 200
    assert orders("GET", path, to="staff").status_code == 200
    hidden, absent = orders("GET", path, to="bob"), orders("GET", ABSENT, to="bob")
    assert (hidden.status_code, hidden.text) == (404, absent.text)
    assert cancel(orders, path, {"If-Match": "*"}, to="bob").status_code == 404
    monitor = orders.order(to="alice", wait=False)
    assert orders("GET", monitor, to="bob").status_code == 404


def test_an_order_is_304_while_it_is_the_same(orders):
    path = orders.order()
    etag = orders("GET", path).headers["ETag"]
    assert etag.startswith('"')
    for given in (etag, f"W/{etag}", f'"x", {etag}', "*", f'W/"y" , {etag},'):
        for method in ("GET", "HEAD"):
            same = orders(method, path, headers={"If-None-Match": given})
            assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", etag)
            assert "Content-Type" not in same.headers
    for given in ('"x"', "", "x", etag.strip('"')):
        assert orders("GET", path, headers={"If-None-Match": given}).status_code == 200
    assert orders("GET", path, headers={"If-Match": '"x"'}).status_code == 412
    assert orders("GET", path, headers={"If-Match": etag}).status_code == 200


# Changing


def test_a_merge_patch_changes_what_it_names(orders):
    path = orders.order(
        note="a", reference="patch-1", delivery={"earliest": "2027-01-01", "latest": "2027-01-09"}
    )
    before = tag(orders, path)
    changed = patch(orders, path, before, '{"note": "b", "delivery": {"earliest": null}}')
    shown = changed.json()
    assert (shown["note"], shown["reference"], shown["delivery"]) == (
        "b",
        "patch-1",
        {"latest": "2027-01-09"},
    )
    assert changed.headers["ETag"] != before["If-Match"]
    assert tag(orders, path)["If-Match"] == changed.headers["ETag"]
    assert "note" not in patch(orders, path, tag(orders, path), '{"note": null}').json()
    assert kind(patch(orders, path, before, '{"note": "c"}')) == (412, "changed")
    assert orders("GET", path).headers["ETag"] == orders("GET", path).headers["ETag"]


def test_a_patch_that_breaks_a_rule_changes_nothing(orders):
    orders.order(reference="taken")
    path = orders.order(note="a", delivery={"latest": "2027-01-09"})
    before = orders("GET", path).text
    headers = tag(orders, path)
    assert patch(orders, path, headers, '{"status": "shipped"}').status_code == 422
    assert patch(orders, path, headers, "{}").status_code == 422
    assert (
        patch(
            orders, path, headers, '{"note": "b", "delivery": {"earliest": "2027-02-01"}}'
        ).status_code
        == 422
    )
    assert kind(patch(orders, path, headers, '{"note": "b", "reference": "taken"}')) == (
        409,
        "duplicate-reference",
    )
    assert orders("PATCH", path, headers=headers, json={"note": "b"}).status_code == 415
    assert orders("GET", path).text == before


def test_a_write_without_a_condition_is_428(orders):
    path = orders.order()
    assert kind(cancel(orders, path, {})) == (428, "changed")
    assert kind(patch(orders, path, {}, '{"note": "x"}')) == (428, "changed")
    assert orders("GET", path).json()["status"] == "confirmed"


def test_a_weak_tag_is_no_condition_for_a_write(orders):
    path = orders.order()
    assert (
        cancel(orders, path, {"If-Match": "W/" + tag(orders, path)["If-Match"]}).status_code == 412
    )
    assert cancel(orders, path, {"If-Match": "x"}).status_code == 412
    assert (
        cancel(orders, path, {"If-Match": f'"y", {tag(orders, path)["If-Match"]}'}).status_code
        == 200
    )


def test_existence_comes_before_conditions_and_they_before_content(orders):
    path = orders.order()
    assert cancel(orders, ABSENT, {}, reason="bad").status_code == 404
    assert cancel(orders, path, {}, reason="bad").status_code == 428
    assert cancel(orders, path, {"If-Match": '"x"'}, reason="bad").status_code == 412
    assert cancel(orders, path, {"If-Match": "*"}, reason="bad").status_code == 422


def test_eight_at_once_with_one_tag_change_it_once(orders):
    path = orders.order()
    headers = tag(orders, path)
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda n: patch(orders, path, headers, f'{{"note": "{n}"}}'), range(8))
        )
    assert sorted(each.status_code for each in answers) == [200] + [412] * 7


# States


def test_cancelling_gives_the_items_back_and_can_be_repeated(shop, orders):
    stock = lambda: shop["inventory"]("GET", "/items/CUP-200/stock").json()["reserved"]  # noqa: E731
    before = stock()
    path = orders.order(items=[{"sku": "CUP-200", "quantity": 7}])
    assert stock() == before + 7
    first = cancel(orders, path, tag(orders, path))
    assert first.json()["status"] == "cancelled"
    assert stock() == before
    again = cancel(orders, path, {"If-Match": first.headers["ETag"]}, reason="other")
    assert (again.status_code, again.text) == (200, first.text)


def test_an_order_goes_its_way_and_no_other(orders):
    path = orders.order()
    assert orders("GET", f"{path}/shipment").status_code == 404
    made = ship(orders, path)
    assert (made.status_code, made.headers["Location"]) == (201, f"/v2{path}/shipment")
    again = ship(orders, path)
    assert (again.status_code, again.text, again.headers["ETag"]) == (
        200,
        made.text,
        made.headers["ETag"],
    )
    assert orders("GET", path).json()["status"] == "shipped"
    assert kind(cancel(orders, path, {"If-Match": "*"})) == (409, "not-cancellable")
    assert kind(patch(orders, path, {"If-Match": "*"}, '{"note": "x"}')) == (409, "not-changeable")
    assert ship(orders, path, delivered=True).json()["delivered"] is True
    assert orders("GET", path).json()["status"] == "delivered"
    assert kind(ship(orders, path)) == (409, "not-shippable")
    gone = orders.order()
    cancel(orders, gone, {"If-Match": "*"})
    assert kind(ship(orders, gone)) == (409, "not-shippable")


def test_only_the_staff_ships(orders):
    path = orders.order(to="alice")
    response = orders(
        "PUT", f"{path}/shipment", to="alice", json={"carrier": "dhl", "trackingCode": "X123"}
    )
    assert kind(response) == (403, "forbidden")
    assert 'error="insufficient_scope", scope="orders:ship"' in response.headers["WWW-Authenticate"]
    assert orders("GET", f"{path}/shipment").status_code == 404


def test_a_get_on_an_action_does_nothing(orders):
    path = orders.order()
    response = orders("GET", f"{path}/cancellation")
    assert (response.status_code, response.headers["Allow"]) == (405, "OPTIONS, PUT")
    assert orders("GET", path).json()["status"] == "confirmed"


def test_two_warehouses_are_one_order(orders):
    path = orders.order(
        items=[{"sku": "TEA-100", "quantity": 1}, {"sku": "POT-310", "quantity": 1}]
    )
    assert orders("GET", path).json()["total"]["amount"] == 890 + 6900
    assert ship(orders, path).status_code == 201


# Neighbours that fail


class Neighbour:
    """A listener that answers every connection with the same bytes, and counts."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.base = f"http://127.0.0.1:{self.listener.getsockname()[1]}/v2"
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        held = []
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                for each in held:
                    each.close()
                return
            self.asked += 1
            if self.answer is None:
                held.append(connection)
                continue
            with connection, suppress(OSError):
                connection.recv(65536)
                connection.sendall(self.answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def http(status, content, media="application/json", **headers):
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {media}", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "Connection: close", "", content]).encode()


WRONG = {
    "hangs up": b"",
    "no HTTP": b"\x16\x03\x01\x00",
    "500": http(500, "{}"),
    "401": http(401, "{}", WWW_Authenticate="Bearer"),
    "403": http(403, "{}"),
    "404": http(404, "{}"),
    "redirect": http(302, "", Location="http://127.0.0.1:1/"),
    "HTML": http(200, "<html>", "text/html"),
    "no content": http(200, ""),
    "cut short": http(200, "[]").replace(b"Length: 2", b"Length: 9"),
    "null": http(200, "null"),
    "NaN": http(200, '[{"sku":"TEA-100","warehouse":"berlin","onHand":NaN,"reserved":0}]'),
    "other members": http(200, '[{"sku":"TEA-100","depot":"berlin","onHand":9}]'),
    "text for a number": http(
        200, '[{"sku":"TEA-100","warehouse":"berlin","onHand":"9","reserved":0}]'
    ),
    "endless": http(200, "[" * 2_000_000),
    "deep": http(200, "[" * 500_000),
}


@pytest.mark.parametrize("answer", WRONG.values(), ids=WRONG.keys())
def test_whatever_the_inventory_says_clients_get_503(start, answer):
    with Neighbour(answer) as stock, start("orders", inventory=stock.base) as orders:
        response = orders.post_order()
        assert kind(response) == (503, "unavailable")
        assert int(response.headers["Retry-After"]) >= 1
        assert "127.0.0.1" not in response.text
        assert "WWW-Authenticate" not in response.headers
        assert orders("GET", "/orders").json() == {"orders": []}


def test_without_its_neighbour_it_is_alive_and_not_ready(start):
    with Neighbour(b"") as stock, start("orders", inventory=stock.base) as orders:
        ready = orders("GET", "/health/ready", to=None)
        assert (kind(ready), "Retry-After" in ready.headers) == ((503, "unavailable"), True)
        assert orders("GET", "/health/live", to=None).status_code == 200


def test_a_busy_inventory_says_when_to_come_back(start):
    with (
        Neighbour(http(503, "{}", Retry_After=30)) as stock,
        start("orders", inventory=stock.base) as orders,
    ):
        assert orders.post_order().headers["Retry-After"] == "30"


def test_a_silent_inventory_is_504_in_time(start):
    with Neighbour(None) as stock, start("orders", inventory=stock.base, deadline=0.1) as orders:
        assert kind(orders.post_order()) == (504, "timeout")


def test_a_neighbour_that_failed_often_is_left_alone(start):
    with Neighbour(http(500, "{}")) as stock, start("orders", inventory=stock.base) as orders:
        for _ in range(5):
            orders.post_order()
        asked = stock.asked
        assert kind(orders.post_order()) == (503, "unavailable")
        assert stock.asked == asked == 15


def test_after_a_failure_the_same_key_works(start):
    with start("inventory") as stock, start("inventory", secret="other") as closed:
        with start("orders", inventory=closed.base) as orders:
            assert orders.post_order(key="try-again").status_code == 503
            # The neighbour comes back at another address only in tests.
            assert orders.post_order(key="try-again").status_code == 503
        with start("orders", inventory=stock.base) as orders:
            assert orders.post_order(key="try-again").status_code == 202


def test_a_cancellation_that_fails_changes_nothing(start, tmp_path):
    file = str(tmp_path / "orders.db")
    with (
        start("inventory") as stock,
        start("orders", inventory=stock.base, database=file) as orders,
    ):
        path = orders.order()
    with Neighbour(b"") as silent, start("orders", inventory=silent.base, database=file) as orders:
        before = orders("GET", path)
        assert kind(cancel(orders, path, {"If-Match": before.headers["ETag"]})) == (
            503,
            "unavailable",
        )
        assert kind(ship(orders, path)) == (503, "unavailable")
        assert orders("GET", path).text == before.text


def test_a_monitor_tells_of_an_order_that_failed(start):
    levels = '[{"sku":"TEA-100","warehouse":"berlin","onHand":9,"reserved":0}]'
    with (
        Neighbour(http(200, levels)) as stock,
        start("orders", inventory=stock.base, delay=0) as orders,
    ):
        stock.answer = http(200, levels)
        monitor = orders.order(wait=False)
        stock.answer = http(200, "[]")
        for _ in range(300):
            seen = orders("GET", monitor)
            if seen.json()["state"] == "failed":
                break
            time.sleep(0.02)
        assert seen.json()["problem"]["type"].endswith(("/out-of-stock", "/unavailable"))
        assert "Retry-After" not in seen.headers
        assert orders("GET", "/orders").json()["orders"][0]["status"] == "cancelled"


def test_a_pending_order_is_taken_up_after_a_restart(start, tmp_path):
    file = str(tmp_path / "orders.db")
    with start("inventory") as stock:
        with start("orders", inventory=stock.base, database=file, delay=60) as orders:
            monitor = orders.order(wait=False)
            time.sleep(0.05)
        with start("orders", inventory=stock.base, database=file, delay=0) as orders:
            for _ in range(200):
                if orders("GET", monitor).status_code == 303:
                    break
                time.sleep(0.01)
            assert orders("GET", "/orders").json()["orders"][0]["status"] == "confirmed"


def test_a_locked_database_is_503(start, tmp_path):
    file = str(tmp_path / "orders.db")
    with (
        start("inventory") as stock,
        start("orders", inventory=stock.base, database=file) as orders,
    ):
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        response = orders("GET", "/orders")
        assert kind(response) == (503, "unavailable")
        assert int(response.headers["Retry-After"]) >= 1
        other.execute("ROLLBACK")
        other.close()
        assert orders("GET", "/orders").status_code == 200
