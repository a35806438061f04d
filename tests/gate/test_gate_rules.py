"""Every card of the store and the gate fires on its own example, in a real repository."""

import json
import string

import pytest

from apicheck.model import Severity
from apicheck.store import RULES
from apicheck.store.layout import contracts
from apicheck.store.lock import Locked, digest, read_lock, reader, write_lock

ROOT = "contracts"


def put(repo, state):
    """Make the work tree what the example says."""
    for path in repo.root.rglob("*.yaml"):
        path.unlink()
    for path, text in state.items():
        if path != "lock":
            repo.put(path, text)
    store = repo.root / ROOT
    if not any(path.startswith(ROOT) for path in state):
        return
    before = read_lock(store)
    read = reader(store)
    lines = {}
    for stored in contracts(store):
        for release in stored.releases:
            fresh = Locked(sha256=digest(release, read))
            lines[release.name] = before.get(release.name, fresh)
    if state.get("lock") == "":
        lines = {}
    elif "lock" in state:
        name, _, day = state["lock"].partition(" until ")
        lines[name] = Locked(sha256=lines[name].sha256, sunset=day)
    write_lock(store, lines)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_example_fires_this_card(rule, repo):
    assert rule.example.of == "store"
    put(repo, json.loads(rule.example.old))
    repo.branch()
    put(repo, json.loads(rule.example.new))
    report = repo.gate()
    found = {finding.rule.id: finding for finding in report.findings}
    assert rule.id in found, sorted(found)
    finding = found[rule.id]
    fields = {name for _, name, _, _ in string.Formatter().parse(rule.message) if name}
    assert fields <= finding.values.keys()
    assert finding.location.new or finding.location.old, "a place to go to"
    loud = {each for each, f in found.items() if f.severity > Severity.INFO and not f.waived}
    assert loud <= {rule.id}, "and no other"


def test_the_examples_read_as_states_of_a_repository():
    for rule in RULES:
        for text in (rule.example.old, rule.example.new):
            assert all(
                path in {"lock", "openapi.yaml"} or path.startswith("contracts/orders/")
                for path in json.loads(text)
            )
