"""The pytest plugin, as a team uses it."""

import json
import subprocess
import sys

import pytest
from tests.fuzz.toy import CONTRACT

from apicheck.testing import plugin

pytest_plugins = ["pytester"]

SUITE = """
import pytest
from tests.fuzz.toy import SECRET, Toy

KEY = "key=" + SECRET

def test_good(apicheck_fuzz):
    report = apicheck_fuzz(Toy(), contract="openapi.json", auth=KEY)
    assert report.findings == ()
    assert len(report.coverage) > 5

def test_bad(apicheck_fuzz):
    apicheck_fuzz(Toy(fault="500"), contract="openapi.json", auth=KEY, fail_on="warning")

@pytest.mark.apicheck(contract="openapi.json", auth=KEY, area="routing")
def test_marked(apicheck_fuzz):
    toy = Toy()
    apicheck_fuzz(toy)
    assert 5 < len(toy.asked) < 60

@pytest.mark.apicheck(auth=KEY, area="routing")
def test_by_ini(apicheck_fuzz):
    apicheck_fuzz(Toy())

def test_mistyped(apicheck_fuzz):
    apicheck_fuzz(Toy(), contract="openapi.json", tokn="x")

def test_asgi(apicheck_fuzz):
    async def app(scope, receive, send):
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 404, "headers": []})
            await send({"type": "http.response.body"})

    apicheck_fuzz(app, contract="openapi.json")
"""


@pytest.fixture
def suite(pytester):
    pytester.makefile(".json", openapi=json.dumps(CONTRACT))
    pytester.makepyfile(SUITE)

    def run(*arguments, ini=""):
        pytester.makeini("[pytest]\n" + ini)
        return pytester.runpytest("-p", plugin.__name__, "-p", "no:cacheprovider", *arguments)

    return run


def test_a_good_application_passes_and_a_bad_one_tells_what_is_wrong(suite):
    result = suite("-k", "test_good or test_bad")
    result.assert_outcomes(passed=1, failed=1)
    told = result.stdout.str()
    assert ">       apicheck_fuzz(Toy(fault=" in told
    assert "http.invalid-content-not-refused" in told
    assert "curl -i" in told
    assert "plugin.py" not in told  # the traceback ends in the test


def test_options_come_from_the_marker_and_the_ini_file(suite):
    ini = "apicheck_contract = openapi.json\napicheck_options =\n  max-examples = 1\n  seed = 3\n"
    suite("-k", "test_marked or test_by_ini", ini=ini).assert_outcomes(passed=2)
    result = suite("-k", "test_by_ini")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*contract: is missing*"])


def test_what_cannot_be_checked_is_told(suite):
    result = suite("-k", "test_mistyped or test_asgi")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        ["*no such option*", "*none of the paths of the contract is there (404)*"]
    )
    assert "assertion.py" not in result.stdout.str()


def test_it_costs_nothing_where_it_is_not_used():
    code = (
        "import sys, pytest; before = set(sys.modules); import apicheck.testing.plugin;"
        "print(*(set(sys.modules) - before))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(found.stdout.split()) <= {"apicheck", "apicheck.testing", "apicheck.testing.plugin"}


def test_the_entry_point_is_declared():
    import tomllib
    from pathlib import Path

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {plugin.__name__: plugin.__name__}
