"""The settings file: found, read, and refused with the place and a hint."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from apicheck.errors import ConfigError
from apicheck.judge.settings import KEYS, find, load

DOCS = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_the_nearest_file_upward_to_the_top_of_the_work_tree(tmp_path):
    (tmp_path / "apicheck.toml").write_text("")
    repository = tmp_path / "repository"
    inside = repository / "a" / "b"
    inside.mkdir(parents=True)
    assert find(inside) == tmp_path / "apicheck.toml"
    (repository / ".git").mkdir()
    assert find(inside) is None
    (repository / "pyproject.toml").write_text("[tool.other]\n")
    assert find(inside) is None
    (repository / "pyproject.toml").write_text("[tool.apicheck]\n")
    assert find(inside) == repository / "pyproject.toml"
    (repository / "a" / "apicheck.toml").write_text("")
    assert find(inside) == repository / "a" / "apicheck.toml"


def test_both_files_say_the_same(tmp_path):
    (tmp_path / "apicheck.toml").write_text('fail-on = "warning"\n[rules]\n"schema.*" = "info"\n')
    (tmp_path / "pyproject.toml").write_text(
        '[tool.apicheck]\nfail-on = "warning"\n[tool.apicheck.rules]\n"schema.*" = "info"\n'
    )
    assert load(tmp_path / "apicheck.toml") == load(tmp_path / "pyproject.toml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('fail_on = "error"', "did you mean 'fail-on'?"),
        ('fail-on = "loud"', "takes error, warning, info or never"),
        ('surfaces = ["wires"]', "takes a list of wire, json, source"),
        ('[rules]\n"schema.*" = 3', "takes a table of rule"),
        ("max-bytes = -1", "takes a number of bytes"),
        ('waivers = "none"', "takes a list of tables"),
        ("a = [", "not valid TOML"),
    ],
)
def test_wrong_settings_say_what_is_wrong(tmp_path, text, words):
    file = tmp_path / "apicheck.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert words in str(caught.value)
    assert str(file) in str(caught.value)


def test_every_setting_is_documented_and_no_other():
    documented = set(
        re.findall(r"^### `([a-z-]+)`", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert documented == set(KEYS)
