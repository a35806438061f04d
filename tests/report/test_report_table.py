"""The table of report formats."""

import subprocess
import sys

import pytest

from apicheck.errors import ConfigError
from apicheck.model import Severity
from apicheck.report import KNOWN, RenderOptions, named


def test_an_unknown_format_is_refused_with_those_there_are():
    with pytest.raises(ConfigError, match="no such report format") as caught:
        named("yaml")
    assert "text, json" in str(caught.value)


@pytest.mark.parametrize("name", KNOWN)
def test_a_report_is_the_same_twice_and_can_be_written_as_utf_8(name, rich):
    found = named(name)(rich, RenderOptions())
    assert found.endswith("\n")
    assert found.encode().decode() == found
    assert named(name)(rich, RenderOptions()) == found


@pytest.mark.parametrize("name", KNOWN)
def test_findings_that_are_switched_off_are_told_nowhere(name, make):
    report = make.report(make.finding(message="hidden away", severity=Severity.OFF))
    assert "hidden away" not in named(name)(report, RenderOptions(verbose=2))


@pytest.mark.parametrize("name", KNOWN)
def test_a_report_needs_no_heavy_library(name):
    program = (
        "import sys; from apicheck.report import named; named(sys.argv[1]);"
        "heavy = {'rich', 'yaml', 'jsonschema', 'importlib.metadata', 'xml', 'urllib.request', 'datetime', 'subprocess'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, name], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
