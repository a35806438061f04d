"""Every report as it is seen: rendered and compared with the files in tests/golden."""

from pathlib import Path

import pytest

from apicheck.model import Severity
from apicheck.report import KNOWN, RenderOptions, named

GOLDEN = Path(__file__).parents[1] / "golden"
ENDING = {
    "text": "txt",
    "json": "json",
    "markdown": "md",
    "sarif": "sarif.json",
    "junit": "xml",
    "github": "github.txt",
    "gitlab": "gitlab.json",
    "html": "html",
}
OPTIONS = {
    "": RenderOptions(width=100),
    "-verbose": RenderOptions(width=100, verbose=1),
    "-colour": RenderOptions(width=100, colour=True),
    "-quiet": RenderOptions(width=100, quiet=True),
}


def _compare(name, found, *, accept):
    path = GOLDEN / name
    if accept:
        path.write_bytes(found.encode())
    assert path.exists(), "no expected file: run pytest --accept and review what it writes"
    assert found == path.read_bytes().decode(), "if the change is meant: pytest --accept"


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("case", ["rich", "identical", "compatible"])
def test_report_looks_as_accepted(name, case, rich, make, accept):
    cases = {
        "rich": rich,
        "identical": make.report(),
        "compatible": make.report(
            make.finding(make.DESCRIPTION_CHANGED, values={}, severity=Severity.INFO)
        ),
    }
    found = named(name)(cases[case], OPTIONS[""])
    _compare(f"{case}.{ENDING[name]}", found, accept=accept)


@pytest.mark.parametrize("manner", ["-verbose", "-colour", "-quiet"])
def test_text_looks_as_accepted_in_every_manner(manner, rich, accept):
    _compare(f"rich{manner}.txt", named("text")(rich, OPTIONS[manner]), accept=accept)
