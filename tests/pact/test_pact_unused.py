"""When a break that nobody uses is let pass: only where enough is known of who uses what."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
from pathlib import Path

import pytest

from apicheck import api
from apicheck.cli import run

OLD = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1.0.0"},
    "paths": {
        "/items": {"get": {"responses": {"200": {"description": ""}}}},
        "/reports": {"get": {"responses": {"200": {"description": ""}}}},
    },
}
NEW = {**OLD, "paths": {"/items": OLD["paths"]["/items"]}}
TODAY = api.today()


def reads(*paths):
    return [
        {
            "description": f"read {each}",
            "request": {"method": "GET", "path": each},
            "response": {"status": 200},
        }
        for each in paths
    ]


@pytest.fixture
def repository(tmp_path, monkeypatch, pact):
    """A repository with both versions of a contract; what is called commits a pact some days ago."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    (tmp_path / "pacts").mkdir()
    (tmp_path / "old.json").write_text(json.dumps(OLD))
    (tmp_path / "new.json").write_text(json.dumps(NEW))

    def git(*arguments, days=0):
        when = f"{TODAY - dt.timedelta(days=days)}T12:00:00"
        command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.invalid", *arguments]
        dated = {**os.environ, "GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": when}
        subprocess.run(command, check=True, capture_output=True, env=dated)

    git("init", "-q", "-b", "main")

    def committed(consumer, days, *paths):
        pact(*reads(*paths), consumer=consumer, name=f"pacts/{consumer}-shop.json")
        git("add", ".")
        git("commit", "-q", "-m", consumer, days=days)

    return committed


def checked(capsys, *settings):
    lines = ('pacts = "pacts"', 'unused-breaks = "warning"', *settings)
    Path("apicheck.toml").write_text("\n".join(lines))
    code = run(["diff", "old.json", "new.json", "-f", "json"])
    report = json.loads(capsys.readouterr().out)
    return code, report["findings"][0]["severity"], " ".join(report["notes"])


def test_known_consumers_must_all_have_a_pact(repository, capsys):
    repository("web", 0, "/items")
    code, severity, notes = checked(capsys, 'known-consumers = ["web", "mobile"]')
    assert (code, severity) == (1, "error")
    assert "no pact with Shop of mobile (known-consumers)" in notes
    repository("mobile", 0, "/items")
    code, severity, notes = checked(capsys, 'known-consumers = ["web", "mobile"]')
    assert (code, severity) == (0, "warning")
    assert "consumers of Shop by their pacts: mobile, web" in notes
    assert "1 breaking change told as less" in notes


def test_what_was_used_within_the_days_is_no_unused_break(repository, capsys):
    repository("web", 90, "/items", "/reports")
    repository("web", 10, "/items")
    assert checked(capsys)[:2] == (0, "warning")
    code, severity, notes = checked(capsys, "unused-days = 30")
    assert (code, severity) == (1, "error")
    assert "no pact uses now and one used in the days that count" in notes
    code, severity, notes = checked(capsys, "unused-days = 5")
    assert (code, severity) == (0, "warning")
    assert "pacts with Shop are looked at since" in notes


def test_days_before_the_first_pact_are_not_known(repository, capsys):
    repository("web", 10, "/items")
    code, severity, notes = checked(capsys, "unused-days = 30")
    assert (code, severity) == (1, "error")
    assert "nothing is known of pacts with Shop on" in notes


def test_the_past_is_found_from_a_folder_inside_too(repository, capsys, monkeypatch):
    repository("web", 90, "/items", "/reports")
    repository("web", 10, "/items")
    lines = ('pacts = "pacts"', 'unused-breaks = "warning"', "unused-days = 30")
    Path("apicheck.toml").write_text("\n".join(lines))
    Path("inside").mkdir()
    monkeypatch.chdir("inside")
    assert run(["diff", "../old.json", "../new.json"]) == 1
    assert "no pact uses now and one used in the days that count" in capsys.readouterr().out


def test_a_folder_outside_of_git_has_no_past(tmp_path, monkeypatch, capsys, pact):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "pacts").mkdir()
    pact(*reads("/items"), name="pacts/web-shop.json")
    (tmp_path / "old.json").write_text(json.dumps(OLD))
    (tmp_path / "new.json").write_text(json.dumps(NEW))
    assert checked(capsys, "unused-days = 1")[:2] == (1, "error")
    assert checked(capsys, "unused-days = 0")[:2] == (0, "warning")


@pytest.mark.parametrize(
    "line", ["unused-days = -1", "unused-days = 1000000", "known-consumers = 1"]
)
@pytest.mark.usefixtures("repository")
def test_settings_of_another_kind_are_refused(line, capsys):
    Path("apicheck.toml").write_text(line)
    assert run(["diff", "old.json", "new.json"]) == 2
    assert "apicheck.toml:1" in capsys.readouterr().err


def test_what_was_announced_may_go_early_where_nobody_uses_it(repository, capsys):
    old = json.loads(json.dumps(OLD))
    old["paths"]["/reports"]["get"] |= {"deprecated": True, "x-sunset": "2999-01-01"}
    Path("old.json").write_text(json.dumps(old))
    Path("apicheck.toml").write_text('pacts = "pacts"\nspecs = ["api.json"]\n')
    Path("api.json").write_text(json.dumps(old))
    repository("web", 0, "/items")
    Path("api.json").write_text(json.dumps({**NEW, "info": {"title": "Shop", "version": "1.1.0"}}))
    assert run(["gate", "--base", "HEAD"]) == 0
    out = capsys.readouterr().out
    assert "its sunset was announced, and no known consumer uses this any more" in out
    assert "1 breaking change told as less" in out
    repository("app", 0, "/reports")
    assert run(["diff", "old.json", "new.json"]) == 1
    assert "consumers that use this: app" in capsys.readouterr().out
    # Without a date, or without pacts, nothing passes.
    del old["paths"]["/reports"]["get"]["x-sunset"]
    Path("old.json").write_text(json.dumps(old))
    assert run(["diff", "old.json", "new.json"]) == 1


def test_pacts_on_messages_say_nothing_of_who_asks_over_http(tmp_path, monkeypatch, capsys, pact):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pacts").mkdir()
    pact({"description": "an event", "contents": {}}, version=3, name="pacts/web-shop.json")
    (tmp_path / "old.json").write_text(json.dumps(OLD))
    (tmp_path / "new.json").write_text(json.dumps(NEW))
    code, severity, notes = checked(capsys)
    assert (code, severity) == (1, "error")
    assert notes == "no pact asks Shop over HTTP: nothing is known of who uses it"
