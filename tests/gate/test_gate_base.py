"""Which revision a gate compares with, and how the command line says so."""

import json

import pytest

from apicheck.errors import SourceError
from apicheck.gate import default_base

TEXT = "openapi: 3.0.3\ninfo: {title: Orders, version: 1.0.0}\npaths: {}\n"


@pytest.mark.parametrize(
    ("environment", "base"),
    [
        ({}, None),
        ({"GITHUB_BASE_REF": ""}, None),
        ({"GITHUB_BASE_REF": "release/2"}, "origin/release/2"),
        ({"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "trunk"}, "origin/trunk"),
    ],
)
def test_a_ci_names_the_base(environment, base):
    assert default_base(environment) == base


@pytest.mark.parametrize("branch", ["main", "master"])
def test_without_a_base_the_main_branch_is_taken(repo, branch):
    repo.put("openapi.yaml", TEXT)
    repo.branch()
    repo.git("branch", "-M", "main", branch)
    assert repo.gate(base=None).notes[0].startswith(f"compared with {branch} (")


def test_a_remote_main_wins_over_a_local_one_that_is_behind(repo, tmp_path):
    repo.put("openapi.yaml", TEXT)
    repo.commit()
    repo.git("clone", "-q", ".", str(tmp_path / "clone"))
    repo.root = tmp_path / "clone"
    assert repo.gate(base=None).notes[0].startswith("compared with origin/HEAD (")


def test_a_branch_that_only_the_remote_has_is_found_by_its_short_name(repo, tmp_path):
    repo.put("openapi.yaml", TEXT)
    repo.branch()
    repo.git("clone", "-q", ".", str(tmp_path / "clone"))
    repo.root = tmp_path / "clone"
    assert "0 of 1" in repo.gate(base="main").notes[0]


def test_no_main_branch_asks_for_one(repo):
    repo.git("checkout", "-q", "-b", "odd")
    repo.put("openapi.yaml", TEXT)
    repo.commit()
    with pytest.raises(SourceError, match="give --base REV"):
        repo.gate(base=None)


@pytest.mark.parametrize("base", ["nowhere", "--output=x", "0" * 40])
def test_an_unknown_revision_is_said_so(repo, base):
    repo.put("openapi.yaml", TEXT)
    repo.branch()
    with pytest.raises(SourceError, match="no such revision"):
        repo.gate(base=base)


def test_a_shallow_clone_says_what_to_do(repo, tmp_path):
    repo.put("openapi.yaml", TEXT)
    repo.branch()
    repo.put("README.md", "work")
    repo.commit()
    repo.git("clone", "-q", "--depth", "1", f"file://{repo.root}", str(tmp_path / "clone"))
    repo.root = tmp_path / "clone"
    with pytest.raises(SourceError, match="fetch-depth: 0") as caught:
        repo.gate(base="origin/main")
    assert "this clone is shallow" in str(caught.value)


def test_branches_without_a_common_ancestor(repo):
    repo.put("openapi.yaml", TEXT)
    repo.commit()
    repo.git("checkout", "-q", "--orphan", "other")
    repo.commit("another beginning")
    with pytest.raises(SourceError, match="no common ancestor"):
        repo.gate()


def test_outside_of_git(tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    code, out, err = run("gate")
    assert (code, out) == (2, "")
    assert "run it in a git work tree" in err


def test_in_a_folder_of_the_repository_only_what_is_below_counts(repo, run, monkeypatch):
    repo.put("a/openapi.yaml", TEXT)
    repo.put("b/openapi.yaml", TEXT)
    repo.branch()
    for name in "ab":
        repo.put(f"{name}/openapi.yaml", TEXT.replace("paths: {}", "paths: {/x: {}}"))
    monkeypatch.chdir(repo.root / "a")
    code, out, _ = run("gate", "--format", "json")
    assert code == 0
    assert "1 of 1 contracts differ" in json.loads(out)["notes"][0]


def test_the_command_line_gates(repo, run, monkeypatch):
    repo.put(
        "openapi.yaml",
        TEXT.replace("paths: {}", "paths: {/x: {get: {responses: {'200': {description: ok}}}}}"),
    )
    repo.branch()
    repo.put("openapi.yaml", TEXT)
    code, out, _ = run("gate")
    assert code == 1
    assert "operation.removed" in out
    assert run("gate", "--fail-on", "never")[0] == 0
    assert run("gate", "--shard", "2/2")[0] == 0
    assert run("gate", "--spec", "openapi.yaml")[0] == 1
    monkeypatch.setenv("GITHUB_BASE_REF", "gone")
    assert run("gate")[0] == 2
    assert run("gate", "--base", "main")[0] == 1
    code, out, _ = run("gate", "--base", "main", "--format", "json")
    report = json.loads(out)
    assert report["command"] == "gate"
    assert {each["contract"] for each in report["findings"]} == {"openapi.yaml"}


@pytest.mark.parametrize("shard", ["0/2", "3/2", "1", "a/b", "1/0"])
def test_a_wrong_shard(run, shard):
    code, _, err = run("gate", "--shard", shard)
    assert code == 2
    assert "I/N" in err


def test_settings_name_the_base_and_the_files(repo, run):
    repo.put(
        "one/orders.yaml",
        TEXT.replace("paths: {}", "paths: {/x: {get: {responses: {'200': {description: ok}}}}}"),
    )
    repo.put("apicheck.toml", 'base = "trunk"\nspecs = ["one/*.yaml"]\n')
    repo.branch()
    repo.git("branch", "-m", "main", "trunk")
    repo.put("one/orders.yaml", TEXT)
    code, out, _ = run("gate")
    assert code == 1
    assert "trunk (" in out


def test_a_commit_without_contracts_is_let_pass_but_a_pull_request_is_not(repo, run):
    repo.put("main.py", "")
    repo.branch()
    repo.put("main.py", "print()")
    repo.put("values.yaml", "a: 1")
    repo.git("add", "-A")
    assert run("gate", "--staged")[0] == 0
    code, _, err = run("gate")
    assert code == 2
    assert "apicheck init" in err


def test_a_head_that_cannot_be_read_is_not_taken_for_a_new_repository(repo):
    repo.put("openapi.yaml", TEXT)
    repo.branch()
    head = repo.git("rev-parse", "HEAD").strip()
    lost = repo.root / ".git" / "objects" / head[:2] / head[2:]
    lost.unlink()
    with pytest.raises(SourceError, match="git fsck"):
        repo.gate(base=None)
