"""What correct services of other people do, and is no fault; beside each, the fault it looks like.

Each was met in a published application. Here it is an application of a few lines: a document,
and a function from a request to an answer.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from apicheck import api, cli
from apicheck.fuzz.client import Client
from apicheck.fuzz.contract import read
from apicheck.fuzz.run import changes, run, transcript

OK = {"200": {"description": "Done"}}
NONE = {"204": {"description": "Done"}}
STALE = "http.stale-match-not-refused"
MATCHED = "http.not-modified-missing"
BY_ID = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]


class Asked(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def do(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        path = self.path.partition("?")[0]
        asked = SimpleNamespace(
            method=self.command, path=path, headers=self.headers, query=self.path[len(path) :]
        )
        asked.json = json.loads(body) if body else None
        status, headers, content = self.server.answer(asked)
        text = content if isinstance(content, str) else json.dumps(content)
        self.send_response(status)
        kind = "text/html" if isinstance(content, str) else "application/json"
        if status not in {204, 304}:
            headers = {"Content-Type": kind, "Content-Length": str(len(text)), **headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if status not in {204, 304} and self.command != "HEAD":
            self.wfile.write(text.encode())

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.do
        raise AttributeError(name)

    def log_message(self, *_):
        pass


@pytest.fixture
def found(tmp_path):
    """The rules that are broken by an application of these paths, and the outcome of its run."""
    servers = []

    def probed(paths, answer, **how):
        document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}
        (tmp_path / "openapi.json").write_text(json.dumps(document))
        service = read(api.load(str(tmp_path / "openapi.json")).document)
        server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
        server.answer = answer
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        client = Client(base=f"http://127.0.0.1:{server.server_port}")
        outcome = run(service, client, **how)
        told = list(changes(outcome.breaches, service))
        rules = [each.rule.id for each in told]
        command = ["fuzz", client.base, "--contract", str(tmp_path / "openapi.json")]
        return SimpleNamespace(rules=rules, changes=told, outcome=outcome, command=command)

    yield probed
    for each in servers:
        each.shutdown()
        each.server_close()


def refused(methods):
    return 405, {"Allow": ", ".join(methods)}, {"detail": "Method Not Allowed"}


@pytest.mark.parametrize("resets", [True, False])
def test_a_setting_with_a_default_is_still_there_when_it_was_deleted(found, resets):
    """Its place is fixed; a thing that was made and deleted has to be gone."""
    kept = {}

    def answer(asked):
        if asked.path == "/setting":
            return (204, {}, "") if asked.method == "DELETE" else (200, {}, {"colour": None})
        if asked.method == "POST":
            kept["7"] = {"id": "7"}
            return 201, {"Location": "/things/7"}, kept["7"]
        if asked.method == "DELETE":
            return 204, {}, ""
        return (200, {}, {"id": "7"}) if kept else (404, {}, {})

    setting = {"/setting": {"get": {"responses": OK}, "delete": {"responses": NONE}}}
    thing = {
        "/things": {"post": {"responses": {"201": {"description": "Made"}}}},
        "/things/{id}": {
            "parameters": BY_ID,
            "get": {"responses": {**OK, "404": {"description": "Not there"}}},
            "delete": {"responses": NONE},
        },
    }
    got = found(setting if resets else thing, answer, areas=["resources"])
    assert ("http.deleted-still-there" in got.rules) is not resets


@pytest.mark.parametrize("ends", [True, False])
def test_what_was_deleted_may_stay_to_be_read_if_it_says_so(found, ends):
    things = {}

    def answer(asked):
        name = asked.path.rpartition("/")[2]
        if asked.method == "POST":
            made = f"t{len(things)}"
            things[made] = {"id": made, "archived": False}
            return 201, {"Location": f"/things/{made}"}, things[made]
        if name not in things:
            return 404, {}, {}
        if asked.method == "DELETE":
            things[name] |= {"archived": ends}
            return 204, {}, ""
        return 200, {}, things[name]

    paths = {
        "/things": {"post": {"responses": {"201": {"description": "Made"}}}},
        "/things/{id}": {
            "parameters": BY_ID,
            "get": {"responses": {**OK, "404": {"description": "Not there"}}},
            "delete": {"responses": {**NONE, "404": {"description": "Not there"}}},
        },
    }
    got = found(paths, answer, areas=["resources"])
    assert got.rules == ([] if ends else ["http.deleted-still-there"])


@pytest.mark.parametrize("beside", [True, False])
def test_a_method_of_a_path_that_fits_two_templates_is_no_missing_one(found, beside):
    """``GET /limits/filter`` is a GET of the limit that is called filter."""

    def answer(asked):
        if asked.path == "/limits/filter" and asked.method == "POST":
            return 200, {}, []
        if asked.method in {"GET", "PATCH", "DELETE", "PUT"}:
            return 404, {}, {"detail": "there is no such limit"}
        return refused(["POST"])

    paths = {"/limits/filter": {"post": {"responses": OK}}}
    if beside:
        known = {"responses": {**OK, "404": {"description": "Not there"}}}
        every = dict.fromkeys(("get", "put", "patch", "delete"), known)
        paths["/limits/{id}"] = {"parameters": BY_ID, **every}
    got = found(paths, answer, areas=["routing"])
    assert ("http.method-not-refused" in got.rules) is not beside


@pytest.mark.parametrize(("status", "rules"), [(414, []), (400, ["http.type-undocumented"])])
def test_default_does_not_speak_of_what_a_server_answers_itself(found, status, rules):
    error = {"description": "Any error", "content": {"application/json": {}}}

    def answer(asked):
        if len(asked.query) > 1000:
            return status, {}, "<html>Too long</html>"
        return (200, {}, {}) if asked.path == "/things" else (404, {}, {})

    paths = {"/things": {"get": {"responses": {**OK, "default": error}}}}
    got = found(paths, answer, areas=["content"])
    assert got.rules == rules


@pytest.mark.parametrize(("status", "rules"), [(414, []), (400, ["http.problem-missing"])])
def test_what_a_server_refuses_itself_has_the_form_of_the_server(found, status, rules):
    error = {"description": "Wrong", "content": {"application/problem+json": {}}}

    def answer(asked):
        if asked.path != "/things":
            return 404, {"Content-Type": "application/problem+json"}, {}
        return (200, {}, {}) if len(asked.query) < 1000 else (status, {}, "<html>Too long</html>")

    paths = {"/things": {"get": {"responses": {**OK, "404": error}}}}
    assert found(paths, answer, areas=["content"]).rules == rules


def test_a_command_shows_no_credentials_where_none_were_sent(found):
    def answer(asked):
        return (500, {}, {}) if asked.method == "DELETE" else (200, {}, {})

    paths = {"/things": {each: {"responses": OK} for each in ("get", "post", "put", "patch")}}
    got = found(paths, answer, areas=["routing"])
    assert got.rules
    shown = [transcript(each, "http://x")["probe"] for each in got.outcome.breaches]
    assert any("-X DELETE http://x/things" in each for each in shown)
    assert not any("TOKEN" in each for each in shown)


@pytest.mark.parametrize(("ignored", "rules"), [(False, []), (True, [STALE])])
def test_a_service_may_refuse_tags_that_are_none_of_its_own(found, ignored, rules):
    """Its tags are numbers, by its contract too: 400 for other ones, 412 for those that were."""
    thing = {"tag": 41, "name": "a"}

    def answer(asked):
        tag = {"ETag": f'"{thing["tag"]}"'}
        if asked.path != "/things/7":
            return 404, {}, {}
        if asked.method == "PUT":
            match = asked.headers.get("If-Match")
            if match and not match.strip('"').isdigit():
                return 400, {}, {"detail": "If-Match is no number"}
            if match and match != tag["ETag"] and not ignored:
                return 412, tag, {"detail": "it has changed"}
            thing["tag"] += 1
            return 200, {"ETag": f'"{thing["tag"]}"'}, asked.json
        return (200, tag, thing) if asked.method == "GET" else refused(["GET", "PUT"])

    by_id = [{**BY_ID[0], "example": "7"}]
    match = {"name": "If-Match", "in": "header", "schema": {"pattern": '^"[0-9]+"$'}}
    body = {"content": {"application/json": {"schema": {"type": "object"}}}}
    changed = {"412": {"description": "Changed"}, "400": {"description": "Wrong"}}
    put = {"parameters": [match], "requestBody": body, "responses": {**OK, **changed}}
    paths = {"/things/{id}": {"parameters": by_id, "get": {"responses": OK}, "put": put}}
    got = found(paths, answer, areas=["conditions"])
    assert [each for each in got.rules if each == STALE] == rules


@pytest.mark.parametrize(("pattern", "rules"), [('^"[0-9]+"$', []), (None, [MATCHED])])
def test_a_contract_may_take_one_form_of_if_none_match_only(found, pattern, rules):
    def answer(asked):
        said = asked.headers.get("If-None-Match", '"0"')
        if asked.path != "/things":
            return 404, {}, {}
        if asked.method not in {"GET", "HEAD"}:
            return refused(["GET", "HEAD"])
        if not said.strip('"').isdigit():
            return 400, {}, {"detail": "If-None-Match is no number"}
        return (304, {"ETag": '"7"'}, "") if said == '"7"' else (200, {"ETag": '"7"'}, {})

    match = {"name": "If-None-Match", "in": "header", "schema": {"pattern": pattern}}
    get = {"parameters": [match] if pattern else [], "responses": OK}
    assert found({"/things": {"get": get}}, answer, areas=["conditions"]).rules == rules


@pytest.mark.parametrize("unasked", [False, True])
def test_304_need_not_be_documented_to_be_an_answer_to_if_none_match(found, unasked):
    def answer(asked):
        if asked.path != "/things":
            return 404, {}, {}
        if asked.method not in {"GET", "HEAD"}:
            return refused(["GET", "HEAD"])
        said = asked.headers.get("If-None-Match", '"7"' if unasked and asked.query else "")
        return (304 if '"7"' in said or said == "*" else 200), {"ETag": '"7"'}, {}

    limit = {"name": "limit", "in": "query", "schema": {"type": "integer"}}
    rules = found({"/things": {"get": {"parameters": [limit], "responses": OK}}}, answer).rules
    assert ("http.status-undocumented" in rules) is unasked


@pytest.mark.parametrize("kept", [False, True])
def test_a_history_that_was_deleted_is_empty(found, kept):
    """And a thing with an id that was deleted is not there."""
    things = {"7"}

    def answer(asked):
        name, _, rest = asked.path.removeprefix("/things/").partition("/")
        if asked.path == "/things" and asked.method == "POST":
            things.add("7")
            return 201, {"Location": "/things/7"}, {"id": "7"}
        if name not in things:
            return 404, {}, {}
        if asked.method == "DELETE":
            things.difference_update(() if rest or kept else {"7"})
            return 204, {}, ""
        return 200, {}, {}

    gone = {"responses": {**NONE, "404": {"description": "Not there"}}}
    get = {"responses": {**OK, "404": {"description": "Not there"}}}
    paths = {
        "/things": {"post": {"responses": {"201": {"description": "Made"}}}},
        "/things/{id}": {"parameters": BY_ID, "get": get, "delete": gone},
        "/things/{id}/history": {"parameters": BY_ID, "get": get, "delete": gone},
    }
    got = found(paths, answer, areas=["resources"])
    assert got.rules == (["http.deleted-still-there"] if kept else [])


@pytest.mark.parametrize("merges", [False, True])
def test_what_a_put_leaves_out_may_be_what_it_is_by_default(found, merges):
    default = {"name": "a", "paused": False, "note": None}
    state = dict(default)

    def answer(asked):
        nonlocal state
        if asked.path != "/things/7":
            return 404, {}, {}
        if asked.method == "PUT":
            state = {**(state if merges else default), **asked.json}
        return 200, {}, state

    by_id = [{**BY_ID[0], "example": "7"}]
    members = {
        "name": {"type": "string"},
        "paused": {"type": "boolean"},
        "note": {"type": "string"},
    }
    schema = {"type": "object", "required": ["name"], "properties": members}
    put = {
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {**OK, "404": {"description": "Not there"}},
    }
    get = {"responses": {**OK, "404": {"description": "Not there"}}}
    paths = {"/things/{id}": {"parameters": by_id, "get": get, "put": put}}
    got = found(paths, answer, areas=["resources"])
    assert got.rules == (["http.put-keeps-old"] if merges else [])


@pytest.mark.parametrize("once", [True, False])
def test_a_parameter_that_fails_when_it_is_there_once_does_not_fail_for_being_twice(found, once):
    def answer(asked):
        if asked.path != "/things" or "q=" not in asked.query:
            return 404 if asked.path != "/things" else 500, {}, {}
        times = asked.query.count("part=")
        return (500 if times > (0 if once else 1) else 200), {}, []

    wanted = {"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}
    part = {"name": "part", "in": "query", "schema": {"type": "string"}}
    get = {"parameters": [wanted, part], "responses": OK}
    rules = found({"/things": {"get": get}}, answer, areas=["validation"]).rules
    assert rules == (["http.server-error"] if once else ["http.repeated-parameter-failed"])


def test_one_answer_to_one_request_is_told_once(found):
    """A GET that nobody declared fails: the probe knows why, and the failure is no second cause."""

    def answer(asked):
        if asked.path != "/things":
            return 404, {}, {}
        if asked.method not in {"GET", "POST"}:
            return refused(["GET", "POST"])
        return (200, {}, {}) if asked.method == "POST" else (500, {}, {})

    got = found({"/things": {"post": {"responses": OK}}}, answer, areas=["routing"])
    assert got.rules == ["http.method-not-refused"]


def test_parameters_that_nobody_looks_at_are_one_finding(found, capsys):
    def answer(asked):
        return (200, {}, []) if asked.path in {"/a", "/b"} else (404, {}, {})

    def reading(*names):
        schema = {"enum": ["x", "y"]}
        parameters = [{"name": each, "in": "query", "schema": schema} for each in names]
        return {"get": {"parameters": parameters, "responses": OK}}

    got = found({"/a": reading("one", "two"), "/b": reading("two")}, answer, areas=["validation"])
    assert got.rules == ["http.invalid-parameter-not-refused"]
    assert got.changes[0].values["got"] == "200 for one, two"
    assert [each.label for each in got.changes[0].uses] == ["GET /a", "GET /b"]
    assert cli.run([*got.command, "--area", "validation"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "200 for one, two" in shown
    assert "/a?one=no-such-value" in shown


@pytest.mark.parametrize("counts", [False, True])
def test_what_a_service_adds_to_a_part_may_change_with_each_put(found, counts):
    """A time of change within ``data``, and a set in any order; a sum of what was sent may not."""
    held = {"data": {}, "roles": []}
    times = 0

    def answer(asked):
        nonlocal times
        if asked.path != "/things/7":
            return 404, {}, {}
        if asked.method == "PUT":
            times += 1
            roles = asked.json.get("roles", [])
            size = asked.json.get("data", {}).get("size", 0) + (times if counts else 0)
            held["data"] = {"size": size, "changed": times}
            held["roles"] = ["owner", *roles][:: (-1) ** times]
        return 200, {}, dict(held)

    by_id = [{**BY_ID[0], "example": "7"}]
    data = {"type": "object", "required": ["size"], "properties": {"size": {"type": "integer"}}}
    roles = {"type": "array", "items": {"type": "string"}}
    schema = {"required": ["data", "roles"], "properties": {"data": data, "roles": roles}}
    put = {"requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": OK}
    paths = {"/things/{id}": {"parameters": by_id, "get": {"responses": OK}, "put": put}}
    rules = found(paths, answer, areas=["resources"]).rules
    assert ("http.put-not-idempotent" in rules) is counts


def test_what_is_no_operation_is_named_by_its_path_template(found):
    """So that the finding is the same on the next run, whatever the id is then."""

    def answer(asked):
        if asked.method == "POST" and asked.path.startswith("/things/"):
            return 500, {}, {}
        return (200, {}, {}) if asked.path == "/things/7" else (404, {}, {})

    known = {"responses": {**OK, "404": {"description": "Not there"}}}
    by_id = [{**BY_ID[0], "example": "7"}]
    every = dict.fromkeys(("get", "put", "patch", "delete"), known)
    got = found({"/things/{id}": {"parameters": by_id, **every}}, answer, areas=["routing"])
    assert {each.label for each in got.changes if "500" in each.values["got"]} <= {
        "POST /things/{id}",
        "GET /things/{id}",
    }
    assert any("500" in each.values["got"] for each in got.changes)
