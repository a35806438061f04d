"""The gate over a store of released versions."""

from datetime import date

import pytest

from apicheck.errors import SourceError
from apicheck.model import Bump, Severity

ORDERS = "contracts/orders/openapi/"


def spec(version, *paths, kind="string", **more):
    operations = "".join(
        f"  {path}:\n    get:\n      parameters: [{{name: q, in: query, schema: {{type: {kind}}}}}]\n"
        "      responses: {'200': {description: ok}}\n"
        for path in paths
    )
    extra = "".join(f", {name}: '{value}'" for name, value in more.items())
    return (
        f"openapi: 3.0.3\ninfo: {{title: Orders, version: {version}{extra}}}\npaths:\n{operations}"
    )


@pytest.fixture
def store(repo):
    repo.put(ORDERS + "1.0.0.yaml", spec("1.0.0", "/a"))
    repo.put(ORDERS + "1.1.0.yaml", spec("1.1.0", "/a", "/b"))
    repo.lock()
    repo.branch()
    return repo


@pytest.mark.parametrize(
    ("version", "paths", "rules"),
    [
        ("1.2.0", ["/a", "/b", "/c"], []),
        ("1.1.1", ["/a", "/b", "/c"], ["store.version-bump-too-small"]),
        ("1.1.1", ["/a", "/b"], []),
        ("1.2.0", ["/a"], ["operation.removed", "store.version-bump-too-small"]),
        ("2.0.0", ["/a"], []),
        ("2.0.0-rc.1", ["/a"], []),
        # A repair of an older line is held against that line.
        ("1.0.1", ["/a"], []),
        ("1.0.1", ["/a", "/b"], ["store.version-bump-too-small"]),
        ("0.9.0", ["/a"], ["store.version-decreased"]),
    ],
)
def test_a_new_version_must_be_numbered_as_its_changes_demand(store, version, paths, rules):
    store.put(f"{ORDERS}{version}.yaml", spec(version, *paths))
    store.lock()
    assert store.rules() == rules


def test_a_break_in_a_new_major_is_let_pass_and_says_why(store):
    store.put(ORDERS + "2.0.0.yaml", spec("2.0.0", "/a"))
    store.lock()
    report = store.gate()
    (finding,) = (f for f in report.findings if f.waived)
    assert finding.rule.id == "operation.removed"
    assert "a new major beside 1.1.0" in finding.waived.reason
    assert report.summary.bump is Bump.NONE, "nothing is owed"


def test_several_new_versions_are_each_held_against_the_one_before(store):
    store.put(ORDERS + "1.2.0.yaml", spec("1.2.0", "/a", "/b", "/c"))
    store.put(ORDERS + "1.3.0.yaml", spec("1.3.0", "/a", "/b"))
    store.lock()
    report = store.gate()
    (finding,) = (f for f in report.findings if f.severity is Severity.ERROR and f.breaking)
    assert finding.location.old.source == ORDERS + "1.2.0.yaml"
    assert report.summary.bump is Bump.MAJOR


def test_a_released_version_is_protected_even_where_the_lock_file_is_changed_with_it(store):
    store.put(ORDERS + "1.0.0.yaml", spec("1.0.0", "/a", "/b"))
    store.lock("orders@1.0.0")
    assert store.rules() == ["store.released-version-changed"]


def test_a_released_version_is_protected_where_nothing_was_ever_locked(store):
    (store.root / "contracts/apicheck.lock").unlink()
    store.git("checkout", "-q", "main")
    store.commit()
    store.git("checkout", "-q", "-B", "change")
    store.put(ORDERS + "1.0.0.yaml", spec("1.0.0", "/a", "/b"))
    assert "store.released-version-changed" in store.rules()


def test_a_file_changed_behind_the_back_of_git_is_found_by_the_lock(store):
    store.put(ORDERS + "1.0.0.yaml", spec("1.0.0", "/a", "/b"))
    store.git("checkout", "-q", "main")
    store.commit("slipped onto main without a gate")
    store.git("checkout", "-q", "-B", "change")
    assert store.rules() == ["store.released-version-changed"]


def test_a_new_version_changed_after_it_was_locked_is_locked_anew(store):
    store.put(ORDERS + "1.2.0.yaml", spec("1.2.0", "/a", "/b", "/c"))
    store.lock()
    store.put(ORDERS + "1.2.0.yaml", spec("1.2.0", "/a", "/b", "/d"))
    assert store.rules() == ["store.released-version-changed"]
    assert store.lock("orders@1.2.0") == ["orders/openapi@1.2.0"]
    assert store.rules() == []


def test_a_version_goes_only_after_a_sunset_that_the_base_knows(store, run):
    assert run("contracts", "sunset", "orders@1.0.0", "2020-01-31")[0] == 0
    assert store.rules() == ["store.sunset-shortened"], "announced for a day that has passed"
    (store.root / ORDERS / "1.0.0.yaml").unlink()
    assert store.rules() == ["store.released-version-removed"], "announced and removed in one go"
    store.git("checkout", "-q", "main", "--", ORDERS)
    store.git("checkout", "-q", "main")
    store.commit("announce")
    store.git("checkout", "-q", "-B", "change")
    (store.root / ORDERS / "1.0.0.yaml").unlink()
    assert store.rules() == []


def test_a_version_may_carry_its_own_sunset(repo):
    repo.put(ORDERS + "1.0.0.yaml", spec("1.0.0", "/a", **{"x-sunset": "2026-06-30"}))
    repo.put(ORDERS + "1.1.0.yaml", spec("1.1.0", "/a", **{"x-sunset": "2027-06-30"}))
    repo.lock()
    repo.branch()
    (repo.root / ORDERS / "1.0.0.yaml").unlink()
    assert repo.rules() == []
    (repo.root / ORDERS / "1.1.0.yaml").unlink()
    report = repo.gate()
    (finding,) = (f for f in report.findings if f.severity is Severity.ERROR)
    assert finding.message == "orders/openapi 1.1.0 was removed; its sunset is 2027-06-30"


def test_a_prolonged_or_first_sunset_is_nothing_to_complain_of(store, run):
    run("contracts", "sunset", "orders@1.0.0", "2027-01-31")
    assert store.rules() == []


def test_a_store_removed_altogether_is_found(store):
    for path in (store.root / "contracts").rglob("*.*"):
        path.unlink()
    assert store.rules() == ["store.released-version-removed"]


def test_a_changed_part_of_a_folder_version_changes_the_version(repo):
    entry = spec("1.0.0", "/a").replace("{type: string}", "{$ref: 'parts/q.yaml'}")
    repo.put(ORDERS + "1.0.0/openapi.yaml", entry)
    repo.put(ORDERS + "1.0.0/parts/q.yaml", "type: string\n")
    repo.lock()
    repo.branch()
    repo.put(ORDERS + "1.0.0/parts/q.yaml", "type: integer\n")
    assert repo.rules() == ["store.released-version-changed"]


def test_line_endings_of_another_machine_are_no_change(store):
    path = store.root / ORDERS / "1.0.0.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert store.rules() == []


def test_schemas_of_events_are_locked_linted_and_compared(store):
    event = "contracts/orders/events/Placed/"
    good = '{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}'
    store.put(event + "1.0.0.json", good)
    store.lock()
    assert store.rules() == []
    store.commit()
    store.put(event + "1.1.0.json", good.replace('"object"', '"objekt"'))
    store.lock()
    report = store.gate()
    assert {f.rule.id for f in report.findings if f.severity is Severity.ERROR} == {
        "contract.invalid",
        "schema.type-changed",
        "store.version-bump-too-small",
    }


def test_the_policy_of_a_service_stands_beside_its_contracts(store, run):
    store.put(ORDERS + "1.1.1.yaml", spec("1.1.1", "/a", "/b", "/c"))
    store.lock()
    assert run("gate")[0] == 1
    store.put(
        "contracts/orders/apicheck.toml", '[rules]\n"store.version-bump-too-small" = "warning"\n'
    )
    code, out, _ = run("gate")
    assert code == 0
    assert "store.version-bump-too-small" in out


def test_waivers_are_counted_over_all_contracts(store, run):
    store.put("contracts/stock/openapi/1.0.0.yaml", spec("1.0.0", "/s", "/t"))
    store.lock()
    store.commit()
    store.put(ORDERS + "1.1.1.yaml", spec("1.1.1", "/a"))
    store.put("contracts/stock/openapi/1.0.1.yaml", spec("1.0.1", "/s"))
    store.lock()
    waiver = '[[waivers]]\nrule = "%s"\npath = "%s"\nreason = "nobody calls it"\n'
    store.put("apicheck.toml", waiver % ("operation.removed", "GET /b"))
    own = waiver % ("operation.removed", "GET /t") + waiver % ("operation.removed", "GET /never")
    store.put("contracts/stock/apicheck.toml", own)
    code, out, _ = run("gate")
    assert code == 0, out
    assert "waiver.unused" in out
    assert out.count("matches nothing") == 1
    assert "GET /never" in out


def test_two_files_for_one_version_cannot_be_checked(store):
    store.put(ORDERS + "v1.json", "{}")
    with pytest.raises(SourceError, match="same version"):
        store.gate()


def test_the_samples_of_this_project_pass_their_own_rules():
    """Repair with: apicheck contracts lock (new versions), or git checkout (released ones)."""
    from pathlib import Path

    from apicheck import api
    from apicheck.history import steps
    from apicheck.store.verify import on_disk, verify

    root = Path(__file__).parents[2] / "contracts"
    state = on_disk(root)
    assert list(verify(state, None, date(2026, 11, 21))) == [], (
        "apicheck contracts lock NAME@VERSION"
    )
    settings = api.Settings(store=str(root))
    for stored in state.contracts:
        if stored.kind == "openapi" and len(stored.releases) > 1:
            found = steps(stored, settings)
            assert found
            assert all(each.kept for each in found), stored.name
            assert any(each.breaking for each in found)
            assert any(not each.breaking for each in found)
