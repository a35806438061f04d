"""Scratch repositories to gate."""

import os
import subprocess
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from apicheck import api, cli
from apicheck.gate import Request, gate
from apicheck.release import lock
from apicheck.sources import Options

TODAY = date(2026, 11, 21)
ENVIRONMENT = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


@dataclass
class Repository:
    """A git repository in a scratch folder; ``main`` is what pull requests are held against."""

    root: Path

    def git(self, *arguments):
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, **ENVIRONMENT},
        )
        return done.stdout.strip()

    def write(self, **files):
        """Files by path with ``__`` for a slash and ``_dot_`` for a dot, or see ``put``."""
        for name, text in files.items():
            self.put(name.replace("__", "/").replace("_dot_", "."), text)

    def put(self, path, text):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            target.write_bytes(text)
        else:
            target.write_text(text, encoding="utf-8")

    def commit(self, message="step"):
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)

    def branch(self):
        """What is there now is main; what follows is a pull request."""
        self.commit()
        self.git("checkout", "-q", "-b", "change")

    def settings(self, **more):
        return api.Settings(options=Options(cwd=self.root), today=TODAY, **more)

    def lock(self, *names):
        return lock(self.settings(), names)

    def gate(self, **request):
        request.setdefault("base", None if request.get("staged") else "main")
        return gate(Request(**request), self.settings())

    def rules(self, **request):
        """Ids of the findings that count and are no mere information, sorted."""
        report = self.gate(**request)
        return sorted(
            {f.rule.id for f in report.findings if f.waived is None and f.severity.name != "INFO"}
        )


@pytest.fixture
def repo(tmp_path):
    made = Repository(root=tmp_path / "repo")
    made.root.mkdir()
    made.git("init", "-q", "-b", "main")
    return made


@pytest.fixture
def run(repo, monkeypatch, capsys):
    """Runs the command line in the repository: (exit code, stdout, stderr)."""
    monkeypatch.chdir(repo.root)
    for name in ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"):
        monkeypatch.delenv(name, raising=False)

    def command(*arguments):
        code = cli.run([str(each) for each in arguments])
        told = capsys.readouterr()
        return code, told.out, told.err

    return command
