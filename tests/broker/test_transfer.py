"""Export and import: what one broker holds, another holds afterwards, and answers the same."""

import httpx
import pytest
from tests.broker.conftest import running
from tests.broker.small_pacts import can_i_deploy, deploy, environment, pact, publish, verify

from apicheck import cli
from apicheck.broker.calls import Settings

HOOKS = Settings(webhook_hosts=("hooks.example.com",))


@pytest.fixture(autouse=True)
def _no_wait(monkeypatch):
    monkeypatch.setattr("apicheck.broker.importing._FRESH", 0.0)
    monkeypatch.setattr("apicheck.broker.client.time.sleep", lambda _: None)


@pytest.fixture
def run(capsys):
    def _run(*arguments):
        code = cli.run(["broker", *map(str, arguments)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return _run


@pytest.fixture
def two(tmp_path):
    with (
        running(tmp_path / "a.db", HOOKS) as one,
        running(tmp_path / "b.db", HOOKS) as other,
        httpx.Client(base_url=one) as a,
        httpx.Client(base_url=other) as b,
    ):
        yield a, b


def fill(client):
    """All that there can be, with names that need escaping."""
    client.post("/pacticipants", json={"name": "shop", "repositoryUrl": "https://x.example/s"})
    client.put("/pacticipants/shop/labels/team%20a", json={})
    publish(client, version="1", branch="main", tags=("dev",), provider="a/b c")
    publish(client, version="2", branch="feat/x", status=404, provider="a/b c")
    publish(client, version="3", branch="main", provider="a/b c")  # the content of 1
    publish(client, version="3", contract=pact(provider="prices"))
    client.put("/pacticipants/a%2Fb%20c/versions/5", json={"buildUrl": "https://ci.example/5"})
    test = {"interactionId": "i", "success": False, "mismatches": [{"description": "no"}]}
    for of, number, success in (("1", "5", False), ("1", "5", True), ("2", "6", False)):
        at = f"/pacts/provider/a%2Fb%20c/consumer/shop/version/{of}"
        href = client.get(at).json()["_links"]["pb:publish-verification-results"]["href"]
        data = {"providerApplicationVersion": number, "success": success, "testResults": [test]}
        assert client.post(href, json=data).status_code == 201
    verify(client, "9", of="3", provider="prices", branch="main")
    where = environment(client)
    deploy(client, where, "a%2Fb%20c", "5", instance="blue")
    deploy(client, where, "a%2Fb%20c", "6", instance="green")
    deploy(client, where, "shop", "1")
    deploy(client, where, "shop", "2")  # ends the one before
    client.post(f"/pacticipants/prices/versions/9/released-versions/environment/{where}", json={})
    hook = {
        "description": "tell",
        "events": [{"name": "contract_published"}],
        "provider": {"name": "prices"},
        "request": {"method": "POST", "url": "https://hooks.example.com/x", "body": {"a": 1}},
    }
    assert client.post("/webhooks", json=hook).status_code == 201


def test_a_round_trip_changes_nothing(two, run, tmp_path):
    a, b = two
    fill(a)
    code, said, _ = run("export", tmp_path / "a.json", "--broker-url", a.base_url)
    assert (code, "4 pacts, 4 results" in said, "times of creation" in said) == (0, True, True)
    code, said, _ = run("import", tmp_path / "a.json", "--broker-url", b.base_url)
    assert code == 0, said
    assert run("export", tmp_path / "b.json", "--broker-url", b.base_url)[0] == 0
    assert (tmp_path / "b.json").read_text() == (tmp_path / "a.json").read_text()
    for name, version in (("shop", "1"), ("shop", "2"), ("shop", "3"), ("a%2Fb%20c", "5")):
        answers = [can_i_deploy(each, name, version) for each in two]
        assert answers[0] == answers[1]
    selectors = {"consumerVersionSelectors": [{"mainBranch": True}, {"deployed": True}]}
    at = "/pacts/provider/a%2Fb%20c/for-verification"
    chosen = [
        [
            one["shortDescription"]
            for one in each.post(at, json=selectors).json()["_embedded"]["pacts"]
        ]
        for each in two
    ]
    assert chosen[0] == chosen[1]


def test_a_second_import_changes_nothing(two, run, tmp_path):
    a, b = two
    fill(a)
    run("export", tmp_path / "a", "--broker-url", a.base_url)
    assert {each.name for each in (tmp_path / "a").iterdir()} >= {"contents", "export.json"}
    for _ in range(2):
        assert run("import", tmp_path / "a", "--broker-url", b.base_url)[0] == 0
    run("export", tmp_path / "b", "--broker-url", b.base_url)
    for each in (tmp_path / "a").rglob("*.json"):
        assert (tmp_path / "b" / each.relative_to(tmp_path / "a")).read_text() == each.read_text()


def test_tags_make_neither_branches_nor_deployments(two, run, tmp_path):
    a, b = two
    a.put("/pacticipants/shop/branches/x/versions/1", json={})
    a.put("/pacticipants/shop/versions/1/tags/production", json={})
    environment(a)
    assert run("export", tmp_path / "a.json", "--broker-url", a.base_url)[0] == 0
    run("import", tmp_path / "a.json", "--broker-url", b.base_url)
    version = b.get("/pacticipants/shop/versions/1").json()
    assert version["_links"]["pb:deployed-environments"] == []
    assert [each["name"] for each in version["_embedded"]["branchVersions"]] == ["x"]


def test_secrets_stay_where_they_are_and_are_named(two, run, tmp_path):
    a, b = two
    request = {
        "method": "POST",
        "url": "https://hooks.example.com/",
        "username": "u",
        "password": "hunter2",
        "headers": {"Authorization": "Bearer hunter2", "X-Plain": "p"},
    }
    events = [{"name": "contract_published"}]
    made = a.post("/webhooks", json={"events": events, "request": request}).json()
    run("export", tmp_path / "a.json", "--broker-url", a.base_url)
    assert "hunter2" not in (tmp_path / "a.json").read_text()
    code, said, _ = run("import", tmp_path / "a.json", "--broker-url", b.base_url)
    assert (code, "put in again: headers.Authorization, password" in said) == (1, True)
    there = b.get(f"/webhooks/{made['uuid']}").json()["request"]
    assert there["headers"] == {"X-Plain": "p"}


def test_what_the_other_broker_refuses_is_said(two, run, tmp_path):
    a, b = two
    fill(a)
    publish(b, version="1", status=500, provider="a/b c")
    run("export", tmp_path / "a.json", "--broker-url", a.base_url)
    code, said, _ = run("import", tmp_path / "a.json", "--broker-url", b.base_url)
    assert code == 1
    assert "refused: pact of shop 1 and a/b c: " in said
    # The rest came.
    assert b.get("/pacts/provider/prices/consumer/shop/version/3").status_code == 200


def test_a_broker_that_ends_in_the_middle_is_2_and_says_what_was_not_done(
    two, run, tmp_path, monkeypatch
):
    from apicheck.broker.client import Remote
    from apicheck.errors import SourceError

    a, b = two
    fill(a)
    run("export", tmp_path / "a.json", "--broker-url", a.base_url)
    ask = Remote.ask

    def broken(self, method, at, data=None):
        if method == "PUT" and "/version/3" in at:
            raise SourceError(self.url, "the broker cannot be reached: gone")
        return ask(self, method, at, data)

    monkeypatch.setattr(Remote, "ask", broken)
    code, _, said = run("import", tmp_path / "a.json", "--broker-url", b.base_url)
    assert (code, "2 pacts, 4 results, 4 deployments, 1 webhooks" in said) == (2, True)
    monkeypatch.setattr(Remote, "ask", ask)
    assert run("import", tmp_path / "a.json", "--broker-url", b.base_url)[0] == 0
    run("export", tmp_path / "b.json", "--broker-url", b.base_url)
    assert (tmp_path / "b.json").read_text() == (tmp_path / "a.json").read_text()


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"schema": "other"}', '{"schema": "apicheck-broker-export/1"}'],
)
def test_a_file_that_is_no_export_is_refused_before_anything_is_made(run, tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    code, _, said = run("import", tmp_path / "x.json", "--broker-url", "http://127.0.0.1:9")
    assert (code, "x.json" in said) == (2, True)


def test_a_content_that_is_missing_is_named(run, tmp_path, two):
    a, _ = two
    fill(a)
    run("export", tmp_path / "a", "--broker-url", a.base_url)
    gone = next((tmp_path / "a" / "contents").iterdir())
    gone.unlink()
    code, _, said = run("import", tmp_path / "a", "--broker-url", "http://127.0.0.1:9")
    assert (code, gone.stem in said) == (2, True)


def test_an_export_goes_over_no_folder_of_something_else(run, tmp_path, two):
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    code, _, said = run("export", folder, "--broker-url", two[0].base_url)
    assert (code, "holds other things" in said) == (2, True)
    assert [each.name for each in folder.iterdir()] == ["notes.txt"]
