"""The Markdown report fits a comment, and strangers' texts in it are only text."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from apicheck.model import Severity
from apicheck.report import RenderOptions, named
from apicheck.report.markdown import code, escape
from apicheck.report.words import visible

RENDER = MarkdownIt("commonmark").enable("table")
TRICKY = st.text(
    st.sampled_from(list("\\`*_[]()<>|@#~$&!:;/.-+= \nabGHw1\u202e")), min_size=1, max_size=30
)


def markdown(report, **options):
    return named("markdown")(report, RenderOptions(**options))


def shown(source):
    """The text that a reader sees, without the zero-width spaces that unlink it."""
    text = re.sub(r"<[^>]*>", "", source)
    return html.unescape(text).replace("\u200b", "")


def normal(text):
    """Without spaces, of which Markdown keeps only what separates words."""
    return "".join(text.split())


@given(TRICKY)
def test_escaped_text_is_shown_as_it_is(text):
    rendered = RENDER.render(f"x {escape(text)}")
    assert normal(shown(rendered)) == normal("x " + visible(text))
    assert re.sub(r"</?p>", "", rendered).count("<") == 0


@given(TRICKY)
def test_text_in_a_cell_stays_in_its_cell(text):
    rendered = RENDER.render(f"| a | b |\n| --- | --- |\n| {escape(text)} | {code(text)}x |\n")
    cells = [shown(each) for each in re.findall(r"<td>(.*?)</td>", rendered)]
    assert [normal(cell) for cell in cells] == [normal(visible(text)), normal(visible(text) + "x")]


@given(TRICKY)
def test_nothing_is_left_for_github_to_link(text):
    escaped = escape(f"{text}@octocat http://evil.example www.evil.example #12 GH-12 :tada:{text}")
    assert not re.search(r"@\w|://|www\.|#\d|GH-\d|:tada:", html.unescape(escaped))


def many(make, number):
    return make.report(
        *(
            make.finding(
                label=f"GET /{n}",
                message=f"message {n} " + "long " * 20,
                values={"a": n, "b": n},
                severity=Severity(3 - n % 3),
                fingerprint=f"{n:016x}",
            )
            for n in range(number)
        )
    )


@pytest.mark.parametrize("limit", [1000, 2500, 10_000, 60_000])
def test_a_large_report_fits_and_counts_what_was_left_out(make, limit):
    found = markdown(many(make, 1500), limit=limit)
    assert len(found) <= limit
    assert found.count("<details>") == found.count("</details>")
    missing = re.search(r"_Left out to fit: (.*)\. Run", found).group(1)
    left = {
        noun: int(n.replace(",", ""))
        for n, noun in re.findall(r"([\d,]+) (error|warning|info)", missing)
    }
    for noun, severity in (("error", 3), ("warning", 2), ("info", 1)):
        told = sum(f"message {n} " in found for n in range(1500) if 3 - n % 3 == severity)
        assert told + left[noun] == 500


def test_errors_are_kept_before_warnings_when_room_is_short(make):
    found = markdown(many(make, 300), limit=8000)
    assert "message 0 " in found
    assert "message 1 " not in found


def test_a_report_that_fits_is_whole(make):
    found = markdown(many(make, 30))
    assert "Left out" not in found
    assert all(f"message {n} " in found for n in range(30))


def test_the_verdict_comes_first_and_only_errors_stand_open(rich):
    found = markdown(rich)
    assert found.startswith("**Breaking**: 4 errors, 12 warnings")
    opened = found[: found.index("<details>")]
    assert "is no longer allowed" in opened
    assert "is now allowed" not in opened


def test_hostile_names_of_sources_do_no_harm(make):
    long = make.finding(old=make.span("`" * 300 + "|" * 300, 1), contract="|@" * 500)
    assert len(markdown(make.report(long), limit=1000)) <= 1000
