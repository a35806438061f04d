"""The gate where contracts are plain files of a repository."""

import json

import pytest

from apicheck.errors import ConfigError, SourceError
from apicheck.model import Severity, Verdict


def spec(version="1.0.0", *, paths=("/orders",), extra="", **more):
    """An OpenAPI document with a GET at each path."""
    head = f"openapi: 3.0.3\ninfo:\n  title: Orders\n  version: {version}\n{extra}paths:\n"
    operation = more.get("operation", "")
    return head + "".join(
        f"  {each}:\n    get:\n{operation}      responses:\n        '200': {{description: ok}}\n"
        for each in paths
    )


SUNSET = "      deprecated: true\n      x-sunset: '%s'\n"


def test_nothing_changed(repo):
    repo.put("openapi.yaml", spec())
    repo.branch()
    repo.put("README.md", "hello")
    report = repo.gate()
    assert report.findings == ()
    assert report.summary.verdict is Verdict.IDENTICAL
    assert "0 of 1 contracts differ" in report.notes[0]


def test_a_break_is_found_and_named_with_its_contract(repo):
    repo.put("api/orders.yml", spec(paths=["/orders", "/items"]))
    repo.branch()
    repo.put("api/orders.yml", spec("2.0.0"))
    report = repo.gate()
    (finding,) = (f for f in report.findings if f.severity is Severity.ERROR)
    assert finding.rule.id == "operation.removed"
    assert finding.contract == "api/orders.yml"
    assert finding.location.old.source.startswith("git:")
    assert finding.location.new.source == "api/orders.yml"


def test_the_comparison_is_with_where_the_branch_left_main(repo):
    repo.put("openapi.yaml", spec())
    repo.branch()
    repo.put("README.md", "work")
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.put("openapi.yaml", spec("1.1.0", paths=["/orders", "/new-on-main"]))
    repo.commit()
    repo.git("checkout", "-q", "change")
    assert repo.rules() == []


def test_work_that_is_not_committed_counts_and_files_not_yet_added(repo):
    repo.put("openapi.yaml", spec(paths=["/orders", "/items"]))
    repo.branch()
    repo.put("openapi.yaml", spec("2.0.0"))
    repo.put(
        "new/openapi.json", json.dumps({"openapi": "3.1.0", "info": {"title": "x"}, "paths": {}})
    )
    assert repo.rules() == ["contract.invalid", "operation.removed"]


def test_a_change_in_a_file_that_a_contract_refers_to_counts(repo):
    shape = "components:\n  schemas:\n    Order:\n      type: object\n      required: [id]\n      properties: {id: {type: %s}}\n"
    text = spec().replace(
        "{description: ok}",
        "{description: ok, content: {application/json: {schema: {$ref: 'shared/a.yaml#/x'}}}}",
    )
    repo.put("openapi.yaml", text)
    repo.put("shared/a.yaml", "x: {$ref: 'b.yaml#/components/schemas/Order'}")
    repo.put("shared/b.yaml", shape % "string")
    repo.branch()
    repo.put("shared/b.yaml", shape % "integer")
    report = repo.gate()
    finding = next(f for f in report.findings if f.rule.id == "schema.type-changed")
    assert finding.contract == "openapi.yaml"
    assert finding.location.new.source == "shared/b.yaml"


def test_a_moved_contract_is_compared_with_itself(repo):
    repo.put("openapi.yaml", spec(paths=["/orders", "/items", "/stock"]))
    repo.branch()
    (repo.root / "api").mkdir()
    repo.git("mv", "openapi.yaml", "api/orders.yaml")
    assert repo.rules() == []
    repo.put("api/orders.yaml", spec("2.0.0", paths=["/orders", "/items"]))
    repo.git("add", "-A")
    assert repo.rules() == ["operation.removed"]


def test_a_removed_contract_breaks_unless_all_of_it_had_its_sunset(repo):
    repo.put("old.yaml", spec(operation=SUNSET % "2026-01-31"))
    repo.put("new.yaml", spec(paths=["/a", "/b"], operation=SUNSET % "2027-01-31"))
    repo.branch()
    (repo.root / "old.yaml").unlink()
    assert repo.rules() == []
    (repo.root / "new.yaml").unlink()
    assert repo.rules() == ["contract.removed"]


def test_an_operation_may_go_after_its_sunset_but_not_before(repo):
    body = (
        spec(paths=["/orders"])
        + "  /old:\n    get:\n"
        + SUNSET
        + "      responses: {'200': {description: ok}}\n"
    )
    repo.put("passed.yaml", body % "2026-11-20")
    repo.put("ahead.yaml", body % "2026-11-22")
    repo.branch()
    repo.put("passed.yaml", spec())
    assert repo.rules() == []
    repo.put("ahead.yaml", spec("2.0.0"))
    assert repo.rules() == ["operation.removed"]


def test_a_contract_that_no_longer_says_what_it_is_does_not_slip_away(repo):
    repo.put("openapi.yaml", spec())
    repo.branch()
    repo.put("openapi.yaml", spec().replace("openapi: 3.0.3\n", ""))
    report = repo.gate()
    assert report.summary.error == 1, report.findings


@pytest.mark.parametrize(
    "text",
    [
        "openapi: 3.0.3\npaths: [\n",
        "openapi: 3.0.3\nopenapi: 3.0.3\n",
        "openapi: 3.0.3\n\tx: 1\n",
        "\x00",
    ],
)
def test_a_contract_that_cannot_be_read_is_a_finding_and_the_others_are_still_checked(repo, text):
    repo.put("broken.yaml", spec())
    repo.put("openapi.yaml", spec(paths=["/orders", "/items"]))
    repo.branch()
    repo.put("broken.yaml", text)
    repo.put("openapi.yaml", spec("2.0.0"))
    assert repo.rules() == ["contract.invalid", "operation.removed"]


def test_a_contract_that_was_broken_may_be_mended(repo):
    repo.put("openapi.yaml", "openapi: 3.0.3\npaths: [\n")
    repo.branch()
    repo.put("openapi.yaml", spec())
    report = repo.gate()
    assert [(f.rule.id, f.severity.name) for f in report.findings] == [
        ("contract.still-invalid", "WARNING")
    ]


def test_old_sins_are_told_more_quietly_than_new_ones(repo):
    bad = "  /a/{id}:\n    get:\n      responses: {'200': {description: ok}}\n"
    repo.put("openapi.yaml", spec() + bad)
    repo.branch()
    repo.put("openapi.yaml", spec("1.1.0", paths=["/orders", "/items"]) + bad)
    assert repo.rules() == ["contract.still-invalid"]
    repo.put("openapi.yaml", spec("1.1.0") + bad + bad.replace("/a/", "/b/"))
    assert repo.rules() == ["contract.invalid", "contract.still-invalid"]


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("1.0.0", True),
        ("1.0.1", True),
        ("0.9.0", True),
        ("1.1.0", False),
        ("2.0.0", False),
        ("next", False),
    ],
)
def test_the_version_in_the_document_must_rise_with_the_changes(repo, version, told):
    repo.put("openapi.yaml", spec())
    repo.branch()
    repo.put("openapi.yaml", spec(version, paths=["/orders", "/items"]))
    assert ("document.version-not-bumped" in repo.rules()) is told


def test_wording_alone_demands_no_new_version(repo):
    repo.put("openapi.yaml", spec())
    repo.branch()
    repo.put("openapi.yaml", spec().replace("title: Orders", "title: All orders"))
    assert repo.rules() == []


def test_a_new_major_lets_a_plain_file_break_only_where_that_is_allowed(repo):
    repo.put("openapi.yaml", spec(paths=["/orders", "/items"]))
    repo.branch()
    repo.put("openapi.yaml", spec("2.0.0"))
    assert repo.rules() == ["operation.removed"]
    report = repo.gate(allow_major=True)
    assert report.summary.error == 0
    (waived,) = (f for f in report.findings if f.waived)
    assert "2.0.0" in waived.waived.reason
    repo.put("openapi.yaml", spec("1.5.0"))
    assert "operation.removed" in repo.rules(allow_major=True)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("api/orders.yaml", True),
        ("./api/*.yaml", True),
        ("api", True),
        ("**/orders.yaml", True),
        ("*.yaml", False),
        ("api/?rders.yaml", True),
    ],
)
def test_specs_are_named_by_path_folder_or_glob(repo, pattern, found):
    repo.put("api/orders.yaml", spec(paths=["/orders", "/items"]))
    repo.put("top.yaml", spec())
    repo.branch()
    repo.put("api/orders.yaml", spec("2.0.0"))
    assert (repo.rules(specs=[pattern]) == ["operation.removed"]) is found


def test_specs_that_match_nothing_are_a_wrong_setting(repo):
    repo.put("openapi.yaml", spec())
    repo.branch()
    with pytest.raises(ConfigError, match="matches no file"):
        repo.gate(specs=["api/*.yaml"])


def test_a_repository_without_contracts_is_no_silent_success(repo):
    repo.put("values.yaml", "a: 1")
    repo.branch()
    with pytest.raises(SourceError, match="no contract here"):
        repo.gate()


def test_shards_share_the_contracts_out(repo):
    for name in "abcde":
        repo.put(f"{name}.yaml", spec(paths=["/orders", "/items"]))
    repo.branch()
    for name in "abcde":
        repo.put(f"{name}.yaml", spec("2.0.0"))
    found = [{f.contract for f in repo.gate(shard=(at, 3)).findings} for at in (1, 2, 3)]
    assert set.union(*found) == {f"{name}.yaml" for name in "abcde"}
    assert sum(map(len, found)) == 5


def test_staged_checks_what_is_staged_against_head(repo):
    repo.put("openapi.yaml", spec(paths=["/orders", "/items"]))
    repo.put("other.yaml", spec(paths=["/orders", "/items"]))
    repo.branch()
    repo.put("openapi.yaml", spec("2.0.0"))
    repo.put("other.yaml", spec("2.0.0"))
    repo.git("add", "openapi.yaml")
    report = repo.gate(staged=True)
    assert {f.contract for f in report.findings} == {"openapi.yaml"}
    repo.put("openapi.yaml", spec("2.0.1"))
    assert any("not staged" in note for note in repo.gate(staged=True).notes)


def test_the_first_commit_of_all_adds_contracts(repo):
    repo.put("openapi.yaml", spec())
    repo.git("add", "-A")
    report = repo.gate(staged=True)
    assert [f.rule.id for f in report.findings] == ["contract.added"]


def test_an_embedded_document_is_no_contract(repo):
    repo.put("openapi.yaml", spec())
    repo.put("chart/config.yaml", "data:\n  openapi: 3.0.3\n")
    repo.branch()
    repo.put("chart/config.yaml", "data:\n  openapi: 3.0.4\n")
    report = repo.gate()
    assert "0 of 1 contracts" in report.notes[0]
