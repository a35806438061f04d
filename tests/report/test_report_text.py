"""The report for people: short, calm, and still complete enough to act on."""

import re

import pytest

from apicheck.model import Direction, Effect, Severity, Use, Waived, Witness
from apicheck.report import RenderOptions, named


def text(report, **options):
    return named("text")(report, RenderOptions(**{"width": 100, **options}))


def test_fifty_enum_values_are_one_line_with_the_first_few(make):
    found = text(make.report(*(make.finding(values={"value": f"v{n}"}) for n in range(50))))
    assert found.count("is no longer allowed") == 1
    assert "'v0' is no longer allowed; and 49 more like it: 'v1', 'v2'" in found
    assert "'v40'" not in found


def test_two_values_are_not_folded(make):
    found = text(make.report(*(make.finding(values={"value": f"v{n}"}) for n in range(2))))
    assert found.count("is no longer allowed") == 2


def test_findings_that_differ_in_two_values_are_not_folded(make):
    found = [
        make.finding(values={"value": n, "of": f"list {n}"}, message=f"message {n}")
        for n in range(5)
    ]
    assert all(f"message {n}" in text(make.report(*found)) for n in range(5))


def test_true_and_one_are_different_values(make):
    found = text(make.report(*(make.finding(values={"value": v}) for v in (1, True, "1"))))
    assert "and 2 more like it: true, '1'" in found


def test_properties_of_one_schema_are_folded_though_their_labels_differ(make):
    names = ["alpha", "beta", "gamma", "delta"]
    found = text(
        make.report(*(make.finding(label=f"schema Pet > {n}", values={"value": n}) for n in names))
    )
    assert "'alpha' is no longer allowed; and 3 more like it: 'beta', 'gamma', 'delta'" in found


def test_the_same_words_at_several_places_of_an_operation_are_told_once(make):
    found = text(
        make.report(*(make.finding(label=f"POST /orders response {n}") for n in (200, 404, 500)))
    )
    assert found.count("is no longer allowed") == 1
    assert [line.split("  ·")[0].strip() for line in found.splitlines() if "·" in line] == [
        "response 200",
        "response 404",
        "response 500",
    ]


def test_the_same_words_in_many_components_are_told_once_with_their_number(make):
    found = text(
        make.report(
            *(
                make.finding(
                    label=f"schema S{n}",
                    uses=(Use(label=f"GET /{n}", side="request", direction=Direction.INBOUND),),
                )
                for n in range(20)
            )
        )
    )
    assert found.count("is no longer allowed") == 1
    assert "In several places" in found
    assert "and 17 more places" in found
    assert "breaks requests of GET /0, GET /1, and 18 more operations" in found


def test_a_component_of_two_hundred_operations_fits_a_few_lines(make):
    changes = [
        make.finding(
            label=f"schema Customer > p{n}",
            message=f"message {n}",
            values={"a": n, "b": n},
            direction=Direction.OUTBOUND,
            uses=make.uses(200),
        )
        for n in range(10)
    ]
    found = text(make.report(*changes))
    assert len(found.splitlines()) < 30
    assert found.count("and 198 more operations") == 1


def test_a_large_report_is_cut_to_two_screens_and_says_what_is_missing(make):
    errors = [
        make.finding(label=f"GET /e{n}", message=f"error message {n}", values={"a": n, "b": n})
        for n in range(90)
    ]
    warnings = [
        make.finding(
            make.OPERATION_REMOVED,
            label=f"GET /w{n}",
            message=f"warn {n}",
            severity=Severity.WARNING,
            values={"operation": n, "b": n},
        )
        for n in range(5)
    ]
    found = text(make.report(*warnings, *errors))
    assert len(found.splitlines()) < 170
    assert found.count("error message") == 30
    assert "60 errors not shown: schema.enum-value-removed (60)" in found
    assert "5 warnings not shown: operation.removed (5)" in found
    assert text(make.report(*warnings, *errors), verbose=1).count("error message") == 90


def test_only_those_are_hurt_whose_direction_breaks(make):
    reached = (
        Use(label="PUT /a", side="request", direction=Direction.INBOUND),
        Use(label="GET /a", side="response 200", direction=Direction.OUTBOUND),
    )
    narrowed = make.finding(label="schema A", direction=Direction.BOTH, uses=reached)
    assert "(breaks requests of PUT /a)" in text(make.report(narrowed))
    assert narrowed.rule.effect is Effect.NARROWS


def test_those_whom_an_override_spares_are_not_said_to_be_broken(make):
    reached = (
        Use(label="PUT /a", side="request", direction=Direction.INBOUND),
        Use(label="GET /a", side="response 200", direction=Direction.OUTBOUND),
    )
    added = make.finding(
        make.ENUM_ADDED, label="schema A", uses=reached, severity=Severity.WARNING, breaking=False
    )
    assert "(reaches requests of PUT /a; responses of GET /a)" in text(make.report(added))


def test_errors_come_before_warnings_within_and_across_groups(make):
    quiet = make.finding(label="GET /a", message="softly", severity=Severity.WARNING)
    also = make.finding(
        label="GET /b", message="quietly", severity=Severity.WARNING, values={"value": 2}
    )
    loud = make.finding(label="GET /b", message="loudly")
    found = text(make.report(quiet, also, loud))
    assert found.index("loudly") < found.index("quietly") < found.index("softly")


def test_findings_of_an_operation_stand_under_it_whatever_their_side(make):
    found = text(
        make.report(
            make.finding(label="POST /orders request body > a"),
            make.finding(label="POST /orders query parameter q", message="another"),
        )
    )
    assert [line for line in found.splitlines() if line.startswith("POST")] == [
        "POST /orders  (breaks requests)"
    ]


def test_info_is_counted_and_listed_only_with_v(make):
    info = [
        make.finding(
            make.DESCRIPTION_CHANGED,
            label=f"POST /orders > {n}",
            message=f"silently {n}",
            severity=Severity.INFO,
            values={},
        )
        for n in range(3)
    ]
    report = make.report(make.finding(), *info)
    assert "silently" not in text(report)
    assert "info     3 more" in text(report)
    assert "silently 2" in text(report, verbose=1)


def test_waived_findings_are_counted_and_explained_only_with_v(make):
    report = make.report(make.finding(waived=Waived(reason="nobody uses it", until="2031-01-31")))
    assert text(report).splitlines()[0] == "Compatible: no findings, 1 waived"
    assert "because: nobody uses it (until 2031-01-31)" in text(report, verbose=1)


def test_quiet_leaves_errors_and_the_verdict(make):
    found = text(
        make.report(
            make.finding(),
            make.finding(message="softly", severity=Severity.WARNING),
            notes=("a note",),
        ),
        quiet=True,
    )
    assert "express" in found
    assert "softly" not in found
    assert "a note" not in found
    assert found.splitlines()[-1].startswith("Breaking: 1 error, 1 warning")


def test_no_changes_and_compatible_have_a_short_form(make):
    assert text(make.report()).splitlines() == [
        "No changes: api/v1.yaml (1.4.0) and api/v2.yaml (2.0.0) make the same promises"
    ]
    info = make.finding(make.DESCRIPTION_CHANGED, severity=Severity.INFO, values={})
    assert (
        text(make.report(info)).splitlines()[0]
        == "Compatible: 1 info; suggested version bump: minor"
    )


@pytest.mark.parametrize("width", [60, 80, 120])
def test_lines_keep_to_the_width(make, width):
    words = "a message of many words " * 10
    found = text(
        make.report(
            make.finding(label="schema Customer > p", message=words, uses=make.uses(20)),
            make.finding(message=words, waived=Waived(reason=words)),
            notes=(words,),
        ),
        width=width,
        verbose=1,
    )
    assert max(map(len, found.splitlines())) <= width


def test_colour_changes_nothing_but_colour(rich):
    plain, painted = text(rich), text(rich, colour=True)
    assert "\x1b[" in painted
    assert re.sub("\x1b\\[[0-9;]*m", "", painted) == plain


def test_nothing_of_a_contract_reaches_the_terminal_as_a_command(make):
    hostile = "\x1b]0;owned\x07\x9b31m\u202edesrever\u2028\r\ngone"
    found = text(
        make.report(
            make.finding(
                label=hostile,
                message=hostile,
                values={"value": hostile},
                witness=Witness(value={hostile: hostile}, accepted_by="old", rejected_by="new"),
                old=make.span(hostile, 1),
                new=None,
                uses=(Use(label=hostile, side=hostile, direction=Direction.INBOUND),),
                waived=None,
                contract=hostile,
            ),
            make.finding(label=hostile, message="w", waived=Waived(reason=hostile)),
            notes=(hostile,),
        ),
        verbose=2,
    )
    assert not [c for c in found if c != "\n" and not c.isprintable()]
    assert "\\x1b]0;owned" in found


@pytest.mark.parametrize(
    ("label", "value", "marked"),
    [
        ("POST /o request body > items[].sku", {"items": [{"sku": 1}, {"sku": "bad"}]}, '"bad"'),
        ("POST /o request body > a.b", {"z": 0, "a": {"b": {"c": 1}}}, '{"c":1}'),
        ("schema Pet > name", {"name": None, "age": 3}, "null"),
    ],
)
def test_the_place_in_a_witness_is_marked(make, label, value, marked):
    witness = Witness(value=value, accepted_by="old", rejected_by="new", checked=True)
    lines = text(make.report(make.finding(label=label, witness=witness))).splitlines()
    row = next(n for n, line in enumerate(lines) if "for example" in line)
    start, end = lines[row + 1].index("^"), lines[row + 1].rindex("^") + 1
    assert lines[row][start:end] == marked


def test_a_witness_too_long_for_the_line_keeps_the_place_in_sight(make):
    value = {"head": "x" * 500, "sku": "bad", "tail": "y" * 500}
    witness = Witness(value=value, accepted_by="old", rejected_by="new")
    lines = text(
        make.report(make.finding(label="schema S > sku", witness=witness)), width=80
    ).splitlines()
    row = next(n for n, line in enumerate(lines) if "for example" in line)
    start, end = lines[row + 1].index("^"), lines[row + 1].rindex("^") + 1
    assert lines[row][start:end] == '"bad"'
    assert len(lines[row]) <= 80


def test_a_witness_that_is_the_place_itself_is_not_marked(make):
    witness = Witness(value="express", accepted_by="old", rejected_by="new")
    found = text(make.report(make.finding(witness=witness)))
    assert 'for example  "express"' in found
    assert "^" not in found
