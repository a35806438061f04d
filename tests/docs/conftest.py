"""Pages of the documentation whose commands are run, and whose outputs are held against them.

In a block of a page marked ``console`` stands ``$ COMMAND``, what it prints, and its exit code
in brackets where it is not 0. Commands run in ``docs/examples``. ``--accept`` rewrites the page.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"(?ms)^```console\n(.*?)^```$")


def run(line):
    """What a command prints, with its exit code in brackets if that is not 0."""
    program, *arguments = shlex.split(line, comments=True)
    command = {
        "apicheck": [sys.executable, "-m", "apicheck"],
        "python": [sys.executable],
    }[program]
    done = subprocess.run(
        [*command, *arguments],
        cwd=DOCS / "examples",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    text = re.sub(r"[ \t]+$", "", done.stdout.decode(), flags=re.MULTILINE).replace("\r\n", "\n")
    return text + (f"[{done.returncode}]\n" if done.returncode else "")


def played(block):
    """A block with the outputs of its commands as they are now."""
    lines = re.findall(r"(?m)^\$ (.*)$", block[1])
    return "```console\n" + "\n".join(f"$ {line}\n{run(line)}" for line in lines) + "```"


@pytest.fixture
def hold(accept, monkeypatch):
    """A function that holds a page, by its file name, against what its commands print."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")

    def held(name):
        page = DOCS / name
        text = page.read_text(encoding="utf-8")
        found = BLOCK.sub(played, text)
        if accept:
            page.write_text(found, encoding="utf-8")
        else:
            assert found == text, "look at the difference, then: pytest tests/docs --accept"
        return found

    return held
