"""What the inventory promises, one by one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from email.utils import parsedate_to_datetime

import pytest

ABSENT = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def stock(shop):
    return shop["inventory"]


def kind(response):
    return response.status_code, response.json()["type"].rpartition("/")[2]


def patch(stock, path, content, **headers):
    given = {"Content-Type": "application/merge-patch+json"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return stock("PATCH", path, headers=given, content=content)


def count(stock, path, number, **headers):
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return stock("PUT", f"{path}/stock", headers=given, json={"onHand": number})


def tag(stock, path):
    return stock("GET", path).headers["ETag"]


# Items


def test_a_made_item_is_where_location_says(stock):
    made = stock("POST", "/items", json={"sku": "NEW-001", "name": "Tin", "weight": 0.2})
    assert (made.status_code, made.headers["Location"]) == (201, "/v2/items/NEW-001")
    seen = stock("GET", "/items/NEW-001")
    assert (seen.text, seen.headers["ETag"]) == (made.text, made.headers["ETag"])
    assert stock("GET", "/items/NEW-001/stock").json()["onHand"] == 0


def test_a_sku_is_unique_and_the_first_stays(stock):
    path = stock.item(name="First")
    response = stock("POST", "/items", json={"sku": path[7:], "name": "Second"})
    assert kind(response) == (409, "duplicate-sku")
    assert stock("GET", path).json()["name"] == "First"


def test_eight_at_once_make_one_item(stock):
    make = lambda n: stock("POST", "/items", json={"sku": "RAC-001", "name": f"No. {n}"})  # noqa: E731
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(make, range(8)))
    assert sorted(each.status_code for each in answers) == [201] + [409] * 7


def test_put_makes_and_then_replaces(stock):
    made = stock("PUT", "/items/PUT-001", json={"name": "Tin", "weight": 0.5})
    assert (made.status_code, made.headers["Location"]) == (201, "/v2/items/PUT-001")
    again = stock("PUT", "/items/PUT-001", json={"name": "Tin", "weight": 0.5})
    assert (again.status_code, again.text, again.headers["ETag"]) == (
        200,
        made.text,
        made.headers["ETag"],
    )
    assert stock("PUT", "/items/PUT-001", json={"name": "Box"}).json()["weight"] is None


def test_a_patch_changes_what_it_names(stock):
    path = stock.item(weight=0.5)
    assert patch(stock, path, '{"name": "Box"}').json() == {
        "sku": path[7:],
        "name": "Box",
        "weight": 0.5,
    }
    assert patch(stock, path, '{"weight": null}').json()["weight"] is None
    assert patch(stock, path, '{"name": null}').status_code == 422
    assert patch(stock, path, '{"sku": "ABC-123"}').status_code == 422
    assert patch(stock, path, '{"name": "x"}', If_Match='"x"').status_code == 412
    assert stock("GET", path).json()["name"] == "Box"


def test_a_removed_item_is_gone_from_everywhere(stock):
    path = stock.item()
    gone = stock("DELETE", path)
    assert (gone.status_code, gone.content) == (204, b"")
    assert "Content-Type" not in gone.headers
    assert "Content-Length" not in gone.headers
    for method in ("GET", "HEAD", "DELETE"):
        assert stock(method, path).status_code == 404
    assert patch(stock, path, '{"name": "x"}').status_code == 404
    assert stock("GET", f"{path}/stock").status_code == 404
    assert path[7:] not in stock("GET", "/items", params={"limit": 500}).text


def test_an_item_that_is_held_back_stays(stock):
    path = stock.item()
    count(stock, path, 5, If_Match="*")
    held = stock.reservation(lines=[{"sku": path[7:], "quantity": 1}])
    assert kind(stock("DELETE", path)) == (409, "in-use")
    stock("PUT", f"{held}/state", json={"state": "released"})
    assert stock("DELETE", path, headers={"If-Match": '"x"'}).status_code == 412
    assert stock("DELETE", path).status_code == 204


def test_conditions_of_put(stock):
    path = stock.item()
    only_new = {"If-None-Match": "*"}
    assert kind(stock("PUT", path, headers=only_new, json={"name": "x"})) == (412, "changed")
    assert (
        stock("PUT", "/items/PUT-002", headers={"If-Match": "*"}, json={"name": "x"}).status_code
        == 412
    )
    assert stock("PUT", "/items/PUT-002", headers=only_new, json={"name": "x"}).status_code == 201
    assert (
        stock("PUT", path, headers={"If-Match": tag(stock, path)}, json={"name": "x"}).status_code
        == 200
    )
    assert stock("GET", "/items/PUT-002").status_code == 200


def test_the_list_is_json_or_csv_as_is_wanted(stock):
    as_json = stock("GET", "/items", headers={"Accept": "application/json, text/csv;q=0.5"})
    as_csv = stock("GET", "/items", headers={"Accept": "application/json;q=0.5, text/csv"})
    assert as_csv.headers["Content-Type"].startswith("text/csv")
    assert as_csv.text.splitlines()[0] == "sku,name,weight"
    assert len(as_csv.text.splitlines()) == 1 + len(as_json.json()["items"])
    assert as_json.headers["Vary"] == as_csv.headers["Vary"] == "Accept"


def test_pages_go_by_sku(stock):
    first = stock("GET", "/items", params={"limit": 2}).json()["items"]
    assert [each["sku"] for each in first] == ["CUP-200", "KET-300"]
    rest = stock("GET", "/items", params={"after": "KET-300", "q": "assam"}).json()["items"]
    assert [each["sku"] for each in rest] == ["TEA-100"]
    assert stock("GET", "/items", params={"after": "ZZZ-999999"}).json() == {"items": []}
    for query in ({"after": "x"}, {"q": "x"}, {"limit": 501}, {"after": "TEA-100\n"}):
        assert kind(stock("GET", "/items", params=query)) == (400, "invalid-request")


def test_a_date_serves_where_there_is_no_tag(stock):
    seen = stock("GET", "/items/TEA-101")
    date = seen.headers["Last-Modified"]
    assert parsedate_to_datetime(date).year == 2026
    same = stock("GET", "/items/TEA-101", headers={"If-Modified-Since": date})
    assert (same.status_code, same.headers["ETag"]) == (304, seen.headers["ETag"])
    for headers in (
        {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"If-Modified-Since": "yesterday"},
        {"If-Modified-Since": "Fri, 31 Dec 9999 23:59:59 GMT"},
        {"If-Modified-Since": date, "If-None-Match": '"x"'},
    ):
        assert stock("GET", "/items/TEA-101", headers=headers).status_code == 200
    assert "Last-Modified" not in stock("GET", stock.item()).headers


# Stock


def test_a_count_needs_the_level_that_was_seen(stock):
    path = stock.item()
    seen = tag(stock, f"{path}/stock")
    assert kind(count(stock, path, 5)) == (428, "changed")
    done = count(stock, path, 5, If_Match=seen)
    assert (done.status_code, done.json()["onHand"]) == (200, 5)
    assert kind(count(stock, path, 6, If_Match=seen)) == (412, "changed")
    assert stock("GET", f"{path}/stock").json()["onHand"] == 5
    assert done.headers["ETag"] == tag(stock, f"{path}/stock")
    assert (
        count(stock, path, 5, If_Match=done.headers["ETag"]).headers["ETag"] == done.headers["ETag"]
    )
    assert count(stock, f"/items/{ABSENT}", 5).status_code == 404


def test_eight_at_once_with_one_tag_count_once(stock):
    path = stock.item()
    seen = tag(stock, f"{path}/stock")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: count(stock, path, n, If_Match=seen), range(1, 9)))
    assert sorted(each.status_code for each in answers) == [200] + [412] * 7


@pytest.mark.parametrize(
    "number", ["2147483648", "9223372036854775808", "1" + "0" * 300, "0", "-0", "5.0", "1e3"]
)
def test_any_count_that_the_contract_allows_is_kept(stock, number):
    path = stock.item()
    headers = {"If-Match": "*", "Content-Type": "application/json"}
    done = stock("PUT", f"{path}/stock", headers=headers, content=f'{{"onHand": {number}}}')
    assert (done.status_code, done.json()["onHand"]) == (
        200,
        int(float(number) if "." in number or "e" in number else number),
    )


@pytest.mark.parametrize("number", ["-1", "1.5", "1e400", "9" * 5000, "true", '"5"', "null"])
def test_no_other_count_is(stock, number):
    headers = {"If-Match": "*", "Content-Type": "application/json"}
    done = stock("PUT", "/items/TEA-101/stock", headers=headers, content=f'{{"onHand": {number}}}')
    assert kind(done) == (422, "invalid-request")
    assert done.json()["errors"][0]["pointer"] == "/onHand"


def test_levels_come_in_the_order_asked(stock):
    asked = ["TEA-101", "QQQ-999", "CUP-200"]
    levels = stock("POST", "/stock-levels/query", json={"skus": asked}).json()
    assert [each["sku"] for each in levels] == ["TEA-101", "CUP-200"]
    assert (
        stock("POST", "/stock-levels/query", json={"skus": ["TEA-100"] * 1000}).status_code == 200
    )
    assert (
        stock("POST", "/stock-levels/query", json={"skus": ["TEA-100"] * 1001}).status_code == 422
    )


# Reservations


def test_a_reservation_is_held_once_per_key(stock):
    before = stock("GET", "/items/TEA-100/stock").json()["reserved"]
    first = stock.post_reservation(key="reserve-1")
    again = stock.post_reservation(key="reserve-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.text, again.headers["Location"]) == (first.text, first.headers["Location"])
    assert stock("GET", first.headers["Location"].removeprefix("/v2")).text == first.text
    assert stock("GET", "/items/TEA-100/stock").json()["reserved"] == before + 2
    assert kind(stock.post_reservation(key="reserve-1", holdFor=60)) == (422, "key-reused")
    assert kind(stock("POST", "/reservations", json={})) == (400, "invalid-request")


def test_all_or_nothing_is_held(stock):
    before = stock("GET", "/items/TEA-100/stock").text
    lines = [{"sku": "TEA-100", "quantity": 1}, {"sku": "OUT-000", "quantity": 3}]
    refused = stock.post_reservation(lines=lines)
    assert kind(refused) == (409, "out-of-stock")
    assert refused.json()["missing"] == [{"sku": "OUT-000", "quantity": 3}]
    assert kind(stock.post_reservation(warehouse="malmo")) == (409, "out-of-stock")
    unknown = stock.post_reservation(lines=[*lines, {"sku": "QQQ-999", "quantity": 1}])
    assert kind(unknown) == (422, "invalid-request")
    assert unknown.json()["errors"][0]["pointer"] == "/lines/2/sku"
    assert stock("GET", "/items/TEA-100/stock").text == before


def test_twice_the_same_item_counts_twice(stock):
    path = stock.item()
    count(stock, path, 3, If_Match="*")
    lines = [{"sku": path[7:], "quantity": 2}] * 2
    assert kind(stock.post_reservation(lines=lines)) == (409, "out-of-stock")
    assert stock.post_reservation(lines=lines[:1]).status_code == 201


def test_a_reservation_is_settled_once(stock):
    def settle(path, state):
        return stock("PUT", f"{path}/state", json={"state": state})

    shipped, released = stock.reservation(), stock.reservation()
    on_hand = stock("GET", "/items/TEA-100/stock").json()["onHand"]
    for _ in range(2):
        assert settle(shipped, "shipped").json()["state"] == "shipped"
        assert settle(released, "released").json()["state"] == "released"
        assert stock("DELETE", released).status_code == 204
    assert stock("GET", "/items/TEA-100/stock").json()["onHand"] == on_hand - 2
    assert kind(settle(shipped, "released")) == (409, "already-settled")
    assert kind(settle(released, "shipped")) == (409, "already-settled")
    assert kind(stock("DELETE", shipped)) == (409, "already-settled")
    assert settle(shipped, "held").status_code == 422
    assert settle(f"/reservations/{ABSENT}", "shipped").status_code == 404
    assert stock("DELETE", f"/reservations/{ABSENT}").status_code == 404


def test_the_old_way_to_release_says_that_it_goes(stock):
    response = stock("DELETE", stock.reservation())
    since = response.headers["Deprecation"]
    assert since.startswith("@")
    assert 'rel="deprecation"' in response.headers["Link"]
    sunset = parsedate_to_datetime(response.headers["Sunset"])
    assert sunset > datetime.fromtimestamp(int(since[1:]), sunset.tzinfo)


@pytest.mark.parametrize("name", ["TEA", "tea-100", "TEA-100%0A", "TEA-1234567", "%C3%A9"])
def test_what_can_be_no_sku_is_404(stock, name):
    assert kind(stock("GET", f"/items/{name}/stock")) == (404, "not-found")
    assert kind(stock("PUT", f"/items/{name}", json={"name": "x"})) == (404, "not-found")


def test_items_are_for_administrators(stock):
    for method, path in (("POST", "/items"), ("PUT", "/items/TEA-100"), ("PATCH", "/items/TEA-100"), ("DELETE", "/items/TEA-100")):  # fmt: skip
        response = stock(method, path, to="alice")
        assert kind(response) == (403, "forbidden")
        assert 'scope="inventory:admin"' in response.headers["WWW-Authenticate"]
    assert stock("GET", "/items", to="alice").status_code == 200


def test_stock_survives_a_restart(start, tmp_path):
    file = str(tmp_path / "inventory.db")
    with start("inventory", database=file) as stock:
        count(stock, "/items/TEA-100", 7, If_Match="*")
        held = stock.reservation()
    with start("inventory", database=file) as stock:
        assert stock("GET", "/items/TEA-100/stock").json()["onHand"] == 7
        assert stock("GET", held).json()["state"] == "held"
