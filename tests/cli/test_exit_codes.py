"""What the command line makes of trouble: exit codes, broken pipes, narrow terminals."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys

import pytest

from apicheck import api, cli
from apicheck.errors import SourceError, UnsupportedFeature


@pytest.fixture
def pair(tmp_path):
    """Two contracts, the second of which drops an operation named with an arrow."""
    for name, paths in (("old", {"/→": {"get": {"responses": {}}}}), ("new", {})):
        document = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths}
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    return [str(tmp_path / "old.json"), str(tmp_path / "new.json")]


def failing(monkeypatch, problem):
    def load(_spec, _settings):
        raise problem

    monkeypatch.setattr(api, "load", load)


def process(*arguments, **more):
    command = [sys.executable, "-m", "apicheck", *arguments]
    return subprocess.run(command, check=False, capture_output=True, **more)


def test_a_bug_of_ours_says_so_with_a_traceback(monkeypatch, capsys):
    failing(monkeypatch, RuntimeError("oh"))
    assert cli.run(["diff", "a", "b"]) == 101
    told = capsys.readouterr().err
    assert "RuntimeError: oh" in told
    assert "this is a bug in apicheck" in told


def test_a_file_error_that_nobody_foresaw_is_a_bug_too(monkeypatch, capsys):
    failing(monkeypatch, PermissionError(errno.EACCES, "no", "somewhere"))
    assert cli.run(["diff", "a", "b"]) == 101
    assert "this is a bug in apicheck" in capsys.readouterr().err


def test_several_problems_are_all_told(monkeypatch, capsys):
    inner = ExceptionGroup("in one file", [SourceError("b.yaml", "is gone")])
    problems = ExceptionGroup("two", [UnsupportedFeature("a thing", "a.yaml"), inner])
    failing(monkeypatch, problems)
    assert cli.run(["diff", "a", "b"]) == 2
    assert capsys.readouterr().err == "error: a.yaml: a thing\nerror: b.yaml: is gone\n"


def test_a_bug_among_several_problems_is_a_bug(monkeypatch, capsys):
    failing(monkeypatch, ExceptionGroup("two", [SourceError("b.yaml", "is gone"), KeyError("k")]))
    assert cli.run(["diff", "a", "b"]) == 101
    assert "this is a bug in apicheck" in capsys.readouterr().err


def test_an_interrupt(monkeypatch, capsys):
    failing(monkeypatch, KeyboardInterrupt())
    assert cli.run(["diff", "a", "b"]) == 130
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("style", ["text", "json"])
def test_a_reader_that_has_gone_changes_nothing_about_the_answer(pair, style):
    for arguments, code in ((pair, 1), ([pair[1], pair[0]], 0)):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run(
            [sys.executable, "-m", "apicheck", "diff", *arguments, "-f", style],
            check=False,
            stdout=writer,
            stderr=subprocess.PIPE,
        )
        os.close(writer)
        assert (done.returncode, done.stderr) == (code, b"")


def test_a_list_that_nobody_reads_to_the_end_is_no_failure():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "apicheck", "rules"],
        check=False,
        stdout=writer,
        stderr=subprocess.PIPE,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_terminal_that_knows_few_letters_still_gets_its_report(pair):
    narrow = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    done = process("diff", *pair, env=narrow)
    assert done.returncode == 1, done.stderr
    assert rb"GET /\u2192 was removed" in done.stdout


@pytest.mark.parametrize("style", ["json", "markdown", "sarif", "junit", "github", "gitlab"])
def test_what_programs_read_is_utf_8_everywhere(pair, style):
    narrow = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    done = process("diff", *pair, "-f", style, env=narrow)
    assert done.returncode == 1, done.stderr
    assert "GET /→" in done.stdout.decode()
