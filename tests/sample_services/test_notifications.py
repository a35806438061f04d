"""What notifications promises, one by one."""

import json
import time

import pytest

FIRST = "/notifications/c9a1f0a2-2f5b-4a57-9a53-8a8f6a1c7e01"


@pytest.fixture
def told(shop):
    return shop["notifications"]


def kind(response):
    return response.status_code, response.json()["type"].rpartition("/")[2]


def about(told, order):
    page = told("GET", "/notifications", params={"order": order}).json()
    return [(each["about"], each["text"]) for each in page["notifications"]]


def data(**more):
    order = "11111111-1111-4111-8111-111111111111"
    return {"order": order, "customer": order, "reason": "late", **more}


def test_an_order_is_told_from_end_to_end(shop, told):
    orders = shop["orders"]
    path = orders.order()
    orders("PUT", f"{path}/shipment", json={"carrier": "dhl", "trackingCode": "X123"})
    assert about(told, path[8:]) == [
        ("shipped", "Your order is on its way: dhl X123."),
        ("confirmed", "We have your order. It costs 17.80 EUR."),
    ]
    gone = orders.order()
    orders("PUT", f"{gone}/cancellation", headers={"If-Match": "*"}, json={"reason": "late"})
    assert about(told, gone[8:])[0] == ("cancelled", "Your order is cancelled: late.")


def test_an_event_is_told_once(told):
    content = data(order="22222222-2222-4222-8222-222222222222")
    for _ in range(3):
        assert told.event(id="one", data=content).status_code == 204
    assert len(about(told, content["order"])) == 1
    assert kind(told.event(id="one", data={**content, "reason": "other"})) == (409, "event-differs")
    assert told.event(id="one", source="/elsewhere", data=content).status_code == 204
    assert len(about(told, content["order"])) == 2


def test_events_of_other_types_are_taken_and_told_to_nobody(told):
    before = told("GET", "/notifications").text
    assert told.event(type="PriceChanged", data={"deep": [1e300]}).status_code == 204
    assert told("GET", "/notifications").text == before


@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        ({"data": {"order": "x"}}, "/data"),
        ({"data": data(order="x")}, "/data/order"),
        ({"data": data(reason="bored")}, "/data/reason"),
        ({"data": []}, "/data"),
        ({"specversion": "0.3"}, "/specversion"),
        ({"id": ""}, "/id"),
        ({"type": None}, "/type"),
        ({"time": "now"}, "/time"),
    ],
)
def test_an_event_that_is_wrong_is_422_and_not_told(told, content, pointer):
    before = told("GET", "/notifications").text
    response = told.event(**content)
    assert kind(response) == (422, "invalid-request")
    assert pointer in {each["pointer"] for each in response.json()["errors"]}
    assert told("GET", "/notifications").text == before


def test_events_are_from_services_only(told):
    response = told("POST", "/events", to="alice", json={})
    assert kind(response) == (403, "forbidden")
    assert 'scope="events:deliver"' in response.headers["WWW-Authenticate"]


def test_a_copy_is_a_new_notification(told):
    made = told("POST", f"{FIRST}/copies", to="bob", json={"channel": "sms"})
    assert made.status_code == 201
    shown = told("GET", made.headers["Location"].removeprefix("/v1"))
    assert shown.text == made.text
    assert (shown.json()["copyOf"], shown.json()["channel"]) == (FIRST[15:], "sms")


def test_copies_are_limited_for_each_caller_and_the_wait_is_honest(start):
    with start("notifications") as told:
        copy = lambda to: told("POST", f"{FIRST}/copies", to=to, json={"channel": "sms"})  # noqa: E731
        assert [copy("alice").status_code for _ in range(5)] == [201] * 5
        slowed = copy("alice")
        assert kind(slowed) == (429, "too-many")
        assert copy("bob").status_code == 201
        assert told("GET", FIRST, to="alice").status_code == 200
        time.sleep(int(slowed.headers["Retry-After"]))
        assert copy("alice").status_code == 201


def test_pages_and_filters(start):
    with start("notifications") as told:
        for n in range(4):
            told.event(data=data(order=f"{n}" * 8 + "-1111-4111-8111-111111111111"))
        first = told("GET", "/notifications", params={"limit": 3}).json()
        rest = told("GET", "/notifications", params={"limit": 3, "cursor": first["next"]}).json()
        assert [len(each["notifications"]) for each in (first, rest)] == [3, 2]
        assert "next" not in rest
        customer = data()["customer"].upper()
        assert (
            len(
                told("GET", "/notifications", params={"customer": customer}).json()["notifications"]
            )
            == 4
        )
        past = told("GET", "/notifications", params={"cursor": "cm93IDA="})
        assert (past.status_code, past.json()) == (200, {"notifications": []})
        for query in ({"cursor": "x"}, {"customer": "x"}, {"order": ""}):
            assert kind(told("GET", "/notifications", params=query)) == (400, "invalid-request")


def test_a_notification_is_304_while_it_is_the_same(told):
    seen = told("GET", FIRST)
    etag, date = seen.headers["ETag"], seen.headers["Last-Modified"]
    for headers in ({"If-None-Match": etag}, {"If-Modified-Since": date}):
        same = told("GET", FIRST, headers=headers)
        assert (same.status_code, same.headers["ETag"]) == (304, etag)
    both = {"If-None-Match": '"other"', "If-Modified-Since": date}
    assert told("GET", FIRST, headers=both).status_code == 200


def test_events_may_come_as_plain_json(told):
    document = {"specversion": "1.0", "id": "plain", "source": "/x", "type": "Other", "data": {}}
    for media in ("application/json", "application/cloudevents+json; charset=utf-8"):
        headers = {"Content-Type": media}
        assert (
            told("POST", "/events", headers=headers, content=json.dumps(document)).status_code
            == 204
        )
