"""The pages for people: what they show, and that nothing in a pact becomes part of the page."""

import pytest
from tests.broker.small_pacts import deploy, environment, pact, publish, verify

from apicheck.broker.page_network import columns

HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_a_browser_gets_the_page_and_a_client_the_index(broker):
    publish(broker)
    seen = broker.get("/", headers=HTML)
    assert seen.headers["content-type"].startswith("text/html")
    assert "never verified" in seen.text
    assert broker.get("/").json()["_links"]["self"]


def test_every_page_is_reached_by_links_and_says_what_it_should(broker):
    publish(broker)
    verify(broker, "5")
    deploy(broker, environment(broker), "stock", "5", instance="blue")
    found, left = {}, ["/ui"]
    while left:
        at = left.pop()
        answer = broker.get(at)
        assert answer.status_code == 200, at
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        found[at.removeprefix(str(broker.base_url).rstrip("/"))] = answer.text
        hrefs = [part.partition('"')[0] for part in answer.text.split('href="')[1:]]
        left += [
            each for each in hrefs if each not in left and not any(each.endswith(k) for k in found)
        ]
    assert "production: 5 (blue)" in found["/ui/pacticipants"]
    assert "GET /orders/1" in found["/ui/pacts/stock/shop/1"]
    assert "an order given there is one" in found["/ui/pacts/stock/shop/1"]
    assert '<span class="yes">verified</span>' in found["/ui/matrix/stock/shop"]
    assert "<svg" in found["/ui/network"]
    assert "<script" not in "".join(found.values())


def test_a_failed_interaction_shows_what_did_not_match(broker):
    publish(broker)
    at = "/pacts/provider/stock/consumer/shop/version/1"
    held = broker.get(at).json()
    test = {
        "interactionId": held["interactions"][0]["_id"],
        "success": False,
        "mismatches": [{"attribute": "body", "identifier": "$.id", "description": "expected 1"}],
    }
    broker.post(
        held["_links"]["pb:publish-verification-results"]["href"],
        json={"providerApplicationVersion": "5", "success": False, "testResults": [test, 7]},
    )
    assert "<li>body $.id expected 1</li>" in broker.get("/ui/pacts/stock/shop/1").text


def test_names_and_texts_of_a_pact_stay_text(broker):
    evil = "<script>alert(1)</script>"
    contract = pact(consumer=evil, provider='"><img src=x>', descriptions=(evil,))
    publish(broker, contract=contract, version="{0} <b>", branch="<i>")
    for at in ("/ui", "/ui/pacticipants", "/ui/environments", "/ui/network"):
        page = broker.get(at).text
        assert "<script" not in page
        assert "<img" not in page
    hrefs = [part.partition('"')[0] for part in broker.get("/ui").text.split('href="')]
    (link,) = [each for each in hrefs if "/ui/pacts/" in each]
    page = broker.get(link)
    assert page.status_code == 200
    assert "&lt;script&gt;alert(1)" in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_environments_show_what_does_not_fit_and_why(broker):
    publish(broker)
    verify(broker, "5", success=False)
    where = environment(broker)
    deploy(broker, where, "stock", "5")
    deploy(broker, where, "shop", "1")
    page = broker.get("/ui/environments").text
    assert page.count("does not fit") == 2
    assert "The verification for the pact between version 1 of shop and version 5" in page


def test_every_form_of_pact_is_readable(broker):
    contract = {
        "consumer": {"name": "shop"},
        "provider": {"name": "stock"},
        "interactions": [
            {
                "type": "Synchronous/HTTP",
                "description": "asks",
                "request": {
                    "method": "GET",
                    "path": "/x",
                    "query": {"a": ["1", "2"]},
                    "matchingRules": {"path": {"matchers": [{"match": "regex", "regex": "/."}]}},
                },
                "response": {"status": 200, "body": {"contentType": "text/plain", "content": "hi"}},
            },
            {
                "type": "Asynchronous/Messages",
                "description": "told",
                "contents": {"contentType": "application/json", "content": {"total": 7}},
                "metadata": {"topic": "orders"},
            },
            {
                "type": "Synchronous/Messages",
                "description": "spoken",
                "request": {"contents": {"contentType": "text/plain", "content": "ping"}},
                "response": [{"contents": {"contentType": "text/plain", "content": "pong"}}],
            },
            {"description": "odd", "request": 7, "response": [3, None]},
        ],
        "metadata": {"pactSpecification": {"version": "4.0"}},
    }
    publish(broker, contract=contract)
    page = broker.get("/ui/pacts/stock/shop/1").text
    for words in ("GET /x?a=1&amp;a=2", "request path: regex (regex /.)", "<pre>200\n\nhi</pre>",
                  "topic: orders", "&quot;total&quot;: 7", "ping", "pong"):  # fmt: skip
        assert words in page


def test_only_addresses_of_the_web_become_links(broker):
    publish(broker)
    at = "/pacts/provider/stock/consumer/shop/version/1"
    href = broker.get(at).json()["_links"]["pb:publish-verification-results"]["href"]
    for number, url in (("5", "javascript:alert(1)"), ("6", "https://ci.example.com/6")):
        data = {"providerApplicationVersion": number, "success": True, "buildUrl": url}
        assert broker.post(href, json=data).status_code == 201
    page = broker.get("/ui/pacts/stock/shop/1").text
    assert 'href="javascript' not in page
    assert 'href="https://ci.example.com/6"' in page


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        ([("a", "b"), ("b", "c")], [["a"], ["b"], ["c"]]),
        ([("a", "c"), ("b", "c")], [["a", "b"], ["c"]]),
        ([("a", "b"), ("b", "a")], [["a"], ["b"]]),
        ([("a", "a")], [["a"]]),
        ([("x", "b"), ("b", "c"), ("c", "b")], [["x"], ["b"], ["c"]]),
    ],
)
def test_consumers_stand_left_of_their_providers(edges, expected):
    assert columns(edges) == expected


def test_a_line_over_a_column_has_a_place_of_its_own_there():
    first, middle, last = columns([("a", "b"), ("b", "c"), ("a", "c")])
    assert (first, last, len(middle)) == (["a"], ["c"], 2)


def test_a_long_chain_is_drawn_without_running_out_of_stack(broker):
    held = columns([(f"s{n}", f"s{n + 1}") for n in range(2000)])
    assert len(held) == 2001
    assert broker.get("/ui/network").status_code == 200
