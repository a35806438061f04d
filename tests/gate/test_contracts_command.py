"""apicheck contracts and apicheck init, as a user types them."""

import json

import pytest
import yaml

SPEC = """\
openapi: 3.0.3
info: {title: Orders, version: %s}
paths:
  /a:
    get: {responses: {'200': {description: ok}}}
"""
MORE = SPEC + "  /b:\n    get: {responses: {'200': {description: ok}}}\n"


@pytest.fixture
def store(repo, run):
    repo.put("contracts/README.md", "")
    repo.put("one.yaml", SPEC % "1.0.0")
    repo.put("two.yaml", MORE % "1.1.0")
    for name in ("one.yaml", "two.yaml"):
        assert run("contracts", "add", name, "--service", "orders")[0] == 0
    return repo


def files(repo):
    found = (each for each in (repo.root / "contracts").rglob("*") if each.is_file())
    return sorted(each.relative_to(repo.root / "contracts").as_posix() for each in found)


def test_add_copies_the_file_byte_by_byte_and_locks_it(store):
    assert files(store) == [
        "README.md",
        "apicheck.lock",
        "orders/openapi/1.0.0.yaml",
        "orders/openapi/1.1.0.yaml",
    ]
    assert (store.root / "contracts/orders/openapi/1.1.0.yaml").read_text() == MORE % "1.1.0"
    lock = (store.root / "contracts/apicheck.lock").read_text()
    assert lock.count("sha256") == 2


def test_adding_the_same_again_changes_nothing(store, run):
    before = (store.root / "contracts/apicheck.lock").read_bytes()
    code, out, _ = run("contracts", "add", "one.yaml", "--service", "orders")
    assert code == 0
    assert "there already" in out
    assert (store.root / "contracts/apicheck.lock").read_bytes() == before


@pytest.mark.parametrize(
    ("text", "more", "told"),
    [
        (MORE % "1.0.0", [], "store.released-version-changed"),
        (MORE % "1.0.0", ["--force"], "store.released-version-changed"),
        (SPEC % "1.2.0", [], "store.version-bump-too-small"),
        (SPEC % "2.0.0", ["--version", "1.1.1"], "store.version-bump-too-small"),
        (SPEC % "0.1.0", [], "store.version-decreased"),
        ((MORE % "1.2.0").replace("title: Orders, ", ""), [], "contract.invalid"),
    ],
)
def test_what_add_refuses(store, run, text, more, told):
    before = files(store)
    store.put("new.yaml", text)
    code, out, _ = run("contracts", "add", "new.yaml", "--service", "orders", *more)
    assert code == 1
    assert told in out
    assert "nothing was written" in out
    assert files(store) == before


EVENT = """\
{"name": "Shipped", "type": "record", "fields": [
  {"name": "order", "type": "string"}, {"name": "code", "type": "%s"}]}
"""
STRUCT = """\
struct Shipped {
  1: required string order,
  2: %s string code,
}
"""


@pytest.mark.parametrize(
    ("file", "kind", "text", "before", "after", "rule"),
    [
        ("a.avsc", "events/Shipped", EVENT, "string", "long", "avro.type-changed"),
        ("a.thrift", "idl/events", STRUCT, "optional", "required", "thrift.field-made-required"),
    ],
)
def test_other_formats_are_held_to_their_version_as_well(
    store, run, file, kind, text, before, after, rule
):
    named = ("--service", "orders", "--kind", kind, "--version")
    store.put(file, text % before)
    assert run("contracts", "add", file, *named, "1.0.0")[0] == 0
    store.put(file, text % after)
    code, out, _ = run("contracts", "add", file, *named, "1.1.0")
    assert code == 1
    assert rule in out
    assert "store.version-bump-too-small" in out
    assert run("contracts", "add", file, *named, "2.0.0")[0] == 0
    code, out, _ = run("contracts", "lint")
    assert (code, "4 contracts checked" in out) == (0, True)


def test_what_is_of_no_known_format_is_kept_and_locked(store, run):
    store.put("a.json", '{"anything": 1}')
    named = ("--service", "orders", "--kind", "events/Odd", "--version", "1.0.0")
    assert run("contracts", "add", "a.json", *named)[0] == 0


def test_add_can_be_forced_but_for_a_released_version(store, run):
    store.put("new.yaml", SPEC % "1.2.0")
    code, out, _ = run("contracts", "add", "new.yaml", "--service", "orders", "--force")
    assert code == 0
    assert "store.version-bump-too-small" in out


def test_a_break_in_a_new_major_is_no_error_of_add(store, run):
    store.put("new.yaml", SPEC % "2.0.0")
    code, out, _ = run("contracts", "add", "new.yaml", "--service", "orders", "-v")
    assert code == 0
    assert "a new major beside 1.1.0" in out
    assert "error" not in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["one.yaml", "--service", "../x"], "not a name"),
        (["one.yaml", "--service", "a/b"], "not a name"),
        (["one.yaml", "--service", "pacts"], "another name"),
        (["one.yaml", "--service", "x", "--version", "next"], "no version"),
        (["one.yaml", "--service", "x", "--kind", "poems"], "no kind of contract"),
        (["noversion.yaml", "--service", "x"], "give --version"),
        (["event.json", "--service", "x"], "--kind events/"),
        (["missing.yaml", "--service", "x"], "no such file"),
    ],
)
def test_what_add_cannot_do_is_said(store, run, arguments, told):
    store.put("noversion.yaml", "openapi: 3.0.3\ninfo: {title: x}\npaths: {}\n")
    store.put(
        "event.json",
        '{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}',
    )
    before = files(store)
    code, _, err = run("contracts", "add", *arguments)
    assert code == 2
    assert told in err
    assert files(store) == before


def test_a_contract_of_several_files_is_kept_as_a_folder(store, run):
    store.put(
        "api/openapi.yaml", (SPEC % "1.0.0").replace("{description: ok}", "{$ref: 'parts/ok.yaml'}")
    )
    store.put("api/parts/ok.yaml", "description: ok\n")
    assert run("contracts", "add", "api/openapi.yaml", "--service", "split")[0] == 0
    assert "split/openapi/1.0.0/parts/ok.yaml" in files(store)
    code, out, _ = run("diff", "split@1.0.0", "api/openapi.yaml", "--format", "json")
    assert json.loads(out)["findings"] == []
    store.put("sub/main.yaml", "$ref: ../one.yaml#/info\n")
    store.put("sub/openapi.yaml", (SPEC % "1.0.0") + "x-more: {$ref: '../one.yaml'}\n")
    code, _, err = run("contracts", "add", "sub/openapi.yaml", "--service", "out")
    assert code == 2
    assert "outside of its folder" in err


def test_an_event_schema_is_kept_by_its_kind(store, run):
    store.put(
        "event.json",
        '{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}',
    )
    code, out, _ = run(
        "contracts",
        "add",
        "event.json",
        "--service",
        "orders",
        "--kind",
        "events/Placed",
        "--version",
        "1.0.0",
    )
    assert code == 0, out
    assert "orders/events/Placed/1.0.0.json" in files(store)


@pytest.mark.usefixtures("store")
def test_list_says_what_there_is(run):
    run("contracts", "sunset", "orders@1.0.0", "2027-01-31")
    code, out, _ = run("contracts", "list")
    assert code == 0
    assert out.splitlines()[1].split() == [
        "orders/openapi",
        "1.0.0",
        "yes",
        "2027-01-31",
        "contracts/orders/openapi/1.0.0.yaml",
    ]
    rows = json.loads(run("contracts", "list", "--format", "json")[1])
    assert [(row["version"], row["locked"], row["sunset"]) for row in rows] == [
        ("1.0.0", True, "2027-01-31"),
        ("1.1.0", True, None),
    ]
    assert run("contracts", "list", "--format", "markdown")[1].startswith("| contract | version |")


def test_a_sunset_is_taken_back_and_must_be_a_date(store, run):
    assert run("contracts", "sunset", "orders@1.0.0", "2027-01-31")[0] == 0
    assert run("contracts", "sunset", "orders@1.0.0", "--cancel")[0] == 0
    assert "sunset" not in (store.root / "contracts/apicheck.lock").read_text()
    for arguments, told in (
        (["soon"], "no date"),
        ([], "either"),
        (["2027-01-31", "--cancel"], "either"),
    ):
        code, _, err = run("contracts", "sunset", "orders@1.0.0", *arguments)
        assert code == 2
        assert told in err


@pytest.mark.usefixtures("store")
def test_show_gives_the_text_the_data_or_the_path(run):
    assert run("contracts", "show", "orders@1.0.0")[1] == SPEC % "1.0.0"
    assert (
        json.loads(run("contracts", "show", "orders", "--format", "json")[1])["info"]["version"]
        == "1.1.0"
    )
    assert run("contracts", "show", "orders@latest", "--path")[1].strip().endswith("1.1.0.yaml")
    code, _, err = run("contracts", "show", "order@1.0.0")
    assert code == 2
    assert "did you mean" in err


def test_lint_names_file_and_line(store, run):
    assert run("contracts", "lint")[0] == 0
    bad = (MORE % "1.2.0").replace("  /b:\n", "  /b/{id}:\n").replace("title: Orders, ", "")
    store.put("bad.yaml", bad)
    code, out, _ = run("contracts", "lint", "bad.yaml")
    assert code == 1
    assert "bad.yaml:2" in out
    assert "'title' is a required property" in out
    store.put("bad.yaml", (MORE % "1.2.0").replace("  /b:\n", "  /b/{id}:\n"))
    code, out, _ = run("contracts", "lint", "bad.yaml", "one.yaml", "nowhere.yaml")
    assert code == 1
    assert "bad.yaml:7" in out
    assert "Path parameter 'id'" in out
    assert "no such file" in out
    assert "3 contracts checked" in out
    code, _, err = run("contracts", "lint", "nowhere.yaml")
    assert code == 2
    assert "nowhere.yaml: there is no such file" in err


def test_lint_fetches_nothing_and_reads_nothing_outside(store, run, tmp_path):
    (tmp_path / "secret.yaml").write_text("type: object\n")
    body = "{description: ok, content: {a/b: {schema: {$ref: '%s'}}}}"
    for ref, told in (
        ("http://127.0.0.1:9/x.json", "http://127.0.0.1:9/x.json: is remote, and not followed"),
        ("../../secret.yaml", "secret.yaml: there is no such file"),
    ):
        store.put("bad.yaml", (SPEC % "1.0.0").replace("{description: ok}", body % ref))
        code, out, _ = run("contracts", "lint", "bad.yaml", "--format", "json")
        assert code == 1, out
        assert [each["message"] for each in json.loads(out)["findings"]] == [told]


def test_lint_names_places_as_people_do(store, run):
    bad = (MORE % "1.2.0").replace("  /b:\n", "  /b/{id}:\n")
    bad += "components: {schemas: {Pet: {type: integer, default: x}}}\n"
    store.put("bad.yaml", bad)
    report = json.loads(run("contracts", "lint", "bad.yaml", "--format", "json")[1])
    assert [each["location"]["label"] for each in report["findings"]] == [
        "schema Pet",
        "GET /b/{id}",
    ]


def test_the_log_tells_each_step(store, run):
    store.put("new.yaml", SPEC % "1.1.1")
    run("contracts", "add", "new.yaml", "--service", "orders", "--force")
    code, out, _ = run("contracts", "log", "orders")
    assert code == 0
    assert [line.split()[:3] for line in out.splitlines()[1:]] == [
        ["1.0.0", "→", "1.1.0"],
        ["1.1.0", "→", "1.1.1"],
    ]
    assert "too small a step" in out
    steps = json.loads(run("contracts", "log", "orders", "--format", "json")[1])["steps"]
    assert [(each["given"], each["demanded"], each["breaking"]) for each in steps] == [
        ("minor", "minor", 0),
        ("patch", "major", 1),
    ]


@pytest.mark.usefixtures("store")
def test_the_matrix_says_who_can_talk_to_whom(run):
    cells = json.loads(run("contracts", "matrix", "orders", "--format", "json")[1])["cells"]
    assert {(each["client"], each["service"]): each["verdict"] for each in cells} == {
        ("1.0.0", "1.0.0"): "identical",
        ("1.0.0", "1.1.0"): "compatible",
        # A client that knows /b meets a service that does not.
        ("1.1.0", "1.0.0"): "breaking",
        ("1.1.0", "1.1.0"): "identical",
    }
    assert "breaks (1)" in run("contracts", "matrix", "orders")[1]
    _, out, err = run("contracts", "matrix", "orders", "--last", "1")
    assert len(out.splitlines()) == 2
    assert "1 older versions left out" in err
    assert run("contracts", "matrix", "orders", "--format", "markdown")[1].startswith(
        "| client \\ service | 1.0.0"
    )


def test_init_scaffolds_and_leaves_alone_what_is_there(repo, run):
    repo.put(".pre-commit-config.yaml", "repos: []\n")
    repo.put("pyproject.toml", "[tool.other]\n")
    code, out, _ = run("init")
    assert code == 0
    assert "kept     .pre-commit-config.yaml" in out
    assert "- id: apicheck-gate" in out, "says what to add by hand"
    assert (repo.root / ".pre-commit-config.yaml").read_text() == "repos: []\n"
    made = [".github/workflows/apicheck.yml", "apicheck.toml", "contracts/README.md"]
    before = {path: (repo.root / path).read_text() for path in made}
    assert yaml.safe_load(before[".github/workflows/apicheck.yml"])["permissions"] == {}
    assert run("init")[1].count("kept") == 4
    assert {path: (repo.root / path).read_text() for path in made} == before
    repo.put("one.yaml", SPEC % "1.0.0")
    assert run("contracts", "list")[0] == 0
    assert run("contracts", "add", "one.yaml", "--service", "orders")[0] == 0
    repo.branch()
    assert run("gate")[0] == 0


def test_init_keeps_to_settings_in_pyproject(repo, run):
    repo.put("pyproject.toml", '[tool.apicheck]\nstore = "apis"\n')
    code, _, _ = run("init", "--store", "apis")
    assert code == 0
    assert not (repo.root / "apicheck.toml").exists()
    assert (repo.root / "apis/README.md").exists()


@pytest.mark.parametrize("store", ["/tmp/x", "../x", 'a"b'])
def test_init_writes_only_inside(run, store):
    assert run("init", "--store", store)[0] == 2


@pytest.mark.parametrize(
    ("mode", "corner"),
    [("backward", "writer \\ reader"), ("forward", "reader \\ writer"), ("full", "one \\ other")],
)
def test_the_matrix_of_an_event_says_who_reads(store, run, mode, corner):
    store.put("apicheck.toml", f'compatibility = "{mode}"\n')
    for version in ("1.0.0", "1.1.0"):
        text = '{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}'
        store.put(f"contracts/orders/events/Placed/{version}.json", text)
    code, out, err = run("contracts", "matrix", "orders/events/Placed")
    assert code == 0, err
    assert out.startswith(corner)
