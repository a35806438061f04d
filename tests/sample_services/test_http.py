"""HTTP as its RFCs say it, the same in all three services."""

import json

import pytest

ABSENT = "00000000-0000-4000-8000-000000000000"
#: One thing that is there, one that is not, and a way to send a body, for each service.
THING = {"orders": "/orders", "inventory": "/items/TEA-100", "notifications": "/notifications"}
MISSING = {
    "orders": f"/orders/{ABSENT}",
    "inventory": f"/reservations/{ABSENT}",
    "notifications": f"/notifications/{ABSENT}",
}
WRITE = {
    "orders": ("POST", "/orders", "application/json"),
    "inventory": ("PATCH", "/items/TEA-100", "application/merge-patch+json"),
    "notifications": ("POST", "/events", "application/json"),
}


@pytest.fixture(params=["orders", "inventory", "notifications"])
def service(request, shop):
    return shop[request.param]


def is_problem(response, status):
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    shown = response.json()
    assert shown["status"] == status
    assert shown["title"]
    return shown


def write(service, content, *, type_=None, **headers):
    method, path, media = WRITE[service.name]
    given = {"Content-Type": media if type_ is None else type_, "Idempotency-Key": "x" * 12}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return service(method, path, content=content, headers={k: v for k, v in given.items() if v})


@pytest.mark.parametrize("path", ["/nowhere", "", "/", "/orders/", "/items//stock", "/..%c3%a9"])
def test_paths_that_are_none_are_404(service, path):
    assert is_problem(service("GET", path), 404)["type"].endswith("/not-found")


def test_an_undeclared_method_is_405_with_the_methods_that_are_served(service):
    response = service("DELETE", THING[service.name].removesuffix("/TEA-100"))
    is_problem(response, 405)
    for method in response.headers["Allow"].split(", "):
        answered = service(method, THING[service.name].removesuffix("/TEA-100"))
        assert answered.status_code not in {405, 501}


def test_options_names_the_methods_and_needs_no_token(service):
    response = service("OPTIONS", THING[service.name], to=None)
    assert response.status_code == 204
    assert {"GET", "HEAD", "OPTIONS"} <= set(response.headers["Allow"].split(", "))


@pytest.mark.parametrize("method", ["FOOBAR", "PROPFIND", "X-Y"])
def test_an_unknown_method_is_501(service, method):
    is_problem(service(method, THING[service.name]), 501)


def test_trace_is_not_served(service):
    status, answer = service.lines("TRACE", "/v2/health/live", "X-Secret: hush")
    assert status in {404, 405}
    assert b"hush" not in answer


def test_head_is_get_without_content(service):
    for path, to in ((THING[service.name], "staff"), (MISSING[service.name], "staff"), ("/health/live", None), (THING[service.name], None)):  # fmt: skip
        got, headed = service("GET", path, to=to), service("HEAD", path, to=to)
        assert headed.status_code == got.status_code
        assert headed.content == b""
        for name in ("Content-Type", "Content-Length", "ETag", "WWW-Authenticate", "Cache-Control"):
            assert headed.headers.get(name) == got.headers.get(name)


# Credentials


@pytest.mark.parametrize("to", ["expired", "forged", "garbled"])
def test_a_bad_token_is_401_and_says_so(service, to):
    response = service("GET", THING[service.name], to=to)
    is_problem(response, 401)
    assert (
        f'Bearer realm="{service.name}", error="invalid_token"'
        in response.headers["WWW-Authenticate"]
    )


@pytest.mark.parametrize("given", [None, "Basic YTpi", "Bearer", "", "\x7f"])
def test_no_token_is_401_with_a_challenge(service, given):
    headers = {} if given is None else {"Authorization": given}
    response = service("GET", THING[service.name], to=None, headers=headers)
    is_problem(response, 401)
    assert response.headers["WWW-Authenticate"].startswith("Bearer realm=")


@pytest.mark.parametrize(
    "head", ['{"alg":"none"}', '{"alg":"HS512"}', '{"alg":1}', "[]", "[" * 5000]
)
def test_a_token_does_not_choose_how_it_is_checked(service, head):
    import base64

    part = lambda text: base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()  # noqa: E731
    token = f"{part(head)}.{part(json.dumps({'sub': 'alice', 'exp': 9e9}))}."
    response = service(
        "GET", THING[service.name], to=None, headers={"Authorization": f"Bearer {token}"}
    )
    is_problem(response, 401)


def test_credentials_come_before_everything_but_the_route(service):
    method, path, _ = WRITE[service.name]
    assert service("GET", MISSING[service.name], to=None).status_code == 401
    assert service(method, path, to=None, content=b"{").status_code == 401
    assert service("GET", "/nowhere", to=None).status_code == 404


def test_health_needs_no_token(service):
    assert service("GET", "/health/live", to=None).json() == {"status": "ok"}
    assert service("GET", "/health/ready", to=None).json() == {"status": "ok"}


# Content


BROKEN = {
    "truncated": b'{"a": ',
    "two values": b"{} {}",
    "not UTF-8": b'{"a": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a name twice": b'{"a": 1, "a": 2}',
    "NaN": b'{"a": NaN}',
    "-Infinity": b'{"a": -Infinity}',
    "half a pair": b'{"a": "\\ud800"}',
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000,
    "deep and closed": b"[" * 2000 + b"]" * 2000,
    "blank": b"   ",
    "a NUL": b"\x00",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_content_that_is_no_json_is_400(service, content):
    assert is_problem(write(service, content), 400)["type"].endswith("/invalid-request")


def test_no_content_is_400_whatever_type_it_claims(service):
    is_problem(write(service, b""), 400)
    is_problem(write(service, b"", type_=""), 400)


@pytest.mark.parametrize("content", [b"null", b"[]", b"1e400", b'"x"', b"9" * 5000, b"{}", b"-0"])
def test_json_that_breaks_the_contract_is_422_and_says_where(service, content):
    shown = is_problem(write(service, content), 422)
    assert shown["type"].endswith("/invalid-request")
    assert [sorted(each) for each in shown["errors"]] == [["detail", "pointer"]] * len(
        shown["errors"]
    )
    assert shown["errors"]


@pytest.mark.parametrize(
    "type_",
    [
        "text/plain",
        "application/xml",
        "",
        "json",
        "application/json; charset=utf-16",
        "multipart/form-data",
    ],
)
def test_another_type_is_415_and_says_what_is_taken(service, type_):
    response = write(service, b'{"name": "x"}', type_=type_)
    is_problem(response, 415)
    hint = "Accept-Patch" if service.name == "inventory" else "Accept-Post"
    assert WRITE[service.name][2] in response.headers[hint]


def test_a_charset_that_says_nothing_new_is_fine(service):
    _, _, media = WRITE[service.name]
    assert write(service, b"[]", type_=f"{media.upper()}; Charset=UTF-8").status_code == 422


def test_a_content_coding_is_415_and_says_that_none_would_do(service):
    response = write(service, b"[]", Content_Encoding="x-none")
    is_problem(response, 415)
    assert response.headers["Accept-Encoding"] == "identity"


def test_a_large_body_is_413_and_the_connection_lives_on(service):
    is_problem(write(service, b'"' + b"x" * 300_000 + b'"'), 413)
    is_problem(write(service, iter([b'"', b"x" * 300_000, b'"'])), 413)
    assert write(service, b"[]").status_code == 422


def test_get_ignores_content(service):
    for headers in ({"Content-Type": "text/plain"}, {"Content-Encoding": "x-none"}):
        path = THING[service.name]
        assert service("GET", path, content=b"{", headers=headers).status_code == 200


# Negotiation


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/*",
        "application/json;q=0.1, text/html",
        "APPLICATION/JSON",
        "garbage",
        ";;,",
    ],
)
def test_accept_that_can_be_met(service, accept):
    assert service("GET", THING[service.name], headers={"Accept": accept}).status_code == 200


@pytest.mark.parametrize("accept", ["image/png", "application/json;q=0", "text/html, */*;q=0.000"])
def test_accept_that_cannot_be_met_is_406(service, accept):
    is_problem(service("GET", THING[service.name], headers={"Accept": accept}), 406)


def test_errors_are_problems_whatever_is_accepted(service):
    headers = {"Accept": "application/json, application/problem+json;q=0"}
    is_problem(service("GET", MISSING[service.name], headers=headers), 404)
    is_problem(service("GET", "/nowhere", headers={"Accept": "text/html"}), 404)


# Targets and headers


@pytest.mark.parametrize(
    "target", ["/%", "/%zz", "/%ff", "/orders%2Fx", "/x%00", "/orders?limit=%", "/orders?x=%ff"]
)
def test_broken_escapes_are_400(service, target):
    base = service.base.rpartition("/")[2]
    status, answer = service.lines("GET", f"/{base}{target}")
    assert (status, b"application/problem+json" in answer) == (400, True)


def test_long_targets_and_large_headers(service):
    is_problem(service("GET", THING[service.name], params={"x": "y" * 32_768}), 414)
    assert service.lines("GET", f"/?{'y' * 65_536}")[0] == 414
    is_problem(service("GET", THING[service.name], headers={"X": "y" * 65_536}), 431)
    is_problem(
        service("GET", THING[service.name], headers={f"X-{n}": "y" for n in range(200)}), 431
    )
    assert service.lines("GET", "/", f"X: {'y' * 400_000}")[0] == 431


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["GET /v2/health/live HTTP/1.1"], 400),
        (["GET /v2/health/live HTTP/1.1", "Host: a", "Host: b"], 400),
        (["GET /v2/health/live HTTP/1.1", "Host: a", "Transfer-Encoding: x"], 501),
        (["GET /v2/health/live HTTP/1.1", "Host: a", "Content-Length: 1, 2"], 400),
        (["GET /v2/\xff HTTP/1.1", "Host: a"], 400),
        (["nonsense"], 400),
    ],
    ids=["no host", "two hosts", "coding", "two lengths", "bytes", "nonsense"],
)
def test_what_is_no_request_gets_a_problem_too(shop, lines, status):
    answer = shop["orders"].raw("\r\n".join([*lines, "", ""]).encode("latin-1"))
    head, _, content = answer.partition(b"\r\n\r\n")
    assert int(head.split(b" ")[1]) == status
    assert b"application/problem+json" in head
    assert json.loads(content)["status"] == status


def test_absolute_targets_and_expectations_are_understood(shop):
    orders = shop["orders"]
    assert orders.lines("GET", f"{orders.base}/health/live")[0] == 200
    assert orders.lines("GET", "/v2/health/live", "Expect: 200-maybe")[0] == 200
    assert orders.lines("OPTIONS", "*")[0] in {204, 404}


@pytest.mark.parametrize(
    "query",
    [
        "limit=1&limit=2",
        "limit=",
        "limit=0",
        "limit=1.5",
        "limit=x",
        "limit=-1",
        f"limit={'9' * 300}",
        "limit=\u0661",
        "&" * 150 + "limit=x",
    ],
)
def test_parameters_that_break_the_contract_are_400(service, query):
    path = "/items" if service.name == "inventory" else THING[service.name]
    is_problem(service("GET", f"{path}?{query}"), 400)


def test_unknown_parameters_are_ignored(service):
    assert (
        service("GET", THING[service.name], params={"\0": "\0", "utm": ["a", "b"]}).status_code
        == 200
    )


@pytest.mark.parametrize(
    "name", ["x", "0", "%20", "%27%3B--", "a" * 1000, ABSENT[:-1], ABSENT + "0"]
)
def test_names_that_cannot_be_are_404(service, name):
    is_problem(service("GET", MISSING[service.name].replace(ABSENT, name)), 404)


def test_problems_of_one_type_have_one_title(service):
    titles = {}
    for response in (
        service("GET", "/nowhere"),
        service("GET", MISSING[service.name]),
        service("GET", THING[service.name], to=None),
        service("GET", THING[service.name], to="expired"),
        write(service, b"["),
        write(service, b"[]"),
    ):
        shown = response.json()
        assert titles.setdefault(shown["type"], shown["title"]) == shown["title"]
