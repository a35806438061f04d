import itertools

import pytest

from apicheck.model import Bump
from apicheck.store.versions import bump_between, parse_version, raised


@pytest.mark.parametrize(
    "ordered",
    [
        [
            "0.9.0",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-rc.2",
            "1.0.0-rc.11",
            "1.0.0",
        ],
        ["v1", "v1.1", "1.2.0", "v2", "10.0.0"],
        ["2019-12-03", "2020-03-02", "2020-08-27", "2020-08-27-preview", "2024-09-30.acacia"],
        ["2020-08", "2020-08-27", "2021-01"],
        ["1.2.0-3", "1.2.0"],
        ["1.0.0", "1.0.0.1"],
    ],
)
def test_versions_are_ordered(ordered):
    parsed = [parse_version(each) for each in ordered]
    assert all(low < high for low, high in itertools.combinations(parsed, 2))
    assert not any(high < low for low, high in itertools.combinations(parsed, 2))
    assert len(set(parsed)) == len(parsed)


def test_the_spelling_of_a_version_does_not_count():
    assert parse_version("v1") == parse_version("1.0.0") == parse_version("1.0.0+build.7")
    assert hash(parse_version("v1")) == hash(parse_version("1.0"))


@pytest.mark.parametrize(
    "text", ["", "latest", "one", "1..2", "v", "1.2.3 ", "../1.0.0", "1/2", "²"]
)
def test_what_is_no_version(text):
    assert parse_version(text) is None


@pytest.mark.parametrize(
    ("old", "new", "bump"),
    [
        ("1.0.0", "2.0.0", Bump.MAJOR),
        ("1.0.0", "1.1.0", Bump.MINOR),
        ("1.1.0", "1.1.1", Bump.PATCH),
        ("v1", "v2", Bump.MAJOR),
        ("1.2", "1.3", Bump.MINOR),
        ("1.1.0", "1.1.0", Bump.NONE),
        ("1.1.0", "1.0.9", Bump.NONE),
        # Before 1.0.0 the second number may break, the third may add.
        ("0.3.0", "0.4.0", Bump.MAJOR),
        ("0.3.0", "0.3.1", Bump.MINOR),
        ("0.9.0", "1.0.0", Bump.MAJOR),
        # A later date is a version of its own; a pre-release promised nothing.
        ("2020-03-02", "2020-08-27", Bump.MAJOR),
        ("2.0.0-rc.1", "2.0.0", Bump.MAJOR),
        ("1.4.0", "2.0.0-rc.1", Bump.MAJOR),
    ],
)
def test_the_step_between_versions(old, new, bump):
    assert bump_between(parse_version(old), parse_version(new)) is bump


@pytest.mark.parametrize("text", ["1.4.2", "0.3.1", "v1", "2.0"])
@pytest.mark.parametrize("bump", [Bump.PATCH, Bump.MINOR, Bump.MAJOR])
def test_the_version_proposed_is_enough(text, bump):
    old = parse_version(text)
    new = parse_version(raised(old, bump))
    assert bump_between(old, new) >= bump


def test_no_number_is_proposed_for_a_date():
    assert raised(parse_version("2020-08-27"), Bump.MAJOR) == ""
