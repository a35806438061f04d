"""Severity, waivers, baseline, fingerprints, verdict and bump."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from apicheck import api, judge
from apicheck.errors import ConfigError, UnknownRule
from apicheck.judge import baseline
from apicheck.judge.fingerprint import fingerprint
from apicheck.judge.policy import Policy, layer_of_flags, policy_of
from apicheck.model import Bump, Change, Direction, Severity, Use, Verdict
from apicheck.report.reach import hurt

CARDS = {rule.id: rule for rule in api.catalogue()}
TODAY = date(2026, 11, 21)
ORDERS = Use(label="POST /orders", side="request", direction=Direction.INBOUND)


def change(rule="schema.enum-value-removed", direction=Direction.INBOUND, **more):
    values = {"value": '"cat"', "name": "x", "operation": "GET /a"}
    return Change(
        rule=CARDS[rule],
        path=("paths", "/orders", "post", "requestBody"),
        label="POST /orders request body > kind",
        direction=direction,
        uses=more.pop("uses", (ORDERS,)),
        values=more.pop("values", values),
        **more,
    )


def policy(table=None, flags=()):
    layer = layer_of_flags(flags, CARDS.values()) if flags else None
    return policy_of([(table or {}, "apicheck.toml")], CARDS.values(), layer)


def judged(*changes, table=None, **more):
    return judge.judge(changes, policy(table), TODAY, **more)


@pytest.mark.parametrize(
    ("rule", "direction", "severity"),
    [
        ("schema.enum-value-removed", Direction.INBOUND, Severity.ERROR),
        ("schema.enum-value-removed", Direction.OUTBOUND, Severity.INFO),
        ("schema.enum-value-removed", Direction.BOTH, Severity.ERROR),
        ("schema.enum-value-added", Direction.INBOUND, Severity.INFO),
        ("schema.enum-value-added", Direction.OUTBOUND, Severity.WARNING),
        ("schema.enum-value-added", Direction.BOTH, Severity.WARNING),
        ("operation.id-changed", Direction.INBOUND, Severity.INFO),
    ],
)
def test_severity_by_table_and_card(rule, direction, severity):
    (finding,) = judged(change(rule, direction, values={"value": 1, "old": 1, "new": 2}))
    assert finding.severity is severity
    assert finding.breaking == (severity is Severity.ERROR)


def test_a_surface_that_is_counted_is_loud():
    table = {"surfaces": ["wire", "json", "source"]}
    (finding,) = judged(change("operation.id-changed", values={"old": 1, "new": 2}), table=table)
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize(
    ("table", "severity"),
    [
        ({"rules": {"schema.*": "info"}}, Severity.INFO),
        ({"rules": {"schema.enum-value-removed": "warning", "schema.*": "info"}}, Severity.WARNING),
        ({"rules": {"schema.*@response": "info"}}, Severity.ERROR),
        ({"rules": {"schema.*@request": "info"}}, Severity.INFO),
        (
            {"overrides": [{"paths": ["* /orders"], "rules": {"schema.*": "warning"}}]},
            Severity.WARNING,
        ),
        ({"overrides": [{"paths": ["/internal/*"], "rules": {"*": "info"}}]}, Severity.ERROR),
        ({"overrides": [{"paths": ["/orders*"], "rules": {"*": "info"}}]}, Severity.INFO),
    ],
)
def test_the_last_layer_that_speaks_wins(table, severity):
    (finding,) = judged(change(), table=table)
    assert finding.severity is severity


INTERNAL = Use(label="POST /internal/orders", side="request", direction=Direction.INBOUND)
READ = Use(label="GET /orders", side="response 200", direction=Direction.OUTBOUND)


@pytest.mark.parametrize(
    ("table", "severity"),
    [
        # What is quiet for readers is loud for those who send.
        ({"rules": {"schema.*@response": "info"}}, Severity.ERROR),
        ({"rules": {"schema.*@response": "off"}}, Severity.ERROR),
        ({"rules": {"schema.*@request": "warning"}}, Severity.WARNING),
        ({"rules": {"schema.*@request": "off", "schema.*@response": "off"}}, None),
        # What is quiet inside the house is loud for the others.
        ({"overrides": [{"paths": ["/internal/*"], "rules": {"*": "info"}}]}, Severity.ERROR),
        ({"overrides": [{"paths": ["* /internal/*"], "rules": {"*": "off"}}]}, Severity.ERROR),
        (
            {
                "rules": {"*": "info"},
                "overrides": [{"paths": ["GET /*"], "rules": {"*": "warning"}}],
            },
            Severity.WARNING,
        ),
        (
            {"overrides": [{"paths": ["/internal/*", "/orders"], "rules": {"*": "info"}}]},
            Severity.INFO,
        ),
        (
            {"overrides": [{"paths": ["POST /orders request body*"], "rules": {"*": "info"}}]},
            Severity.INFO,
        ),
    ],
)
def test_a_shared_place_is_as_loud_as_where_it_is_loudest(table, severity):
    shared = change(direction=Direction.BOTH, uses=(ORDERS, INTERNAL, READ))
    assert [finding.severity for finding in judged(shared, table=table)] == (
        [] if severity is None else [severity]
    )


def test_making_a_rule_an_error_breaks_nobody():
    added = change("operation.added")
    (finding,) = judged(added, table={"rules": {"operation.added": "error"}})
    assert (finding.severity, finding.breaking) == (Severity.ERROR, False)
    summary = judge.summarise([finding], identical=False)
    assert (summary.verdict, summary.bump) == (Verdict.COMPATIBLE, Bump.MINOR)


def test_a_break_that_the_card_softens_is_one_where_the_user_says_error():
    grown = change("schema.enum-value-added", Direction.OUTBOUND)
    (finding,) = judged(grown, table={"rules": {"schema.enum-value-added": "error"}})
    assert finding.breaking


def test_a_softened_break_made_an_error_names_only_those_it_hurts():
    grown = change("schema.enum-value-added", Direction.BOTH, uses=(ORDERS, READ))
    (finding,) = judged(grown, table={"rules": {"schema.enum-value-added": "error"}})
    assert hurt(finding) == (READ,)


def test_flags_win_over_files_and_off_drops():
    table = {"rules": {"schema.enum-value-removed": "info"}}
    loud = policy(table, ("schema.enum-value-removed=error",))
    assert judge.judge([change()], loud, TODAY)[0].severity is Severity.ERROR
    assert judge.judge([change()], policy(table, ("schema.*=off", "*=off")), TODAY) == ()


def test_an_unknown_rule_is_refused_with_the_nearest():
    with pytest.raises(UnknownRule, match=r"did you mean 'schema\.enum-value-removed'"):
        policy({"rules": {"schema.enum-value-remove": "info"}})


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ([{"rule": "schema.*"}], "needs a reason"),
        ([{"rule": "schema.*", "reason": "  "}], "needs a reason"),
        ([{"reason": "because"}], "needs a rule, a path or a fingerprint"),
        ([{"rule": "schema.*", "reason": "x", "until": "soon"}], "is no date"),
        ([{"rule": "schema.*", "reason": "x", "untill": "2027-01-01"}], "did you mean 'until'"),
        ([{"rule": "schma.*", "reason": "x"}], "no such rule"),
    ],
)
def test_a_waiver_must_be_whole(table, words):
    with pytest.raises(ConfigError) as caught:
        policy({"waivers": table})
    assert words in str(caught.value)


WAIVER = {"rule": "schema.enum-value-removed", "path": "POST /orders*", "reason": "nobody"}


def with_waivers(*waivers):
    rules, used = policy({"waivers": list(waivers)}), set()
    findings = judge.judge([change()], rules, TODAY, used=used)
    return findings, judge.leftovers(rules, TODAY, used)


def test_a_waiver_lets_pass_and_is_told():
    (finding,), rest = with_waivers({**WAIVER, "until": "2026-11-21"})
    assert (finding.waived.reason, finding.waived.until) == ("nobody", "2026-11-21")
    assert rest == ()
    summary = judge.summarise([finding], identical=False)
    assert (summary.verdict, summary.error) == (Verdict.COMPATIBLE, 0)


FOR_INTERNAL = {"rule": "*", "path": "/internal/*", "reason": "one team"}
FOR_ORDERS = {"rule": "*", "path": "POST /orders", "reason": "nobody", "until": "2027-01-31"}


@pytest.mark.parametrize(
    ("waivers", "reason"),
    [
        ([FOR_INTERNAL], None),
        ([FOR_ORDERS], None),
        ([FOR_INTERNAL, FOR_ORDERS], "one team; nobody"),
        ([FOR_INTERNAL, {**FOR_ORDERS, "until": "2026-01-31"}], None),
        ([{"rule": "schema.*@response", "reason": "x"}], None),
        ([{"rule": "schema.*@request", "reason": "x"}], "x"),
    ],
)
def test_a_waiver_of_one_operation_does_not_let_pass_what_hurts_another(waivers, reason):
    shared = change(direction=Direction.BOTH, uses=(ORDERS, INTERNAL, READ))
    (finding,) = judged(shared, table={"waivers": waivers})
    assert (finding.waived and finding.waived.reason) == reason


def test_waivers_together_end_when_the_first_of_them_ends():
    shared = change(uses=(ORDERS, INTERNAL))
    (finding,) = judged(
        shared, table={"waivers": [{**FOR_INTERNAL, "until": "2028-01-01"}, FOR_ORDERS]}
    )
    assert finding.waived.until == "2027-01-31"


def test_an_expired_waiver_lets_nothing_pass_and_is_a_finding():
    (finding,), (rest,) = with_waivers({**WAIVER, "until": "2026-11-20"})
    assert finding.waived is None
    assert (rest.rule.id, rest.severity) == ("waiver.expired", Severity.WARNING)
    assert "2026-11-20" in rest.message


def test_an_unused_waiver_is_a_finding():
    _, (rest,) = with_waivers({**WAIVER, "path": "GET /elsewhere"})
    assert rest.rule.id == "waiver.unused"


def test_a_waiver_by_fingerprint():
    name = judged(change())[0].fingerprint
    (finding,), rest = with_waivers({"fingerprint": name, "reason": "known"})
    assert finding.waived is not None
    assert rest == ()


def test_a_fingerprint_survives_what_does_not_matter():
    one = change()
    assert fingerprint(one) == fingerprint(replace(one, label="other words", uses=()))
    for other in (
        replace(one, path=("paths", "/other")),
        replace(one, direction=Direction.BOTH),
        replace(one, values={"value": '"dog"'}),
        replace(one, rule=CARDS["schema.enum-value-added"]),
    ):
        assert fingerprint(one) != fingerprint(other)
    assert len(fingerprint(one)) == 16


def test_twins_have_names_of_their_own():
    one, two = judged(change(), change())
    assert one.fingerprint != two.fingerprint


def test_a_baseline_knows_old_findings_only(tmp_path):
    old = judged(change())
    file = tmp_path / "baseline.json"
    assert baseline.write(file, old) == 1
    assert '"schema.enum-value-removed: POST /orders request body > kind' in file.read_text()
    known = baseline.read(file)
    new = change(values={"value": '"dog"'})
    findings = judge.judge([change(), new], Policy(), TODAY, baseline=known)
    assert [finding.waived is not None for finding in findings] in ([True, False], [False, True])
    assert judge.summarise(findings, identical=False).error == 1


@pytest.mark.parametrize(
    "text", ["", "[]", '{"schema": "other"}', '{"schema": "apicheck-baseline/1"}']
)
def test_a_file_that_is_no_baseline(tmp_path, text):
    file = tmp_path / "baseline.json"
    file.write_text(text)
    with pytest.raises(ConfigError, match="baseline"):
        baseline.read(file)


@pytest.mark.parametrize(
    ("changes", "identical", "verdict", "bump"),
    [
        ([], True, Verdict.IDENTICAL, Bump.NONE),
        ([], False, Verdict.COMPATIBLE, Bump.PATCH),
        ([change("operation.deprecated")], False, Verdict.COMPATIBLE, Bump.PATCH),
        ([change("schema.enum-value-added")], False, Verdict.COMPATIBLE, Bump.MINOR),
        ([change()], False, Verdict.BREAKING, Bump.MAJOR),
        (
            [change("schema.reference-unresolved", values={"ref": "#", "problem": "p"})],
            False,
            Verdict.UNKNOWN,
            Bump.PATCH,
        ),
        (
            [
                change(
                    "schema.reference-unresolved", values={"ref": "#", "problem": "p", "both": True}
                )
            ],
            False,
            Verdict.COMPATIBLE,
            Bump.PATCH,
        ),
    ],
)
def test_verdict_and_bump(changes, identical, verdict, bump):
    summary = judge.summarise(judged(*changes), identical=identical)
    assert (summary.verdict, summary.bump) == (verdict, bump)


def test_findings_come_worst_first_and_in_one_order():
    changes = [change("operation.deprecated"), change("schema.enum-value-added"), change()]
    there = [finding.rule.id for finding in judged(*changes)]
    back = [finding.rule.id for finding in judged(*reversed(changes))]
    assert there == back
    assert there[0] == "schema.enum-value-removed"
