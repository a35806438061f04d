"""Texts, names and references that were made to do harm, or came to be by accident."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from apicheck.errors import ParseError, SourceError, UnresolvedReference
from apicheck.nodes import Node
from apicheck.sources import Options, open_source
from apicheck.sources import http as web
from apicheck.sources.json import parse_json
from apicheck.sources.yaml import parse_yaml
from apicheck.sources.yaml_events import Builder

LONG = "1" * 5000


@pytest.mark.parametrize("opening", ["- ", "? ", ": ", "- ? ", "-   "])
def test_a_tower_of_marks_ends_in_a_message(opening, tmp_path):
    # In a process of its own: the fast parser would take us with it.
    (tmp_path / "api.yaml").write_text(f"x:\n  {opening * 100_000}1\n")
    command = [sys.executable, "-m", "apicheck", "diff", "api.yaml", "api.yaml"]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("error: api.yaml:2:")


def doubled(first, step, levels):
    lines = [f"a0: &a0 {first}"]
    lines += [f"a{n}: &a{n} {step.replace('*', f'*a{n - 1}')}" for n in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        doubled("{x: 1}", "{b: *, c: *}", 40),
        doubled("{x: 1}", "{<<: [*, *], y: 1}", 40),
        f"a: &s {'x' * 100_000}\nb: [{', '.join(['*s'] * 50_000)}]\n",
        f"info: {{title: &s '{'x' * 100_000}'}}\nb: [{', '.join(['*s'] * 50_000)}]\n",
        doubled("x" * 1_000_000, "[*, *, *, *, *, *, *, *, *, *]", 8),
    ],
)
def test_aliases_that_expand_without_end_are_refused(text):
    for read in (parse_yaml, lambda text, source: Builder(text, source).build()):
        with pytest.raises(ParseError, match="aliases expand to more than") as caught:
            read(text, "x")
        assert caught.value.span is not None


def test_depth_through_aliases_is_bounded():
    with pytest.raises(ParseError, match="nested more than"):
        parse_yaml(doubled("{x: 1}", "{b: *}", 300), "x")


def test_real_use_of_aliases_is_none_of_that():
    text = doubled("{x: 1}", "{b: *}", 100) + "\n" + "\n".join(f"b{n}: *a3" for n in range(1000))
    assert parse_yaml(text, "x")["b7"] == {"b": {"b": {"b": {"x": 1}}}}


@pytest.mark.parametrize(
    "text", [f"a: {LONG}", f"a: -{LONG}", f"{LONG}: a", f"a: 0x{LONG}", f"- [1, {LONG}]"]
)
def test_numbers_longer_than_can_be_written_are_refused(text):
    with pytest.raises(ParseError, match="a number of more than 1000 digits") as caught:
        parse_yaml(text, "x")
    assert caught.value.span.line == 1


def test_digits_that_are_text_stay():
    assert parse_yaml(f"a: '{LONG}'\nb: !!str {LONG}\nc: x{LONG}\n", "x") == {
        "a": LONG,
        "b": LONG,
        "c": f"x{LONG}",
    }
    assert parse_yaml(f"a: !!float {'1' * 400}\n", "x") == {"a": float("inf")}


@pytest.mark.parametrize("text", ["1e999", "-1e999", "NaN", "1" * 400, LONG])
def test_numbers_that_json_cannot_hold_are_refused_with_their_line(text):
    with pytest.raises(ParseError, match="not valid JSON") as caught:
        parse_json(b'{\n"a": %s}' % text.encode(), "api.json")
    assert caught.value.span.line == 2


@pytest.mark.parametrize("text", ['{"a": "\\ud800"}', '{"\\ud800": 1}', '{"a": "\\udfff\\ud800"}'])
def test_half_of_a_surrogate_pair_is_no_text(text):
    for name in ("api.json", "api.yaml"):
        with pytest.raises(ParseError) as caught:
            parse_json(text.encode(), name)
        assert caught.value.span.line == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---\na: 1\n---\nb: 2\n", 3),
        ("--- {a: 1}\n--- {b: 1}\n", 2),
        ("- a\n---\n- b\n", 2),
        ("---\n---\na: 1\n", 2),
        ("a: 1\n---\n", 2),
        ("a: 1\n...\n---\nb: 1\n", 3),
    ],
)
def test_several_documents_in_one_stream_are_refused(text, line):
    with pytest.raises(ParseError, match="more than one YAML document") as caught:
        parse_yaml(text, "x")
    assert caught.value.span.line == line
    assert "files of their own" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    ["---\na: 1\n", "--- # x\na: 1\n", "# x\n---\na: 1\n...\n# y\n", "a: 1\n...\n", "--- {a: 1}"],
)
def test_one_document_may_be_marked(text):
    assert parse_yaml(text, "x") == {"a": 1}


def test_what_looks_like_a_marker_is_text():
    assert parse_yaml("a: |\n  x\n  ---\n  y\n---x: 1\n", "x") == {"a": "x\n---\ny\n", "---x": 1}


@pytest.fixture
def opened(tmp_path):
    """A document in a folder, by the text of its file."""

    def opened(text, name="api.yaml"):
        raw = text if isinstance(text, bytes) else text.encode()
        (tmp_path / name).write_bytes(raw)
        return open_source(name, Options(cwd=tmp_path))

    return opened


REFS = {
    "\x00": "is no name that a file can have",
    "a%00b.yaml#/x": "is no name that a file can have",
    "\ud800.yaml": "is no name that a file can have",
    "#/\x00": "there is no '\\x00'",
    "#/%zz": "there is no '%zz'",
    "#//": "there is no ''",
    "#/a/00": "there is no '00'",
    "#/a/-": "there is no '-'",
    "#/a/\u0663": "there is no",
    "#/a/\u00b2": "there is no",
    f"#/a/{LONG}": "there is no",
    "#/a/0/x": "there is no 'x'",
    "#/openapi/0": "there is no '0'",
    "http://[": "the network is not to be used",
    "urn:x:y": "is not a relative path or a web address",
    "x" * 5000: "cannot be read",
    "%ff.yaml": "cannot be read",
    ".": "is a folder",
}


@pytest.mark.parametrize(("ref", "words"), REFS.items(), ids=[repr(each)[:20] for each in REFS])
def test_odd_references_say_what_is_wrong(ref, words, opened):
    document = opened("openapi: 3.1.0\na: [1]\n")
    with pytest.raises(UnresolvedReference) as caught:
        Node(document.data, document, ()).follow(ref)
    assert words in str(caught.value)


@pytest.mark.parametrize("name", ["api.yaml", "api.json"])
def test_an_unresolved_merge_is_told_as_one(name, opened):
    text = "a: 1\n<<<<<<< ours\nb: 2\n=======\nb: 3\n>>>>>>> theirs\n"
    with pytest.raises(ParseError, match="holds a merge conflict") as caught:
        opened(text, name)
    assert caught.value.span.line == 2


def test_what_says_conflict_but_is_none_stays(opened):
    assert opened("a: |\n  <<<<<<< ours\n").data == {"a": "<<<<<<< ours\n"}


def test_a_revision_is_read_from_its_top_wherever_we_stand(tmp_path):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "openapi.yaml").write_text("a: top\n")
    (tmp_path / "deep" / "openapi.yaml").write_text("a: deep\n")
    for arguments in (
        ["init", "-q", "-b", "main"],
        ["add", "."],
        ["-c", "user.name=t", "-c", "user.email=t@example.invalid", "commit", "-qm", "one"],
    ):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True)
    for folder in (".", "deep", "deep/er"):
        options = Options(cwd=tmp_path / folder)
        up = "/".join([".."] * len((tmp_path / folder).relative_to(tmp_path).parts)) or "."
        assert open_source(f"HEAD:{up}", options).data == {"a": "top"}
        assert open_source(f"HEAD:{up}/deep", options).data == {"a": "deep"}
        with pytest.raises(SourceError, match="leads out of the repository"):
            open_source(f"HEAD:../{up}", options)


def test_where_there_is_no_repository_git_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(SourceError, match="git cannot be used here: fatal: not a git repository"):
        open_source("HEAD:api.yaml", Options(cwd=tmp_path))


SPECS = {
    "": "is named by an empty text",
    "x" * 300: "cannot be read: File name too long",
    "file:///etc/passwd": "is not an http or https address",
    "ftp://x/y": "is not an http or https address",
    "api.yaml/x": "there is no such file",
    "loop": "cannot be read",
    "/dev/zero": "not a regular file",
    "git::x": "is not a revision",
}


@pytest.mark.parametrize(("spec", "words"), SPECS.items(), ids=[each[:20] for each in SPECS])
def test_odd_names_of_contracts(spec, words, tmp_path):
    (tmp_path / "api.yaml").write_text("a: 1\n")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(SourceError) as caught:
        open_source(spec, Options(cwd=tmp_path))
    assert words in str(caught.value)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user without all rights")
def test_a_file_that_we_may_not_read(tmp_path):
    (tmp_path / "api.yaml").write_text("a: 1\n")
    (tmp_path / "api.yaml").chmod(0)
    with pytest.raises(SourceError, match="cannot be read: Permission denied"):
        open_source("api.yaml", Options(cwd=tmp_path))


ADDRESSES = {
    "http://[": "is no valid http or https address",
    "http://a b/x": "is no valid http or https address",
    "http://x\ny/": "is no valid http or https address",
    "http:///x": "is no valid http or https address",
    "http://x:99999/": "is no valid http or https address",
    "http://user:secret@x.invalid/": "password",
}


@pytest.mark.parametrize(("url", "words"), ADDRESSES.items())
def test_odd_addresses(url, words):
    with pytest.raises(SourceError) as caught:
        open_source(url, Options(allow_network=True))
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_document_from_the_web_refers_to_the_web_and_never_to_files(tmp_path, monkeypatch):
    (tmp_path / "types.yaml").write_text("x: local\n")
    (tmp_path / "api.yaml").write_text("a: {$ref: 'https://x.invalid/v1/api.yaml'}\n")
    pages = {
        "https://x.invalid/v1/api.yaml": {"$ref": "types.yaml#/x"},
        "https://x.invalid/v1/types.yaml": {"x": {"$ref": "../up.yaml"}},
        "https://x.invalid/up.yaml": {"back": {"$ref": "http://["}},
    }
    monkeypatch.setattr(web, "fetch", lambda url, _options: json.dumps(pages[url]).encode())
    options = Options(cwd=tmp_path, allow_network=True)
    for spec in ("api.yaml", "https://x.invalid/v1/api.yaml"):
        document = open_source(spec, options)
        node = Node(document.data, document, ()).follow("https://x.invalid/v1/api.yaml")
        node = node.follow("types.yaml#/x")
        assert node.document.source == "https://x.invalid/v1/types.yaml"
        node = node.follow(node.value["$ref"])
        assert node.document.source == "https://x.invalid/up.yaml"
        with pytest.raises(UnresolvedReference):
            node.follow("http://[")
