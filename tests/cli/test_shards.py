"""A sharded run, joined, says what the whole run says."""

from __future__ import annotations

import json
import subprocess

import pytest

from apicheck import cli

API = """\
openapi: 3.1.0
info: {{title: T, version: "{version}"}}
paths:
  /{name}:
    get:
      responses:
        "200": {{description: d, content: {{application/json: {{schema: {schema}}}}}}}
{more}"""
DELETE = '    delete: {responses: {"204": {description: d}}}\n'
SETTINGS = """\
specs = ["*.yaml"]

[[waivers]]
rule = "operation.removed"
path = "DELETE /b"
reason = "nobody calls it"

[[waivers]]
rule = "operation.removed"
path = "DELETE /nowhere"
reason = "matches nothing"
"""


def git(folder, *arguments):
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def changed(tmp_path, monkeypatch):
    """Four contracts: two break, one of them by leave; one grows; one stays."""
    for name in "abcd":
        text = API.format(version="1.0.0", name=name, schema="{type: object}", more=DELETE)
        (tmp_path / f"{name}.yaml").write_text(text)
    (tmp_path / "apicheck.toml").write_text(SETTINGS)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    schema = {"a": "{type: string}", "c": "{type: object, properties: {x: {type: string}}}"}
    for name in "abc":
        more = "" if name == "b" else DELETE
        text = API.format(
            version="1.1.0", name=name, schema=schema.get(name, "{type: object}"), more=more
        )
        (tmp_path / f"{name}.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize("count", [1, 2, 5])
def test_joined_shards_are_the_whole_run(changed, capsys, count):
    files = [f"{n}.json" for n in range(1, count + 1)]
    whole = cli.run(["gate", "--base", "main", "--output", "json=whole.json"])
    for n, each in enumerate(files, 1):
        cli.run(["gate", "--base", "main", "--shard", f"{n}/{count}", "--output", f"json={each}"])
    code = cli.run(["report", "merge", *files, "--output", "json=joined.json"])
    capsys.readouterr()
    expected, found = (
        json.loads((changed / f"{name}.json").read_text()) for name in ("whole", "joined")
    )
    assert expected["findings"]
    assert any(each["rule"] == "waiver.unused" for each in expected["findings"])
    expected.pop("notes")
    found.pop("notes")
    assert found == expected
    assert code == whole
