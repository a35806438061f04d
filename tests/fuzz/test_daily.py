"""What a team needs every day: credentials, shards, hooks, rates, settings of its own."""

import base64
import json
import time
from pathlib import Path

import pytest
from tests.fuzz.toy import CONTRACT, SECRET, Toy

from apicheck import cli
from apicheck.fuzz.pace import Pace
from apicheck.hosting import hosted

KEY = ("--auth", f"key={SECRET}")


@pytest.fixture
def contract(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(**more):
        path = tmp_path / "openapi.json"
        path.write_text(json.dumps({**CONTRACT, **more}))
        return str(path)

    return write


@pytest.fixture
def fuzz(contract, capsys):
    """Run the command on a toy; gives the exit code, stdout, stderr and the JSON report."""

    def fuzzed(toy, *options, **more):
        spec = () if "--contract" in options else ("--contract", contract(**more))
        with hosted(toy) as base:
            code = cli.run(
                ["fuzz", base, *spec, "--phases", "probes", "--output", "json=r.json", *options]
            )
        told = capsys.readouterr()
        assert code < 3, told.err
        report = json.loads(Path("r.json").read_text()) if code < 2 else None
        return code, told.out, told.err, report

    return fuzzed


def basic(environ):
    said = environ.get("HTTP_AUTHORIZATION", "")
    if not said.startswith("Basic "):
        return None
    return base64.b64decode(said[6:] + "==", validate=False).decode("latin-1").partition(":")[2]


def bearer(environ):
    return environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")


def query(environ):
    return dict(e.split("=", 1) for e in environ["QUERY_STRING"].split("&") if "=" in e).get("key")


def cookie(environ):
    return environ.get("HTTP_COOKIE", "").partition("key=")[2]


@pytest.mark.parametrize(
    ("scheme", "says", "options"),
    [
        ("key", lambda environ: environ.get("HTTP_X_KEY"), KEY),
        ("asked", query, ("--auth", f"asked={SECRET}")),
        ("baked", cookie, ("--auth", f"baked={SECRET}")),
        ("basic", basic, ("--auth", f"basic=me:{SECRET}")),
        ("bearer", bearer, ("--auth", f"bearer={SECRET}")),
        ("bearer", bearer, ("--token", "env:TOY_TOKEN")),
        ("bearer", bearer, ("--token", f"cmd:echo {SECRET}")),
        ("key", lambda environ: environ.get("HTTP_X_KEY"), ("--auth", "X-Key: env:TOY_TOKEN")),
    ],
    ids=["header", "query", "cookie", "basic", "bearer", "environment", "command", "own header"],
)
def test_credentials_of_each_kind(fuzz, monkeypatch, scheme, says, options):
    monkeypatch.setenv("TOY_TOKEN", SECRET)
    code, out, _, report = fuzz(Toy(says), *options, security=[{scheme: []}])
    assert code == 0, out
    seen = {(e["operation"], e["status"]): e["seen"] for e in report["coverage"]}
    assert seen["POST /things", "201"]
    assert seen["GET /things", "401"]


@pytest.mark.parametrize("verbose", [(), ("-vv",)])
def test_no_secret_stands_in_any_report(fuzz, verbose, tmp_path, monkeypatch):
    """The toy tells the secret back where it fails, and where it refuses."""
    monkeypatch.setenv("TOY_TOKEN", SECRET)
    formats = ("text", "markdown", "sarif", "junit", "github", "gitlab", "html")
    more = [each for name in formats for each in ("--output", f"{name}=r.{name}")]
    code, out, err, _ = fuzz(
        Toy(fault="500"), "--fail-on", "warning", "--auth", "key=env:TOY_TOKEN", *verbose, *more
    )
    assert code == 1
    assert "oops ***" in out
    reports = [each.read_text() for each in tmp_path.glob("r.*")]
    assert len(reports) == 1 + len(formats)
    assert not any(SECRET in each for each in (out, err, *reports))


def test_a_token_for_a_contract_without_tokens_says_what_to_give(fuzz):
    schemes = {"securitySchemes": {"key": CONTRACT["components"]["securitySchemes"]["key"]}}
    code, _, err, _ = fuzz(Toy(), "--token", "x", components=schemes)
    assert code == 2
    assert "--auth SCHEME=SECRET" in err


def test_the_contract_may_come_from_the_service(fuzz):
    code, out, _, report = fuzz(Toy(), "--contract", "/openapi.json", *KEY, "--area", "content")
    assert code == 0, out
    assert report["new"]["source"].endswith("/openapi.json")
    code, _, err, _ = fuzz(Toy(), "--contract", "/nothing.json", *KEY)
    assert code == 2
    assert "cannot be had from the service: 404" in err


def test_shards_are_the_whole(fuzz, tmp_path, capsys):
    whole = fuzz(Toy(fault="500"), *KEY)[3]
    parts = []
    for number in range(1, 6):  # there are four operations: one shard is left with none
        path = tmp_path / f"{number}.json"
        fuzz(Toy(fault="500"), *KEY, "--shard", f"{number}/5", "--output", f"json={path}")
        parts.append(json.loads(path.read_text()))
    told = [{e["operation"] for e in part["coverage"]} for part in parts]
    assert [len(each) for each in told] == [1, 1, 1, 1, 0]
    files = [str(tmp_path / f"{number}.json") for number in range(1, 6)]
    assert cli.run(["report", "merge", *files, "--output", "json=merged.json"]) == 1
    capsys.readouterr()
    merged = json.loads((tmp_path / "merged.json").read_text())

    def prints(report):
        return {each["fingerprint"] for each in report["findings"]}

    def keys(report):
        return {(e["operation"], e["status"], e["seen"] > 0) for e in report["coverage"]}

    assert prints(merged) == prints(whole) != set()
    # What need not be asked everywhere is asked once in each shard.
    assert {each for each in keys(whole) if each[2]} <= keys(merged)


def test_safe_runs_only_read(fuzz):
    toy = Toy()
    code, out, _, _ = fuzz(toy, *KEY, "--safe")
    assert code == 0
    assert {method for method, _, _ in toy.asked} <= {"GET", "HEAD", "OPTIONS"}
    assert "left out because they write (--safe)" in out


def test_a_rate_is_kept():
    began = time.monotonic()
    pace = Pace.of("50/s")
    for _ in range(6):
        pace.wait()
    assert time.monotonic() - began >= 5 / 50
    with pytest.raises(ValueError, match="fast"):
        Pace.of("fast")


def test_a_limit_that_is_honest_is_no_finding(fuzz):
    """Each third request is told to come again a second later; nobody is accused of it."""

    class Limited(Toy):
        waiting = 0.0

        def answer(self, environ):
            if time.monotonic() < self.waiting or (len(self.asked) == 3 and not self.waiting):
                self.waiting = self.waiting or time.monotonic() + 0.9
                return 429, {"Retry-After": "1"}, {"error": "later"}
            return super().answer(environ)

    toy = Limited()
    code, out, _, report = fuzz(toy, *KEY, "--area", "content", "--operation", "listThings")
    assert code == 0, out
    assert toy.waiting
    assert report["findings"] == []


HOOKS = """
import pathlib

def note(*said):
    with pathlib.Path("notes.txt").open("a") as file:
        print(*said, file=file)

def before_run(base): note("before", base)
def before_operation(label): note("operation", label)
def resource(template): return {"id": 1} if template == "/things/{id}" else None
def after_run(): note("after")
"""


def test_hooks_prepare_and_clean_up(fuzz, tmp_path):
    (tmp_path / "hooks.py").write_text(HOOKS)
    toy = Toy()
    code, out, _, _ = fuzz(toy, *KEY, "--hooks", "hooks.py", "--operation", "getThing")
    assert code == 0, out
    notes = (tmp_path / "notes.txt").read_text().splitlines()
    assert notes[0].startswith("before http://127.0.0.1:")
    assert notes[1:] == ["operation GET /things/{id}", "after"]
    assert not [path for method, path, _ in toy.asked if method == "POST" and path == "/things"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("def before_run(base): 1 / 0", "before_run: failed: ZeroDivisionError"),
        ("def resource(template): return 7", "gave 7"),
        ("def resource(template): return {'other': 1}", "gave no value for id"),
        ("def before_operation(): pass", "before_operation: failed: TypeError"),
        ("1 / 0", "cannot be loaded: ZeroDivisionError"),
        ("x = 1", "has none of the functions"),
    ],
)
def test_a_hook_that_fails_is_told(fuzz, tmp_path, text, why):
    (tmp_path / "hooks.py").write_text(text)
    code, _, err, _ = fuzz(Toy(), *KEY, "--hooks", "hooks.py")
    assert code == 2
    assert why in err


def test_hooks_may_be_an_address(fuzz):
    told = []

    def hooks(environ, start_response):
        size = int(environ.get("CONTENT_LENGTH") or 0)
        told.append(json.loads(environ["wsgi.input"].read(size)))
        given = {"id": 1} if told[-1]["hook"] == "resource" else None
        start_response("200 OK", [])
        return [json.dumps(given).encode()]

    with hosted(hooks) as url:
        code, out, _, _ = fuzz(Toy(), *KEY, "--hooks", url, "--operation", "getThing")
    assert code == 0, out
    assert {each["hook"] for each in told} == {
        *("before_run", "before_operation", "resource", "after_run"),
    }
    code, _, err, _ = fuzz(Toy(), *KEY, "--hooks", url)
    assert code == 2
    assert "cannot be told of the hook before_run" in err


SETTINGS = """
[fuzz]
auth = ["key=env:TOY_TOKEN"]
contract = "openapi.json"
phases = ["probes"]

[[fuzz.operations]]
match = "dropThing"
skip = "nothing may be lost here"

[[fuzz.operations]]
match = ["makeThing"]
expect = { 500 = "known until the rewrite" }
body = { name = "of the team" }

[[fuzz.operations]]
match = "* /things"
values = { tag = "red" }
skip-areas = { routing = "a gateway answers" }
"""


def test_settings_speak_of_operations(fuzz, contract, tmp_path, monkeypatch):
    monkeypatch.setenv("TOY_TOKEN", SECRET)
    (tmp_path / "apicheck.toml").write_text(SETTINGS)
    contract()
    toy = Toy(fault="500")
    code, out, _, report = fuzz(toy, "-v", "--contract", "openapi.json")
    assert code == 0, out
    assert "DELETE /things/{id}: left out: nothing may be lost here" in out
    assert "POST /things: 500 let pass: known until the rewrite" in out
    assert "not applicable: left out: a gateway answers" in out
    assert {"name": "of the team"} in toy.things.values()
    assert ["red"] in [asked.get("tag") for _, _, asked in toy.asked]
    assert not [method for method, _, _ in toy.asked if method == "DELETE"]
    why = {(e["operation"], e["status"]): e["why"] for e in report["coverage"]}
    assert why["DELETE /things/{id}", "204"] == "left out: nothing may be lost here"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[fuzz]\nwhat = 1", "did you mean"),
        ("[fuzz]\nsafe = 'yes'", "takes true or false"),
        ("[fuzz]\ndeadline = -1", "takes a number of seconds"),
        ("[[fuzz.operations]]\nmatch = 'makeThings'\nskip = 'x'", "did you mean 'makeThing'?"),
        ("[[fuzz.operations]]\nskip = 'x'", "is missing"),
        ("[[fuzz.operations]]\nmatch = 'makeThing'\nskip = true", "takes the reason"),
        ("[[fuzz.operations]]\nmatch = 'makeThing'\nexpect = { 4096 = 'x' }", "is no status"),
        (
            "[[fuzz.operations]]\nmatch = 'makeThing'\nskip-areas = { nowhere = 'x' }",
            "no such area",
        ),
        (
            "[[fuzz.operations]]\nmatch = 'listThings'\nvalues = { tags = 'x' }",
            "did you mean 'tag'?",
        ),
        ("fuzz = 1", "takes a table"),
    ],
)
def test_wrong_settings_are_told_with_their_place(fuzz, tmp_path, text, why):
    (tmp_path / "apicheck.toml").write_text(text)
    code, _, err, _ = fuzz(Toy(), *KEY)
    assert code == 2
    assert why in err
    assert "apicheck.toml" in err
