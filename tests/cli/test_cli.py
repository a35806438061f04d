"""Scenarios of the command line: files, a command, what it prints and its exit code.

A scenario is one text file::

    === api.yaml ===          a file to be there
    ...
    $ apicheck diff a b       a command; what follows is its output, both streams
    ...
    [1]                       its exit code (left out: 0)

``pytest --accept`` rewrites the outputs.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SCENARIOS = sorted(HERE.glob("*.txt"))


def parse(text):
    """Files by name, and commands with what is expected of each."""
    head, *rest = re.split(r"(?m)^\$ ", text)
    parts = re.split(r"(?m)^=== (.+) ===\n", head)
    files = dict(zip(parts[1::2], parts[2::2], strict=True))
    commands = []
    for each in rest:
        line, _, output = each.partition("\n")
        code = re.search(r"(?m)^\[(\d+)\]\n*\Z", output)
        commands.append(
            (line, output[: code.start()] if code else output, int(code[1]) if code else 0)
        )
    return parts[0], files, commands


def run(line, folder, environment):
    """Run one command of a scenario, as a process of its own."""
    program, *arguments = shlex.split(line)
    stdin = None
    if "<" in arguments:
        at = arguments.index("<")
        stdin = (folder / arguments[at + 1]).read_bytes()
        arguments = arguments[:at]
    command = [sys.executable, "-m", "apicheck"] if program == "apicheck" else [program]
    done = subprocess.run(
        [*command, *arguments],
        cwd=folder,
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        check=False,
    )
    output = done.stdout.decode().replace(str(folder), "<folder>")
    return re.sub(r"[ \t]+$", "", output, flags=re.MULTILINE), done.returncode


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_scenario(file, tmp_path, accept, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "t")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "t@example.invalid")
    preface, files, commands = parse(file.read_text(encoding="utf-8"))
    for name, text in files.items():
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    found = []
    for line, expected, code in commands:
        output, status = run(line, tmp_path, None)
        found.append((line, output, status))
        if not accept:
            assert (output, status) == (expected, code), line
    if accept:
        text = preface + "".join(f"=== {name} ===\n{body}" for name, body in files.items())
        for line, output, status in found:
            text += f"$ {line}\n{output}" + (f"[{status}]\n" if status else "")
        file.write_text(text, encoding="utf-8")


def test_there_are_scenarios():
    assert len(SCENARIOS) >= 8
