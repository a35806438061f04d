"""docs/fuzz.md shows what the command prints, and every area of probes."""

import re
from pathlib import Path

from apicheck.fuzz.probes import AREAS

PAGE = "fuzz.md"
DOCS = Path(__file__).parents[2] / "docs"
#: What differs from run to run, or with each new probe.
ALIKE = {
    r"127\.0\.0\.1:\d+": "127.0.0.1:8000",
    r"[\d,]+ requests to": "140 requests to",
    r"\bn\d{1,2}\b": "n7",
    r"\bn\d{3,}\b": "n9659",
    r'If-Match: "\d+"': 'If-Match: "1"',
    r'etag: "\d+"': 'etag: "3"',
    r"probe[- ][0-9a-f]{4,8}": "probe-5c1745a7",
    r"\d+ checks were": "12 checks were",
}


def test_the_page_shows_what_the_command_prints(hold):
    text = hold(PAGE, ALIKE)
    assert "[http.absent-not-said]" in text
    assert "[http.stale-match-not-refused]" in text
    assert "of 2 recorded, 2 no longer occur" in text


def test_every_area_is_on_the_page():
    text = (DOCS / PAGE).read_text(encoding="utf-8")
    assert set(re.findall(r"(?m)^\| `(\w+)` \|", text)) == AREAS.keys()
