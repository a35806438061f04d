"""For each fault of orders a question, and what the clean twin answers."""

import json
import time
import uuid

from tests.sample_services.asking import (
    ABSENT,
    at_once,
    cancel,
    fresh,
    header,
    media,
    merge,
    ship,
    status,
    tag,
)


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
