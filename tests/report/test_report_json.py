"""The JSON report keeps its contract, whatever values a finding carries."""

import copy
import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apicheck.model import Direction, Effect, Verdict, Witness
from apicheck.report import RenderOptions, named
from apicheck.report.plain import compact, plain, write

HOME = Path(__file__).parents[2]
SCHEMA = json.loads((HOME / "src/apicheck/report/report-1.schema.json").read_text())


def closed(schema):
    """The schema without room for members to come: what *this* version may write."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    copied = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        copied["additionalProperties"] = False
    return copied


STRICT = jsonschema.Draft202012Validator(closed(SCHEMA))
OPEN = jsonschema.Draft202012Validator(SCHEMA)


def data(report):
    return json.loads(named("json")(report, RenderOptions()))


def test_the_schema_in_the_package_is_the_contract_that_is_kept():
    *_, kept = sorted((HOME / "contracts/apicheck/events/Report").glob("1.*.json"))
    assert kept.read_bytes() == (HOME / "src/apicheck/report/report-1.schema.json").read_bytes()
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_member_of_the_contract_is_described():
    def undescribed(schema, at):
        for name, member in schema.get("properties", {}).items():
            target = member
            while "$ref" in target and "description" not in target:
                target = SCHEMA["$defs"][target["$ref"].rpartition("/")[2]]
            if "description" not in target:
                yield f"{at}.{name}"
            yield from undescribed(member, f"{at}.{name}")
        for name, inner in schema.get("$defs", {}).items():
            yield from undescribed(inner, name)

    assert list(undescribed(SCHEMA, "report")) == []


def test_reports_follow_the_contract(rich, make):
    for report in (rich, make.report(), make.report(make.finding())):
        STRICT.validate(data(report))


def test_the_closed_choices_of_the_contract_are_those_of_the_model():
    defs = SCHEMA["$defs"]
    assert defs["effect"]["enum"] == [each.value for each in Effect]
    assert defs["direction"]["enum"] == [each.value for each in Direction]
    verdicts = SCHEMA["properties"]["summary"]["properties"]["verdict"]["enum"]
    assert sorted(verdicts) == sorted(each.value for each in Verdict)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.pop("schema"),
        lambda d: d.update(schema="apicheck-report/2"),
        lambda d: d["summary"].update(error=-1),
        lambda d: d["summary"].update(verdict="fine"),
        lambda d: d["findings"][0].update(severity="off"),
        lambda d: d["findings"][0].update(rule="Enum Removed"),
        lambda d: d["findings"][0].update(fingerprint="xyz"),
        lambda d: d["findings"][0]["location"]["new"].update(line=0),
        lambda d: d["findings"][0]["witness"].pop("value"),
        lambda d: d["findings"][0].update(consumers={"name": "web"}),
    ],
)
def test_the_contract_catches_mistakes(rich, spoil):
    spoiled = copy.deepcopy(data(rich))
    spoil(spoiled)
    assert not OPEN.is_valid(spoiled)


def test_a_later_version_may_add_members(rich):
    later = data(rich)
    later["findings"][0]["novelty"] = later["novelty"] = 1
    OPEN.validate(later)
    assert not STRICT.is_valid(later)


def test_rules_are_told_once_and_in_order(rich):
    found = data(rich)
    ids = [rule["id"] for rule in found["rules"]]
    assert ids == sorted({finding["rule"] for finding in found["findings"]})
    assert found["rules"][-1]["fix"].startswith("Keep the value")


def test_operations_and_contract_are_told_where_there_are_any(rich, make):
    country = data(rich)["findings"][1]
    assert country["contract"] == "orders"
    assert len(country["location"]["operations"]) == 12
    assert country["location"]["operations"][0] == {
        "label": "GET /things/0",
        "side": "response 200",
        "direction": "outbound",
    }
    assert "contract" not in data(make.report(make.finding()))["findings"][0]


def test_numbers_are_exact_and_odd_values_do_no_harm(make):
    values = {
        "big": 12345678901234567890123,
        "huge": 10**5000,
        "nan": float("nan"),
        "inf": float("-inf"),
        "bytes": b"\xff\x00",
        "set": {"b", "a"},
        "tuple": (1, None),
        "effect": Effect.WIDENS,
        "surrogate": "\ud800",
        "object": object,
        "keys": {1: "one", None: "none"},
    }
    report = make.report(
        make.finding(
            message="odd",
            values=values,
            witness=Witness(value=values, accepted_by="old", rejected_by="new"),
        )
    )
    found = data(report)
    STRICT.validate(found)
    written = found["findings"][0]["values"]
    assert written["big"] == 12345678901234567890123
    assert written["nan"] == "NaN"
    assert written["inf"] == "-Infinity"
    assert written["set"] == ["a", "b"]
    assert written["keys"] == {"1": "one", "null": "none"}
    for name in ("text", "markdown", "sarif", "junit", "github", "gitlab"):
        named(name)(report, RenderOptions(verbose=2)).encode()


def test_a_value_nested_without_end_is_cut(make):
    value = []
    for _ in range(5000):
        value = [value]
    report = make.report(
        make.finding(
            message="deep",
            values={"value": value},
            witness=Witness(value=value, accepted_by="old", rejected_by="new"),
        )
    )
    STRICT.validate(data(report))
    assert "deep" in named("text")(report, RenderOptions())


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(json_values)
def test_plain_json_is_written_as_it_is(value):
    assert plain(value) == value
    assert json.loads(compact(value)) == value
    assert json.loads(write(value)) == value
