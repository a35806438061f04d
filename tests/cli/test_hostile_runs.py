"""Runs under odd circumstances: closed streams, broken settings, names that steer terminals."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from apicheck import cli

API = 'openapi: 3.1.0\ninfo: {title: T, version: "1"}\npaths: {}\n'
MORE = API.replace("{}", "{/a: {get: {responses: {}}}}")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "old.yaml").write_text(MORE)
    (tmp_path / "new.yaml").write_text(API)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder, capsys):
    """Runs the command line in the folder: (exit code, stdout, stderr)."""
    assert folder.is_dir()

    def command(*arguments):
        code = cli.run([str(each) for each in arguments])
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return code, told.out, told.err

    return command


def process(folder, *arguments, closed=(), **more):
    """A process of its own with some of its streams closed."""

    def close():
        for each in closed:
            os.close(each)

    return subprocess.run(
        [sys.executable, "-m", "apicheck", *arguments],
        cwd=folder,
        check=False,
        capture_output=True,
        preexec_fn=close if closed else None,
        **more,
    )


posix = pytest.mark.skipif(os.name == "nt", reason="closes streams as POSIX does")


@posix
@pytest.mark.parametrize("style", ["text", "json", "sarif"])
def test_a_closed_stdout_changes_nothing_about_the_answer(folder, style):
    done = process(folder, "diff", "old.yaml", "new.yaml", "-f", style, closed=[1])
    assert (done.returncode, done.stderr) == (1, b"")
    done = process(folder, "contracts", "lint", "new.yaml", "-f", style, closed=[1])
    assert (done.returncode, done.stderr) == (0, b"")


@posix
def test_a_closed_stdin_is_told(folder):
    done = process(folder, "diff", "-", "new.yaml", closed=[0])
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: <stdin>: is closed")


@posix
def test_nobody_to_tell_is_no_bug_either(folder):
    assert process(folder, "diff", "none.yaml", "new.yaml", closed=[0, 1, 2]).returncode == 2


@posix
def test_a_folder_that_went_away_under_us(folder):
    gone = folder / "gone"
    gone.mkdir()
    command = [
        sys.executable,
        "-c",
        "import os, sys; os.rmdir('../gone'); from apicheck import cli",
    ]
    command[-1] += "; sys.exit(cli.run(['diff', 'a', 'b']))"
    done = subprocess.run(command, cwd=gone, check=False, capture_output=True)
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: the current folder is gone")


def test_stdin_is_read_once(run):
    code, _, told = run("diff", "-", "-")
    assert code == 2
    assert "stdin can be read once" in told


def test_names_do_not_steer_the_terminal(run, folder):
    (folder / "\x1b[31mred.yaml").write_text("a: [\n")
    code, _, told = run("diff", "\x1b[31mred.yaml", "new.yaml")
    assert code == 2
    assert told.startswith("error: \\x1b[31mred.yaml:2:1: not valid YAML")
    (folder / "api.yaml").write_text("a: 1\nb: \x1b[31m\n")
    assert "\x1b" not in run("diff", "api.yaml", "new.yaml")[2]


SETTINGS = {
    'roots = ["a\\u0000b"]': "no file can have such a name",
    f'store = "{"x" * 300}"': "no file can have such a name",
    'base = "a\\u0000b"': "no file can have such a name",
    f"x = {'[' * 10_000}": "nested too deep",
    f"x = {'1' * 5000}": "thousands of digits",
    "x = 1": "no such setting",
    "roots = 1": "takes a list of folders",
    "\\": "not valid TOML",
}


@pytest.mark.parametrize(("text", "words"), SETTINGS.items(), ids=[each[:9] for each in SETTINGS])
@pytest.mark.parametrize("command", [["diff", "old.yaml", "new.yaml"], ["contracts", "list"]])
def test_settings_that_cannot_be_are_told(run, folder, text, words, command):
    (folder / "apicheck.toml").write_text(text)
    code, _, told = run(*command)
    assert code == 2
    assert told.startswith("error: ")
    assert "apicheck.toml" in told
    assert words in told


@pytest.mark.parametrize("limit", [10**30, 2**40])
def test_a_limit_beyond_all_files_is_no_limit(run, folder, limit):
    (folder / "apicheck.toml").write_text(f"max-bytes = {limit}\n")
    assert run("diff", "old.yaml", "new.yaml")[0] == 1
    assert run("diff", "old.yaml", "new.yaml", "--max-bytes", 2**40)[0] == 1


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000])
def test_a_baseline_that_is_none(run, folder, text):
    (folder / "known.json").write_text(text)
    code, _, told = run("diff", "old.yaml", "new.yaml", "--baseline", "known.json")
    assert code == 2
    assert told.startswith("error: known.json")


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="has no such device")  # noqa: PTH110
def test_a_device_is_no_baseline(run):
    code, _, told = run("diff", "old.yaml", "new.yaml", "--baseline", "/dev/zero")
    assert code == 2
    assert "is not a file" in told


@pytest.mark.parametrize("option", ["--baseline", "--config"])
def test_names_that_are_too_long(run, option):
    assert run("diff", "old.yaml", "new.yaml", option, "x" * 300)[0] == 2
    assert run("init", "x" * 300)[0] == 2


@pytest.mark.parametrize("shard", ["9" * 5000 + "/1", "²/3", "1/0", "2/1", "1", "a/b"])
def test_shards_that_are_none(run, shard):
    code, _, told = run("gate", "--shard", shard)
    assert code == 2
    assert "is not of the form I/N" in told


@pytest.mark.parametrize("store", ["", ".", "..", "/abs", "a/../..", ".git", "a\nb", 'a"b', "\x1b"])
def test_init_writes_inside_of_its_folder_only(run, folder, store):
    code, _, told = run("init", "--store", store)
    assert code == 2
    assert "no folder inside of the repository" in told
    assert sorted(each.name for each in folder.iterdir()) == ["new.yaml", "old.yaml"]


def test_a_format_that_is_none_names_the_option(run):
    code, _, told = run("diff", "old.yaml", "new.yaml", "--output", "nope=x")
    assert code == 2
    assert told.startswith("error: --output: nope=x: no such report format")


def test_a_version_that_is_a_number_is_a_finding(run, folder):
    (folder / "api.yaml").write_text("swagger: 2.0\ninfo: {title: T, version: '1'}\npaths: {}\n")
    code, out, _ = run("contracts", "lint", "api.yaml")
    assert code == 1
    assert "no version of OpenAPI that can be checked" in out


def test_roots_of_the_settings_are_reached_from_the_command_line(run, folder):
    (folder / "shared").mkdir()
    (folder / "shared" / "types.yaml").write_text("Pet: {type: string}\n")
    project = folder / "project"
    project.mkdir()
    schema = "{schema: {$ref: '../shared/types.yaml#/Pet'}}"
    answer = f"{{/a: {{get: {{responses: {{'200': {{content: {{a/b: {schema}}}}}}}}}}}}}"
    (project / "api.yaml").write_text(API.replace("{}", answer))
    arguments = ["diff", project / "api.yaml", project / "api.yaml", "-f", "json"]
    unknown = json.loads(run(*arguments)[1])
    assert [each["rule"] for each in unknown["findings"]] == ["schema.reference-unresolved"]
    assert "leads out of the contract's folder" in unknown["findings"][0]["message"]
    # Relative to the settings, not to where we stand.
    (project / "apicheck.toml").write_text('roots = ["../shared"]\n')
    found = run(*arguments, "--config", project / "apicheck.toml")
    assert found[0] == 0
    assert json.loads(found[1])["findings"] == []
