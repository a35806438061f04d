"""A broker as the source of pacts: what is deployed or on a main branch counts, and when it was."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3

import pytest
from tests.broker.small_pacts import deploy, environment, publish

from apicheck import api
from apicheck.cli import run

OLD = {
    "openapi": "3.1.0",
    "info": {"title": "Stock API", "version": "1.0.0"},
    "paths": {
        "/orders/{id}": {
            "get": {"responses": {"200": {"description": ""}, "204": {"description": ""}}}
        }
    },
}


@pytest.fixture
def checked(tmp_path, monkeypatch, capsys, broker):
    """Check that a status is gone, with the pacts of the broker; severity, consumers and notes."""
    new = json.loads(json.dumps(OLD))
    del new["paths"]["/orders/{id}"]["get"]["responses"]["204"]
    (tmp_path / "old.json").write_text(json.dumps(OLD))
    (tmp_path / "new.json").write_text(json.dumps(new))
    monkeypatch.chdir(tmp_path)

    def check(*settings):
        lines = (f'pacts = "{broker.base_url}"', 'unused-breaks = "warning"', *settings)
        (tmp_path / "apicheck.toml").write_text("\n".join(lines))
        run(["diff", "old.json", "new.json", "-f", "json"])
        report = json.loads(capsys.readouterr().out)
        (found,) = [e for e in report["findings"] if e["rule"] == "response.success-removed"]
        names = found["consumers"] and [each["name"] for each in found["consumers"]]
        return found["severity"], names, " ".join(report["notes"])

    return check


def aged(tmp_path, consumer, number, days):
    """Let a pact have been published some days ago."""
    when = f"{api.today() - dt.timedelta(days=days)}T12:00:00+00:00"
    with sqlite3.connect(tmp_path / "broker.db") as db:
        db.execute(
            "UPDATE pacts SET created_at = ? WHERE version IN (SELECT v.id FROM versions v JOIN"
            " pacticipants p ON p.id = v.pacticipant WHERE p.name = ? AND v.number = ?)",
            (when, consumer, number),
        )
    db.close()


def test_what_is_deployed_or_on_the_main_branch_counts(broker, checked):
    publish(broker, version="1", consumer="web", status=204)
    publish(broker, version="2", consumer="web", status=200)
    severity, names, notes = checked()
    assert (severity, names) == ("warning", [])
    assert "consumers of Stock API by their pacts: web (" in notes
    deploy(broker, environment(broker), "web", "1")
    severity, names, _ = checked()
    assert (severity, names) == ("error", ["web"])


def test_a_consumer_with_neither_counts_by_its_newest_pact(broker, checked):
    publish(broker, version="1", consumer="web", status=200)
    publish(broker, version="7", consumer="app", branch="feature", status=204)
    severity, names, notes = checked()
    assert (severity, names) == ("error", ["app"])
    assert "app (latest)" in notes


def test_pacts_of_the_past_count_as_far_as_they_are_asked_for(tmp_path, broker, checked):
    publish(broker, version="1", consumer="web", status=204)
    publish(broker, version="2", consumer="web", status=200)
    aged(tmp_path, "web", "1", 90)
    aged(tmp_path, "web", "2", 10)
    assert checked("unused-days = 5")[0] == "warning"
    severity, names, notes = checked("unused-days = 30")
    assert (severity, names) == ("error", None)
    assert "one used in the days that count" in notes
    severity, _, notes = checked("unused-days = 100")
    assert severity == "error"
    assert "nothing is known of pacts with Stock API on" in notes


def test_an_unknown_provider_and_a_broker_that_is_gone(checked, capsys, monkeypatch):
    severity, names, notes = checked()
    assert (severity, names) == ("error", None)
    assert "no pact names Stock API as its provider" in notes
    monkeypatch.setattr("time.sleep", lambda _: None)
    assert run(["diff", "old.json", "new.json", "--pacts", "http://127.0.0.1:9"]) == 2
    assert "the broker cannot be reached" in capsys.readouterr().err
