"""Each fault changes what a client sees, against its clean twin, and nothing else.

`PROBES` has for each fault a question to the service and the answer of the clean twin.
"""

import json
import re
import socket
import threading
import time
import tomllib
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sample_services.inventory import faults as inventory
from sample_services.notifications import faults as notifications
from sample_services.orders import faults as orders

HERE = Path(__file__).parents[2] / "sample_services"
FAULTS = {each["name"]: each for each in tomllib.loads((HERE / "faults.toml").read_text())["fault"]}
IMPLEMENTED = {**orders.FAULTS, **inventory.FAULTS, **notifications.FAULTS}

ABSENT = "00000000-0000-4000-8000-000000000000"
FIRST = "/notifications/c9a1f0a2-2f5b-4a57-9a53-8a8f6a1c7e01"
NEW = {"Idempotency-Key": "made-for-this"}


def fresh():
    return {"Idempotency-Key": str(uuid.uuid4())}


def sku():
    return f"QZZ-{uuid.uuid4().int % 10**6:06}"


def status(method, path, **more):
    """A question for a status only."""
    return lambda s: s(method, path, **more).status_code


def header(name, method, path, **more):
    """A question for one header, or None."""
    return lambda s: s(method, path, **more).headers.get(name)


def media(response):
    return response.headers.get("Content-Type", "").partition(";")[0]


def merge(s, path, content, **headers):
    given = {"Content-Type": "application/merge-patch+json", "If-Match": "*"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return s(
        "PATCH",
        path,
        headers={k: v for k, v in given.items() if v},
        json=None,
        content=json.dumps(content),
    )


def cancel(s, path, match="*", **more):
    headers = {} if match is None else {"If-Match": match}
    return s("PUT", f"{path}/cancellation", headers=headers, json={"reason": "late"}, **more)


def ship(s, path, **more):
    content = {"carrier": "dhl", "trackingCode": "X123"}
    return s("PUT", f"{path}/shipment", json=content, **more)


def tag(s, path):
    return s("GET", path).headers["ETag"]


def count(s, path, number, match="*"):
    headers = {} if match is None else {"If-Match": match}
    return s("PUT", f"{path}/stock", headers=headers, json={"onHand": number})


def at_once(ask, times):
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(ask, range(times)))


# Questions that take more than a line: each is given the service


def order_with(**content):
    return lambda s: s.post_order(**content).status_code


def any_type(s):
    headers = {**fresh(), "Content-Type": "text/plain"}
    return s("POST", "/orders", headers=headers, content=json.dumps(ORDER)).status_code


ORDER = {"customer": ABSENT, "items": [{"sku": "TEA-100", "quantity": 1}], "currency": "EUR"}


def broken_order(s):
    headers = {**fresh(), "Content-Type": "application/json"}
    return s("POST", "/orders", headers=headers, content=b'{"customer": ').status_code


def error_places(s):
    return "errors" in s.post_order(items=[]).json()


def refused_listed(s):
    before = len(s("GET", "/orders", to="bob").json()["orders"])
    s.post_order(to="bob", items=[{"sku": "OUT-000", "quantity": 1}])
    return len(s("GET", "/orders", to="bob").json()["orders"]) - before


def stale_patch(s):
    path = s.order(note="before")
    answer = merge(s, path, {"note": "after"}, If_Match='"stale"').status_code
    return answer, s("GET", path).json()["note"]


def patched(s):
    path = s.order(note="a", reference=str(uuid.uuid4()))
    return sorted(merge(s, path, {"note": "b"}).json().keys() & {"note", "reference"})


def nulled(s):
    path = s.order(note="a")
    return "note" in merge(s, path, {"note": None}).json()


def get_cancellation(s):
    path = s.order()
    return s("GET", f"{path}/cancellation").status_code, s("GET", path).json()["status"]


def read_twice(s):
    path = s.order()
    return s("GET", path).text == s("GET", path).text


def same_reference(s):
    name = str(uuid.uuid4())
    return [s.post_order(reference=name).status_code for _ in range(2)]


def cancel_shipped(s):
    path = s.order()
    ship(s, path)
    return cancel(s, path).status_code


def ship_cancelled(s):
    path = s.order()
    cancel(s, path)
    return ship(s, path).status_code


def ship_twice(s):
    path = s.order()
    return [ship(s, path).status_code for _ in range(2)]


def replay(s):
    key = str(uuid.uuid4())
    first, second = s.post_order(key=key), s.post_order(key=key)
    return second.status_code, second.text == first.text


def mismatch(s):
    key = str(uuid.uuid4())
    return [s.post_order(key=key, note=note).status_code for note in ("a", "b")]


def in_flight(s):
    key = str(uuid.uuid4())
    answers = at_once(lambda _: s.post_order(key=key), 8)
    return len({each.headers["Location"] for each in answers if each.status_code == 202})


def monitor_of(s):
    monitor = s.order(wait=False)
    for _ in range(40):
        seen = s("GET", monitor)
        if seen.status_code == 303:
            break
        time.sleep(0.01)
    return s, seen


def monitor_ends(s):
    return monitor_of(s)[1].status_code


def monitor_leads(s):
    place = monitor_of(s)[1].headers.get("Location")
    return place and s("GET", place.removeprefix("/v2")).status_code


def monitor_running(s):
    with_delay = s.order(wait=False)
    return s("GET", with_delay).status_code


def last_page(s):
    s.order(to="bob")
    page, seen = s("GET", "/orders", to="bob", params={"limit": 100}).json(), 1
    while "next" in page and seen < 5:
        page, seen = (
            s("GET", "/orders", to="bob", params={"limit": 100, "cursor": page["next"]}).json(),
            seen + 1,
        )
    return "next" in page


def amount(s):
    return type(s("GET", s.order()).json()["total"]["amount"]).__name__


def not_modified(s):
    path = s.order()
    etag = tag(s, path)
    return [s("GET", path, headers={"If-None-Match": each}).status_code for each in (etag, '"x"')]


def stale_write(s):
    return merge(s, s.order(), {"note": "x"}, If_Match='"stale"').status_code


def stale_cancel(s):
    return cancel(s, s.order(), '"stale"').status_code


def bare_cancel(s):
    return cancel(s, s.order(), None).status_code


def tag_changes(s):
    path = s.order(note="a")
    before = tag(s, path)
    merge(s, path, {"note": "b"})
    return tag(s, path) == before


def forged(s):
    return [s("GET", "/orders", to=each).status_code for each in ("forged", "expired")]


def ship_as_alice(s):
    answer = ship(s, s.order(to="alice"), to="alice")
    return answer.status_code, "insufficient_scope" in answer.headers.get("WWW-Authenticate", "")


def foreign(s):
    return s("GET", s.order(to="alice"), to="bob").status_code


def invalid_and_nobody(s):
    return s("POST", "/orders", to=None, json={}).status_code


def titles(s):
    return len({s("GET", f"/orders/{ABSENT[:-1]}{n}").json()["title"] for n in range(3)})


def shipped_patch(s):
    path = s.order()
    ship(s, path)
    return merge(s, path, {"note": "x"}).status_code


# Neighbours of orders that fail


def unavailable(s):
    answer = s.post_order()
    told = answer.json().get("detail", "")
    return answer.status_code, answer.headers.get("Retry-After"), "127.0.0.1" in told


def late(s):
    return s.post_order().status_code


def key_after_failure(s):
    """With a neighbour that is there again for the second try."""
    key = str(uuid.uuid4())
    first = s.post_order(key=key).status_code
    s.gate.shut("open")
    return first, s.post_order(key=key).status_code


def half_cancelled(s):
    path = s.order()
    s.gate.shut("down")
    answer = cancel(s, path).status_code
    return answer, s("GET", path).json()["status"]


# Inventory


def allowed(s):
    return {"GET", "PUT", "PATCH", "DELETE"} <= set(
        s("POST", "/items/TEA-100").headers["Allow"].split(", ")
    )


def broken_items(s):
    headers = {"Content-Type": "application/json"}
    return s("POST", "/items", headers=headers, content=b"[" * 100_000).status_code


def coded(s):
    headers = {"Content-Encoding": "x-none"}
    return s("POST", "/items", headers=headers, json={"sku": sku(), "name": "Tin"}).status_code


def typed(s):
    headers = {"Content-Type": "text/xml"}
    return s("POST", "/items", headers=headers, content=b"<x/>").status_code


def deleted(s):
    path = s.item()
    return s("DELETE", path).status_code, s("GET", path).status_code


def deleted_twice(s):
    path = s.item()
    return [s("DELETE", path).status_code for _ in range(2)]


def deleted_listed(s):
    path = s.item()
    s("DELETE", path)
    return path[7:] in s("GET", "/items", params={"limit": 500}).text


def created(s):
    made = s("POST", "/items", json={"sku": sku(), "name": "Tin"})
    place = made.headers.get("Location", "/none").removeprefix("/v2")
    return made.status_code, s("GET", place).status_code


def reserved(s):
    made = s.post_reservation()
    return made.status_code, "Location" in made.headers


def refused_item(s):
    name = sku()
    s("POST", "/items", json={"sku": name, "name": "Tin", "weight": -1})
    return s("GET", f"/items/{name}").status_code


def refused_count(s):
    path = s.item()
    answer = count(s, path, 9, '"stale"').status_code
    return answer, s("GET", f"{path}/stock").json()["onHand"]


def counted_twice(s):
    path = s.item()
    return [count(s, path, 5).json()["onHand"] for _ in range(2)]


def replaced(s):
    path = s.item(weight=2)
    return s("PUT", path, json={"name": "Box"}).json()["weight"]


def put_twice(s):
    name = sku()
    return [s("PUT", f"/items/{name}", json={"name": "Box"}).status_code for _ in range(2)]


def patched_item(s):
    return merge(s, s.item(weight=2), {"name": "Box"}).json()["weight"]


def same_sku(s):
    path = s.item(name="First")
    again = s("POST", "/items", json={"sku": path[7:], "name": "Second"}).status_code
    return again, s("GET", path).json()["name"]


def release_shipped(s):
    path = s.reservation()
    s("PUT", f"{path}/state", json={"state": "shipped"})
    return s("DELETE", path).status_code


def race_made(s):
    name = sku()
    make = lambda n: s("POST", "/items", json={"sku": name, "name": str(n)}).status_code  # noqa: E731
    return sorted(at_once(make, 6))


def race_counted(s):
    path = s.item()
    seen = tag(s, f"{path}/stock")
    return sorted(at_once(lambda n: count(s, path, n + 1, seen).status_code, 6))


def reserved_again(s):
    key = str(uuid.uuid4())
    return [s.post_reservation(key=key, holdFor=each).status_code for each in (60, 61)]


def reserved_replay(s):
    key = str(uuid.uuid4())
    first, second = (s.post_reservation(key=key) for _ in range(2))
    return second.headers.get("Location") == first.headers["Location"]


def item_conflict(s):
    return s("POST", "/items", json={"sku": "TEA-100", "name": "x"})


def in_use(s):
    path = s.item()
    count(s, path, 5)
    s.reservation(lines=[{"sku": path[7:], "quantity": 1}])
    return s("DELETE", path).status_code


def released(s):
    return s("DELETE", s.reservation())


def range_bytes(s):
    whole = s("GET", "/items").content
    part = s("GET", "/items", headers={"Range": "bytes=2-9"})
    return part.content == (whole[2:10] if part.status_code == 206 else whole)


def range_beyond(s):
    answer = s("GET", "/items", headers={"Range": "bytes=999999-"})
    return answer.status_code, answer.headers.get("Content-Range")


def put_same(s):
    path = s.item()
    content = {"name": "Box"}
    return [s("PUT", path, json=content).status_code for _ in range(2)]


def tags_of_item(s):
    path = s.item()
    return tag(s, path) == tag(s, path)


def weakly(s):
    path = s.item()
    etag = tag(s, path)
    return [
        s("GET", path, headers={"If-None-Match": each}).status_code
        for each in (f"W/{etag}", f'"x", {etag}')
    ]


def star(s):
    path = s.item(name="First")
    answer = s("PUT", path, headers={"If-None-Match": "*"}, json={"name": "Second"}).status_code
    return answer, s("GET", path).json()["name"]


def item_404(s):
    answer = s("GET", "/items/QQQ-000", headers={"Accept": "text/html, */*"})
    return answer.status_code, media(answer)


def big(s):
    return count(s, s.item(), 2**63).status_code


def unknown_sku(s):
    return s.post_reservation(lines=[{"sku": "QQQ-000", "quantity": 1}]).status_code


def weightless(s):
    return s("GET", s.item()).json()["weight"]


# Notifications


def delete_allowed(s):
    listed = s("DELETE", FIRST).headers["Allow"].split(", ")
    return [s(each, FIRST).status_code for each in listed if each not in {"GET", "HEAD", "OPTIONS"}]


def options(s):
    listed = s("OPTIONS", FIRST).headers["Allow"].split(", ")
    return {s(each, FIRST).status_code for each in listed} & {405, 501}


def traced(s):
    found, answer = s.lines("TRACE", "/v1/notifications", "X-Secret: hush")
    return found, b"hush" in answer


def typeless(s):
    return s("POST", "/events", content=b"{}").status_code


def twice_named(s):
    headers = {"Content-Type": "application/json"}
    return s("POST", "/events", headers=headers, content=b'{"id": "a", "id": "b"}').status_code


def tag_and_date(s):
    date = s("GET", FIRST).headers["Last-Modified"]
    headers = {"If-None-Match": '"other"', "If-Modified-Since": date}
    return s("GET", FIRST, headers=headers).status_code


def date_only(s):
    date = s("GET", FIRST).headers["Last-Modified"]
    return s("GET", FIRST, headers={"If-Modified-Since": date}).status_code


def tagged_304(s):
    return "ETag" in s("GET", FIRST, headers={"If-None-Match": "*"}).headers


def copy(s, to="alice"):
    return s("POST", f"{FIRST}/copies", to=to, json={"channel": "sms"})


def burst(s):
    """What the sixth in a row gets, on a fresh limit, and what somebody else gets then."""
    answers = [copy(s) for _ in range(6)]
    last = answers[-1]
    wait = last.headers.get("Retry-After", "")
    return last.status_code, wait.isdecimal() and int(wait) > 0, copy(s, "bob").status_code


def after_the_wait(s):
    for _ in range(5):
        copy(s, "staff")
    slowed = copy(s, "staff")
    time.sleep(int(slowed.headers["Retry-After"]))
    return copy(s, "staff").status_code


def told(s):
    name = str(uuid.uuid4())
    data = {"order": name, "customer": name, "reason": "late"}
    for _ in range(2):
        s.event(id=name, data=data)
    return len(s("GET", "/notifications", params={"order": name}).json()["notifications"])


def differing(s):
    name = str(uuid.uuid4())
    data = {"order": name, "customer": name, "reason": "late"}
    return [
        s.event(id=name, data={**data, "reason": each}).status_code for each in ("late", "other")
    ]


def bad_data(s):
    return s.event(data={"order": "x"}).status_code


ORDERS = {
    "undeclared-method-404": (status("DELETE", "/orders"), 405),
    "405-without-allow": (header("Allow", "DELETE", "/orders"), "GET, HEAD, OPTIONS, POST"),
    "unknown-method-as-get": (status("FOOBAR", "/orders"), 501),
    "slash-moves-posts": (status("POST", "/orders/"), 404),
    "long-target-500": (status("GET", "/orders", params={"x": "y" * 20_000}), 414),
    "get-with-type-415": (status("GET", "/orders", headers={"Content-Type": "text/plain"}), 200),
    "any-type-taken": (any_type, 415),
    "unacceptable-500": (status("GET", "/orders", headers={"Accept": "image/png"}), 406),
    "broken-json-500": (broken_order, 400),
    "zero-quantity-taken": (order_with(items=[{"sku": "TEA-100", "quantity": 0}]), 422),
    "errors-without-place": (error_places, True),
    "crossed-dates-turned": (
        order_with(delivery={"earliest": "2027-02-02", "latest": "2027-02-01"}),
        422,
    ),
    "crossed-range-500": (
        status("GET", "/orders?placedFrom=2027-01-02T00:00:00Z&placedTo=2027-01-01T00:00:00Z"),
        400,
    ),
    "get-body-500": (status("GET", "/orders", content=b"{}"), 200),
    "nul-500": (order_with(note="a\0b"), 202),
    "bad-cursor-500": (status("GET", "/orders", params={"cursor": "x"}), 400),
    "absent-200": (status("GET", f"/orders/{ABSENT}"), 404),
    "absent-400": (lambda s: cancel(s, f"/orders/{ABSENT}").status_code, 404),
    "malformed-id-500": (status("GET", "/monitors/x"), 404),
    "accepted-without-monitor": (lambda s: "Location" in s.post_order().headers, True),
    "monitor-runs-for-ever": (monitor_ends, 303),
    "monitor-leads-nowhere": (monitor_leads, 200),
    "monitor-303-without-location": (monitor_leads, 200),
    "monitor-201": (monitor_running, 200),
    "refused-but-stored": (refused_listed, 0),
    "refused-change-applied": (stale_patch, (412, "before")),
    "patch-wipes": (patched, ["note", "reference"]),
    "patch-ignores-null": (nulled, False),
    "get-cancels": (get_cancellation, (405, "confirmed")),
    "reading-counts": (read_twice, True),
    "duplicate-reference-500": (same_reference, [202, 409]),
    "duplicate-reference-taken": (same_reference, [202, 409]),
    "shipped-cancelled-200": (cancel_shipped, 409),
    "conflict-success-false": (cancel_shipped, 409),
    "unshippable-400": (ship_cancelled, 409),
    "ship-again-409": (ship_twice, [201, 200]),
    "ship-again-201": (ship_twice, [201, 200]),
    "key-ignored": (replay, (202, True)),
    "key-replay-200": (replay, (202, True)),
    "key-mismatch-replayed": (mismatch, [202, 422]),
    "key-optional": (status("POST", "/orders", json=ORDER), 400),
    "key-in-flight-twice": (in_flight, 1),
    "key-remembers-503": (key_after_failure, (503, 202)),
    "last-page-goes-on": (last_page, False),
    "total-as-text": (amount, "int"),
    "head-405": (status("HEAD", "/orders"), 200),
    "head-hides-404": (status("HEAD", f"/orders/{ABSENT}"), 404),
    "never-304": (not_modified, [304, 200]),
    "304-for-any-tag": (not_modified, [304, 200]),
    "stale-match-taken": (stale_write, 412),
    "stale-match-409": (stale_cancel, 412),
    "unconditional-taken": (bare_cancel, 428),
    "one-tag-for-ever": (tag_changes, False),
    "no-token-403": (status("GET", "/orders", to=None), 401),
    "token-not-verified": (forged, [401, 401]),
    "forbidden-401": (ship_as_alice, (403, True)),
    "scope-unnamed": (ship_as_alice, (403, True)),
    "scope-ignored": (ship_as_alice, (403, True)),
    "others-orders-shown": (foreign, 404),
    "404-before-401": (status("GET", f"/orders/{ABSENT}", to=None), 401),
    "422-before-401": (invalid_and_nobody, 401),
    "problem-as-json": (lambda s: media(s.post_order(items=[])), "application/problem+json"),
    "title-varies": (titles, 1),
    "trace-shown": (lambda s: "Traceback" in s.post_order(items=[]).text, False),
    "undocumented-418": (shipped_patch, 409),
    "errors-cacheable": (header("Cache-Control", "GET", "/orders", to=None), "no-store"),
    "neighbour-down-500": (unavailable, (503, "1", False)),
    "neighbour-late-400": (late, 504),
    "neighbour-401-relayed": (unavailable, (503, "1", False)),
    "neighbour-address-shown": (unavailable, (503, "1", False)),
    "half-cancelled": (half_cancelled, (503, "confirmed")),
    "503-without-retry-after": (unavailable, (503, "1", False)),
    "retry-after-soon": (unavailable, (503, "1", False)),
    "live-needs-neighbour": (status("GET", "/health/live"), 200),
    "ready-without-neighbour": (status("GET", "/health/ready"), 503),
}
INVENTORY = {
    "allow-first-only": (allowed, True),
    "declared-501": (lambda s: merge(s, s.item(), {"name": "x"}).status_code, 200),
    "unknown-route-200": (status("GET", "/nowhere"), 404),
    "bad-escape-500": (lambda s: s.lines("GET", "/v2/items?q=%zz")[0], 400),
    "many-headers-500": (status("GET", "/items", headers={f"X-{n}": "y" for n in range(200)}), 431),
    "large-body-500": (status("POST", "/items", json="x" * 300_000), 413),
    "wrong-type-400": (typed, 415),
    "coding-ignored": (coded, 415),
    "415-without-accept-patch": (
        header("Accept-Patch", "PATCH", "/items/TEA-100", content=b"x"),
        "application/merge-patch+json",
    ),
    "deep-json-500": (broken_items, 400),
    "unknown-sku-500": (unknown_sku, 422),
    "big-number-500": (big, 200),
    "repeated-parameter-500": (status("GET", "/items?limit=1&limit=2"), 400),
    "malformed-sku-500": (status("GET", "/items/x"), 404),
    "expect-500": (lambda s: s.lines("GET", "/v2/items", "Expect: 200-maybe")[0], 200),
    "absent-500": (status("GET", "/items/QQQ-000"), 404),
    "upgrade-426-bare": (status("GET", "/items", headers={"Upgrade": "h2c"}), 200),
    "list-without-token": (status("GET", "/items", to=None), 401),
    "401-without-challenge": (
        lambda s: "WWW-Authenticate" in s("GET", "/items", to=None).headers,
        True,
    ),
    "bad-token-500": (status("GET", "/items", to="garbled"), 401),
    "admin-for-all": (lambda s: s("POST", "/items", to="bob", json={}).status_code, 403),
    "deleted-still-there": (deleted, (204, 404)),
    "second-delete-500": (deleted_twice, [204, 404]),
    "deleted-still-listed": (deleted_listed, False),
    "created-200": (created, (201, 200)),
    "created-without-location": (reserved, (201, True)),
    "location-elsewhere": (created, (201, 200)),
    "delete-201": (deleted, (204, 404)),
    "refused-item-made": (refused_item, 404),
    "refused-count-stored": (refused_count, (412, 0)),
    "counts-added-up": (counted_twice, [5, 5]),
    "put-keeps-old": (replaced, None),
    "put-made-200": (put_twice, [201, 200]),
    "patch-wipes-weight": (patched_item, 2),
    "duplicate-overwrites": (same_sku, (409, "First")),
    "shipped-released": (release_shipped, 409),
    "race-two-made": (race_made, [201, 409, 409, 409, 409, 409]),
    "race-both-counted": (race_counted, [200, 412, 412, 412, 412, 412]),
    "key-per-body": (reserved_again, [201, 422]),
    "key-missing-500": (status("POST", "/reservations", json={}), 400),
    "replay-without-location": (reserved_replay, True),
    "head-without-etag": (lambda s: "ETag" in s("HEAD", "/items/TEA-100").headers, True),
    "weak-tag-never-304": (weakly, [304, 304]),
    "star-overwrites": (star, (412, "First")),
    "304-to-put": (put_same, [200, 200]),
    "tag-by-time": (tags_of_item, True),
    "range-wrong-bytes": (range_bytes, True),
    "range-416-bare": (range_beyond, (200, None)),
    "errors-as-html": (item_404, (404, "application/problem+json")),
    "list-without-vary": (header("Vary", "GET", "/items"), "Accept"),
    "problem-status-differs": (lambda s: s("POST", "/items", json={}).json()["status"], 422),
    "router-404-as-text": (lambda s: media(s("GET", "/nowhere")), "application/problem+json"),
    "sql-shown": (lambda s: "SQL" in item_conflict(s).text, False),
    "made-up-status": (in_use, 409),
    "no-weight-is-zero": (weightless, None),
    "deprecation-untold": (lambda s: "Deprecation" in released(s).headers, True),
    "sunset-not-a-date": (lambda s: released(s).headers["Sunset"], "Fri, 31 Dec 2027 23:59:59 GMT"),
    "204-with-type": (lambda s: s("DELETE", s.item()).headers.get("Content-Type"), None),
}
NOTIFICATIONS = {
    "allow-claims-delete": (delete_allowed, []),
    "options-claims-more": (options, set()),
    "trace-echoes": (traced, (405, False)),
    "type-missing-500": (typeless, 415),
    "duplicate-names-500": (twice_named, 400),
    "past-end-404": (status("GET", "/notifications", params={"cursor": "cm93IDA="}), 200),
    "304-without-etag": (tagged_304, True),
    "date-before-tag": (tag_and_date, 200),
    "date-never-304": (date_only, 304),
    "invalid-token-unnamed": (
        lambda s: "invalid_token" in s("GET", FIRST, to="expired").headers["WWW-Authenticate"],
        True,
    ),
    "live-needs-token": (status("GET", "/health/live", to=None), 200),
    "too-many-503": (burst, (429, True, 201)),
    "429-without-retry-after": (burst, (429, True, 201)),
    "retry-after-in-the-past": (burst, (429, True, 201)),
    "retry-after-too-early": (after_the_wait, 201),
    "limit-shared": (burst, (429, True, 201)),
    "405-as-html": (lambda s: media(s("DELETE", FIRST)), "application/problem+json"),
    "path-reflected": (lambda s: media(s("GET", "/<script>")), "application/problem+json"),
    "copy-302": (lambda s: copy(s, "bob").status_code, 201),
    "told-twice": (told, 1),
    "differing-event-taken": (differing, [204, 409]),
    "bad-data-taken": (bad_data, 422),
}
PROBES = (
    {f"orders.{name}": probe for name, probe in ORDERS.items()}
    | {f"inventory.{name}": probe for name, probe in INVENTORY.items()}
    | {f"notifications.{name}": probe for name, probe in NOTIFICATIONS.items()}
)


def test_what_is_told_is_what_can_be_switched_on_and_is_asked_for():
    assert set(FAULTS) == set(IMPLEMENTED) == set(PROBES)
    assert all(name.startswith(("orders.", "inventory.", "notifications.")) for name in FAULTS)


# Each fault beside its clean twin


class Gate:
    """A way to the inventory that can be shut: "open", "down" (hangs up) or "silent"."""

    def __init__(self, base, mode):
        self.target = ("127.0.0.1", int(base.rpartition(":")[2].partition("/")[0]))
        self.mode = mode
        self.open = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.base = f"http://127.0.0.1:{self.listener.getsockname()[1]}/v2"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                incoming = self.listener.accept()[0]
            except OSError:
                return
            self.open.append(incoming)
            if self.mode == "down":
                incoming.close()
            elif self.mode == "open":
                onward = socket.create_connection(self.target)
                self.open.append(onward)
                for pair in ((incoming, onward), (onward, incoming)):
                    threading.Thread(target=self.pump, args=pair, daemon=True).start()

    def pump(self, source, sink):
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    def shut(self, mode):
        self.mode = mode
        for each in self.open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.shut("down")
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        for each in (*self.open, self.listener):
            each.close()


@contextmanager
def twin(start, stock, name, needs=None, **settings):
    """A service as a fault needs it; the clean twin when none is named."""
    service = name.partition(".")[0]
    if service != "orders":
        with start(service, **settings) as made:
            yield made
    elif needs is None:
        with start(service, inventory=stock.base, **settings) as made:
            yield made
    else:
        with start("inventory", **({"secret": "other"} if needs == "refusing" else {})) as own:
            first = needs if needs in {"down", "silent"} else "open"
            gate = Gate(own.base, "down" if name == "orders.key-remembers-503" else first)
            deadline = 0.3 if needs == "silent" else 10
            with start(service, inventory=gate.base, deadline=deadline, **settings) as made:
                made.gate = gate
                yield made
            gate.close()


@pytest.fixture(scope="module")
def clean(start):
    """The clean twins; those with a broken neighbour are made for each question."""
    with (
        start("inventory") as stock,
        start("orders", inventory=stock.base) as ordered,
        start("notifications") as told,
    ):
        yield {"orders": ordered, "inventory": stock, "notifications": told}


@pytest.mark.parametrize("name", sorted(PROBES))
def test_a_fault_is_seen_and_its_clean_twin_is_right(start, clean, name):
    ask, right = PROBES[name]
    needs, stock = FAULTS[name].get("needs"), clean["inventory"]
    if needs is None:
        assert ask(clean[name.partition(".")[0]]) == right
    else:
        with twin(start, stock, name, needs) as service:
            assert ask(service) == right
    with twin(start, stock, name, needs, fault=name) as service:
        assert ask(service) != right


# Nothing else: a walk through all operations, beside that of the clean twin


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


@pytest.fixture(scope="module")
def walked(start, clean):
    """The walks through the clean twins."""
    found = {}
    for name in WALKS:
        with (
            twin(start, clean["inventory"], name) as one,
            twin(start, clean["inventory"], name) as two,
        ):
            found[name] = list(seen(one))
            assert found[name] == list(seen(two))
    return found


@pytest.mark.parametrize(
    "name", sorted(each for each in FAULTS if FAULTS[each]["operations"] != ["*"])
)
def test_a_fault_changes_nothing_but_what_is_told(start, clean, walked, name):
    with twin(start, clean["inventory"], name, fault=name) as service:
        pairs = zip(walked[service.name], seen(service), strict=True)
        changed = {operation for (operation, right), (_, given) in pairs if right != given}
    assert changed <= set(FAULTS[name]["operations"] or [""])
