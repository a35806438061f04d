"""The pages for people: what they show, and that nothing in a pact becomes part of the page."""

from tests.broker.small_pacts import deploy, environment, pact, publish, verify

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
    for at in ("/ui", "/ui/pacticipants", "/ui/network"):
        page = broker.get(at).text
        assert "<script" not in page
        assert "<img" not in page
    link = broker.get("/ui").text.split('href="')[6].partition('"')[0]
    page = broker.get(link)
    assert page.status_code == 200
    assert "&lt;script&gt;alert(1)" in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
