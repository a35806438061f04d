"""For each fault of the inventory a question, and what the clean twin answers."""

import uuid

from tests.sample_services.asking import (
    at_once,
    count,
    header,
    media,
    merge,
    sku,
    status,
    tag,
)


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
