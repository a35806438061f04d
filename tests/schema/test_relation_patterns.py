r"""Patterns mean what ECMA-262 (with ``u``) says, or are refused; held against a JavaScript engine."""

from __future__ import annotations

import pytest

from apicheck.schema.logic.automata import language
from apicheck.schema.relation import Proved, Refuted, Unknown, contains

#: Pattern -> texts in which it is found, and texts in which it is not.
MEANINGS = {
    "": (["", "a"], []),
    "a": (["a", "bab"], ["", "b"]),
    "^a": (["a", "ab"], ["ba", "\na"]),
    "a$": (["a", "ba"], ["ab", "a\n"]),
    "^a|b$": (["ax", "xb"], ["xax", "b\n"]),
    "(?:^a|b$)": (["ax", "xb"], ["xax"]),
    "$a": ([], ["a", "\na"]),
    ".": (["a", "é", "😀", "\x85"], ["", "\n", "\r", "\u2028", "\u2029"]),
    "^.$": (["😀"], ["ab"]),
    "[^]": (["\n", "a"], [""]),
    "[]": ([], ["", "a", "]"]),
    r"\d": (["1"], ["\u0661", "a"]),
    r"\w": (["a", "_", "9"], ["é", "\u212a", "-"]),
    r"\s": ([" ", "\t", "\u00a0", "\ufeff", "\u2028", "\v"], ["a", "\x85", "\u180e", "\u200b"]),
    r"[\w.-]+$": (["a-b", "."], ["é"]),
    r"[a-c-]": (["b", "-"], ["d"]),
    r"^\S+@\S+$": (["a@b"], ["a @b", "@"]),
    r"\u0061\x62": (["ab"], ["61"]),
    r"^\u{1F600}$": (["😀"], ["u"]),
    r"\cA": (["\x01"], ["A"]),
    r"\0": (["\x00"], ["0"]),
    r"[\b]": (["\b"], ["b"]),
    r"^a{2,3}$": (["aa", "aaa"], ["a", "aaaa"]),
    r"^a{2,}?$": (["aaaa"], ["a"]),
    r"^a{,2}$": (["a{,2}"], ["", "aa"]),
    r"x{": (["x{"], ["x"]),
    r"^(a|ab)(c|bcd)?$": (["abcd", "ac", "ab"], ["abc!"]),
    r"(?<name>a)b": (["ab"], ["b"]),
    r"^(?=.*\d)(?=.*[a-z]).{2,4}$": (["a1", "1ab"], ["ab", "12", "a1234"]),
    r"^(?!foo)": (["fo", "xfoo"], ["foo", "foobar"]),
    r"^(?!.*foo).*$": (["", "fo"], ["xfoo"]),
}
#: Not regular, or read in more than one way: nothing is claimed of them.
REFUSED = [
    r"(a)\1", r"(?<=a)b", r"\bfoo\b", r"^a(?=b)", r"\p{L}", r"(?i)a", r"\Aa\Z", r"[[:alpha:]]",
    r"(?P<n>a)", r"a**", r"a{2,1}", r"[b-a]", r"[a-\d]", r"\e", r"\x4", r"\01", r"\ud83d", "a(", "[a",
    "\\", r"\u{61}\_", r"^\u{61}{,2}$", "(a{999}){999}", "*a", "a{1001}",
]  # fmt: skip


@pytest.mark.parametrize("pattern", MEANINGS)
def test_a_pattern_is_found_where_ecma_finds_it(pattern):
    read = language(pattern)
    assert read is not None
    found, missed = MEANINGS[pattern]
    assert [text for text in found if not read.matches(text)] == []
    assert [text for text in missed if read.matches(text)] == []


@pytest.mark.parametrize("pattern", REFUSED)
def test_a_pattern_of_another_kind_is_refused_and_nothing_is_proved_by_it(pattern):
    assert language(pattern) is None
    own, other = {"type": "string", "pattern": pattern}, {"type": "string", "pattern": "^z$"}
    assert not isinstance(contains(own, other), Proved)
    assert not isinstance(contains(other, own), Proved)


def test_a_refused_pattern_still_equals_itself():
    bounded = {"type": "string", "pattern": r"\bfoo\b", "maxLength": 9}
    assert isinstance(contains(bounded, {"pattern": r"\bfoo\b"}), Proved)
    assert isinstance(contains({**bounded, "maxLength": 2}, bounded), Unknown | Proved)


CONTAINED = [
    ("^[0-9]{4}-[0-9]{2}$", "^[0-9-]{7}$"),
    (r"^\d+$", "^[0-9]+$"),
    ("^(?:ab)+$", "^a.*b$"),
    ("^(foo|bar)$", "^[a-z]{3}$"),
    ("^(?!a)[ab]$", "^b$"),
    ("a.*b", "b"),
    ("^a$|^b$", "^[ab]$"),
]


@pytest.mark.parametrize(("narrow", "wide"), CONTAINED)
def test_languages_are_compared_as_sets(narrow, wide):
    one, other = ({"type": "string", "pattern": pattern} for pattern in (narrow, wide))
    assert isinstance(contains(one, other), Proved)
    back = contains(other, one)
    if narrow not in {r"^\d+$", "^(?!a)[ab]$", "^a$|^b$"}:
        assert isinstance(back, Refuted)
    else:
        assert isinstance(back, Proved)


def test_a_pattern_and_its_limits_are_one_question():
    dates = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
    assert isinstance(contains(dates, {"minLength": 10, "maxLength": 10}), Proved)
    assert isinstance(contains({**dates, "maxLength": 9}, False), Proved)
    listed = {"enum": ["2020-01-01", "1999-12-31"]}
    assert isinstance(contains(listed, dates), Proved)


def test_a_text_longer_than_any_that_was_walked_through_is_built_by_going_round():
    answer = contains({"type": "string", "pattern": "^(ab)*c$"}, {"maxLength": 50_000})
    assert isinstance(answer, Refuted)
    assert len(answer.witness) == 50_001
    assert answer.witness.endswith("abc")


def test_line_ends_on_which_validators_differ_are_kept_out_of_witnesses():
    answer = contains({"type": "string", "pattern": "^[^a]*$", "minLength": 1}, {"type": "null"})
    assert isinstance(answer, Refuted)
    names = {"type": "object", "patternProperties": {"^.$": False}, "minProperties": 3}
    answer = contains(names, {"maxProperties": 2})
    assert isinstance(answer, Refuted)
    assert not {"\n", "\r"} & set(answer.witness)
