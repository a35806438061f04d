"""docs/formats.md shows what the commands print, of the files it says, and every profile."""

import re
from pathlib import Path

from apicheck import formats

DOCS = Path(__file__).parents[2] / "docs"
NAMES = {"JSON Schema": "jsonschema"}
PAGE = "formats.md"


def rows(heading):
    """The cells of the table below a heading of the page."""
    text = (DOCS / PAGE).read_text(encoding="utf-8").partition(f"## {heading}\n")[2]
    lines = text.partition("\n## ")[0].splitlines()
    cells = [
        [each.strip() for each in line.strip("|").split("|")] for line in lines if line[:1] == "|"
    ]
    return cells[2:]


def test_the_page_shows_what_the_commands_print(hold):
    text = hold(PAGE)
    # A proof of six formats without the value that proves it would be none.
    assert text.count("(checked)") >= 6


def test_the_same_change_is_the_one_in_the_files():
    shown = rows("The same change six times")
    assert len(shown) == 6
    for _, link, old, new in shown:
        path = re.search(r"\((.*?)-1\.(\w+)\)", link)
        first = (DOCS / f"{path[1]}-1.{path[2]}").read_text(encoding="utf-8")
        second = (DOCS / f"{path[1]}-2.{path[2]}").read_text(encoding="utf-8")
        assert second.replace("2.0.0", "1.0.0") == first.replace(old.strip("`"), new.strip("`"))


def test_every_format_is_on_the_page():
    listed = {NAMES.get(name, name.lower()) for name, *_ in rows("Formats and what they need")}
    assert listed == set(formats.KNOWN)


def test_every_profile_is_on_the_page():
    listed = {
        (NAMES.get(each, each.lower()), name.strip("`"))
        for names, served, *_ in rows("Profiles: judging as another tool does")
        for name in names.split(", ")
        for each in served.split(", ")
    }
    known = {
        (name, profile)
        for name in formats.KNOWN
        if (made := formats.named(name).profiles) is not None
        for profile in made()
    }
    assert listed == known
