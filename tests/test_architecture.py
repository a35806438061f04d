"""What may import what, what a start may load, and what the command line promises."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import apicheck
from apicheck import cli

ROOT = Path(__file__).parents[1]
#: All that --version, --help and diff may load besides the standard library.
ALLOWED = {"apicheck", "click", "orjson"}
#: Costly parts of the standard library that they do without.
HEAVY = {
    "asyncio",
    "difflib",
    "email",
    "http",
    "importlib.metadata",
    "logging",
    "multiprocessing",
    "sqlite3",
    "subprocess",
    "tomllib",
    "unittest",
    "urllib.request",
    "xml",
}


def modules_after(*arguments):
    """The exit code of a command, and the modules it loaded that a bare interpreter has not."""
    code = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "from apicheck.cli import run\n"
        "code = run(sys.argv[1:])\n"
        "loaded = sorted(set(sys.modules) - before)\n"
        "import json\n"
        "print('\\n' + json.dumps([code, loaded]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


VALIDATOR = {"jsonschema_rs", "email"}


def too_much(modules):
    """Those modules that are neither cheap and standard nor allowed."""
    known = ALLOWED | sys.stdlib_module_names
    return [name for name in modules if name in HEAVY or name.partition(".")[0] not in known]


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["diff", "--help"]])
def test_starting_loads_nothing_heavy(arguments):
    code, modules = modules_after(*arguments)
    assert code == 0
    assert too_much(modules) == []
    if arguments != ["diff", "--help"]:
        assert not [name for name in modules if name.startswith("apicheck.cli.commands.")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"openapi": "3.1.0", "paths": {}}, {"openapi": "3.1.0", "paths": {"/x": {"get": {}}}}),
        ({"asyncapi": "3.0.0"}, {"asyncapi": "3.0.0", "channels": {"x": {"address": "x"}}}),
        ({"type": "string", "maxLength": 3}, {"type": "string", "maxLength": 9, "title": "T"}),
    ],
    ids=["openapi", "asyncapi", "jsonschema"],
)
def test_a_diff_loads_nothing_heavy(tmp_path, old, new):
    for name, document in (("a", old), ("b", new)):
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    code, modules = modules_after("diff", str(tmp_path / "a.json"), str(tmp_path / "b.json"))
    assert code in {0, 1}
    assert "orjson" in modules
    # Where there is a payload to confirm, one fast validator is loaded; it brings email.utils.
    assert [each for each in too_much(modules) if each.split(".")[0] not in VALIDATOR] == []


def test_layers():
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_table_of_commands_says_what_the_commands_say():
    for name, words in cli.COMMANDS.items():
        command = cli.group.get_command(None, name)
        assert command.name == name
        assert command.help.splitlines()[0] == words


def test_public_names_are_sorted_and_there():
    assert apicheck.__all__ == sorted(apicheck.__all__)
    for name in apicheck.__all__:
        assert getattr(apicheck, name) is not None
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = apicheck.nothing_like_it


def test_public_names_do_the_main_job(tmp_path):
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    text = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {/a: {get: {responses: {}}}}\n"
    old.write_text(text)
    new.write_text(text.replace("/a", "/b"))
    report = apicheck.check(apicheck.load(str(old)), apicheck.load(str(new)))
    assert report.summary.verdict.value == "breaking"
    assert [
        change.rule.id
        for change in apicheck.compare(apicheck.load(str(old)), apicheck.load(str(new)))
    ] == [
        "operation.removed",
        "operation.added",
    ]
