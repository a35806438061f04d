"""What reports say of the answers that a service was seen to give."""

from dataclasses import replace

from apicheck.judge import summarise
from apicheck.model import Reached
from apicheck.report import RenderOptions, named
from apicheck.report.merge import merge
from apicheck.report.read import read
from apicheck.sources import open_source


def reached(status, seen, why="", *, operation="GET /a", documented=True):
    return Reached(operation=operation, status=status, documented=documented, seen=seen, why=why)


COVERAGE = (
    reached("200", 4),
    reached("503", 0, "needs a failing neighbour"),
    reached("418", 1, documented=False),
    reached("503", 0, "needs a failing neighbour", operation="PUT /b"),
)


def test_a_line_for_everybody_and_a_table_for_who_asks(make):
    report = replace(make.report(), coverage=COVERAGE)
    short = named("text")(report, RenderOptions())
    assert "1 of 3 documented answers seen, and 1 undocumented (--coverage" in short
    assert "failing neighbour" not in short
    table = named("text")(report, RenderOptions(coverage=True))
    assert "  GET /a  200   503         418\n" in table
    assert "  503      needs a failing neighbour (GET /a, PUT /b)\n" in table


def test_a_pull_request_is_told_in_a_table(make):
    text = named("markdown")(replace(make.report(), coverage=COVERAGE), RenderOptions())
    assert "<summary>1 of 3 documented answers seen, and 1 undocumented</summary>" in text
    assert "| `GET /a` | 200 | 503 | 418 |" in text


def test_shards_add_up(make):
    one = replace(make.report(), coverage=COVERAGE[:3])
    two = replace(make.report(), coverage=(reached("503", 2), *COVERAGE[3:]))
    whole = merge([one, two], lambda found: summarise(found, identical=False))
    assert whole.coverage == (
        COVERAGE[0],
        replace(COVERAGE[1], seen=2, why=""),
        *COVERAGE[2:],
    )


def test_it_is_read_back_as_it_was_written(make, tmp_path):
    report = replace(
        make.report(), coverage=(*COVERAGE, replace(COVERAGE[0], at=make.span("a", 3)))
    )
    path = tmp_path / "r.json"
    path.write_text(named("json")(report, RenderOptions()))
    assert read(open_source(str(path))) == report
