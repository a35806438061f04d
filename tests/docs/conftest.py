"""Pages of the documentation whose commands are run, and whose outputs are held against them.

In a block of a page marked ``console`` stands ``$ COMMAND``, what it prints, and its exit code
in brackets where it is not 0. Commands run in a copy of ``docs/examples``. ``--accept`` rewrites
the page.
"""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"(?ms)^```console\n(.*?)^```$")


def run(line, folder):
    """What a command prints, with its exit code in brackets if that is not 0."""
    program, *arguments = shlex.split(line, comments=True)
    command = {
        "apicheck": [sys.executable, "-m", "apicheck"],
        "python": [sys.executable],
    }[program]
    done = subprocess.run(
        [*command, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    text = re.sub(r"[ \t]+$", "", done.stdout.decode(), flags=re.MULTILINE).replace("\r\n", "\n")
    return text + (f"[{done.returncode}]\n" if done.returncode else "")


def played(block, folder, alike):
    """A block with the outputs of its commands as they are now."""
    outputs = []
    for line in re.findall(r"(?m)^\$ (.*)$", block[1]):
        text = run(line, folder)
        for pattern, same in alike.items():
            text = re.sub(pattern, same, text)
        outputs.append(f"$ {line}\n{text}")
    return "```console\n" + "\n".join(outputs) + "```"


@pytest.fixture
def hold(accept, monkeypatch, tmp_path):
    """A function that holds a page, by its file name, against what its commands print.

    ``alike`` has patterns of what differs from run to run, and what the page shows instead.
    """
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")

    def held(name, alike=None):
        page = DOCS / name
        folder = shutil.copytree(DOCS / "examples", tmp_path / "examples")
        text = page.read_text(encoding="utf-8")
        found = BLOCK.sub(lambda block: played(block, folder, alike or {}), text)
        if accept:
            page.write_text(found, encoding="utf-8")
        else:
            assert found == text, "look at the difference, then: pytest tests/docs --accept"
        return found

    return held
