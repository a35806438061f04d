"""Where contracts come from, what references may read, and what is refused."""

from __future__ import annotations

import os
import subprocess

import pytest

from apicheck.errors import ParseError, SourceError, UnresolvedReference
from apicheck.nodes import Node
from apicheck.sources import Options, open_source

API = 'openapi: 3.1.0\ninfo: {title: T, version: "1"}\npaths: {}\n'


@pytest.fixture(name="options")
def _options(tmp_path):
    return Options(cwd=tmp_path)


def write(folder, name, text=API):
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def git(folder, *arguments):
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_a_file_and_a_folder(tmp_path, options):
    write(tmp_path, "api/openapi.yaml")
    assert open_source("api/openapi.yaml", options).data["openapi"] == "3.1.0"
    assert open_source("api", options).source == "api/openapi.yaml"


def test_a_folder_with_two_contracts_is_refused(tmp_path, options):
    write(tmp_path, "openapi.yaml")
    write(tmp_path, "swagger.yaml")
    with pytest.raises(SourceError, match=r"several contracts: openapi.yaml, swagger.yaml"):
        open_source(".", options)


def test_content_decides_not_the_ending(tmp_path, options):
    write(tmp_path, "api.json")
    write(tmp_path, "api.yaml", '\ufeff{"openapi": "3.0.0"}')
    assert open_source("api.json", options).data["openapi"] == "3.1.0"
    assert open_source("api.yaml", options).data == {"openapi": "3.0.0"}


def test_a_revision_of_git_with_its_own_files(tmp_path, options):
    write(tmp_path, "api/openapi.yaml", "a: {$ref: 'common.yaml#/x'}\n")
    write(tmp_path, "api/common.yaml", "x: old\n")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    write(tmp_path, "api/common.yaml", "x: new\n")
    for spec in ("git:HEAD:api/openapi.yaml", "HEAD:api/openapi.yaml", "main:api"):
        document = open_source(spec, options)
        assert Node(document.data, document, ()).follow("common.yaml#/x").value == "old"
    document = open_source("api/openapi.yaml", options)
    assert Node(document.data, document, ()).follow("common.yaml#/x").value == "new"
    inside = Options(cwd=tmp_path / "api")
    assert open_source("HEAD:openapi.yaml", inside).source == "git:HEAD:api/openapi.yaml"


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("missing.yaml", "there is no such file"),
        ("git:HEAD:missing.yaml", "no such file at this revision"),
        ("git:nowhere:api.yaml", "no such revision"),
        ("git:--help:api.yaml", "not a revision"),
        ("git:HEAD", "not of the form"),
        ("https://example.invalid/api.yaml", "--allow-network"),
    ],
)
def test_what_cannot_be_read_says_so(tmp_path, options, spec, words):
    write(tmp_path, "api.yaml")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    with pytest.raises(SourceError) as caught:
        open_source(spec, options)
    assert words in str(caught.value)


def test_a_file_over_the_limit(tmp_path):
    write(tmp_path, "api.yaml", "a: " + "x" * 5000)
    with pytest.raises(SourceError, match="--max-bytes"):
        open_source("api.yaml", Options(cwd=tmp_path, max_bytes=1000))


def test_a_pipe_is_no_contract(tmp_path, options):
    os.mkfifo(tmp_path / "api.yaml")
    with pytest.raises(SourceError, match="not a regular file"):
        open_source("api.yaml", options)


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\xff\xfe", b"\x00\x01\x02", b"a: \xff"])
def test_binary_rubbish(tmp_path, options, content):
    (tmp_path / "api.yaml").write_bytes(content)
    with pytest.raises(ParseError):
        open_source("api.yaml", options)


def refused(document, ref):
    with pytest.raises(UnresolvedReference) as caught:
        Node(document.data, document, ()).follow(ref)
    return str(caught.value)


def test_a_reference_never_leaves_the_tree(tmp_path):
    write(tmp_path, "secret.yaml", "x: 1\n")
    write(tmp_path, "project/api.yaml")
    (tmp_path / "project" / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (tmp_path / "project" / "out").symlink_to(tmp_path)
    document = open_source("api.yaml", Options(cwd=tmp_path / "project"))
    assert "leads out of the contract's folder" in refused(document, "../secret.yaml#/x")
    assert "leads out of the contract's folder" in refused(document, "link.yaml#/x")
    assert "leads out of the contract's folder" in refused(document, "out/secret.yaml#/x")
    assert "absolute path" in refused(document, f"{tmp_path}/secret.yaml#/x")
    assert "absolute path" in refused(document, "//example.invalid/x")
    assert "not a relative path" in refused(document, f"file://{tmp_path}/secret.yaml")
    assert "--allow-network" in refused(document, "http://127.0.0.1:1/x.yaml")


def test_a_folder_may_be_allowed(tmp_path):
    write(tmp_path, "shared/types.yaml", "x: 1\n")
    write(tmp_path, "project/api.yaml")
    (tmp_path / "project" / "types.yaml").symlink_to(tmp_path / "shared" / "types.yaml")
    allowed = Options(cwd=tmp_path / "project", roots=(tmp_path / "shared",))
    document = open_source("api.yaml", allowed)
    assert Node(document.data, document, ()).follow("types.yaml#/x").value == 1


def test_references_within_and_across(tmp_path, options):
    write(
        tmp_path, "api.yaml", "a/b: {c~d: [x, {$anchor: here, e: 1}]}\nself: {$ref: other.yaml}\n"
    )
    write(tmp_path, "other.yaml", "back: {$ref: 'api.yaml#/self'}\n")
    document = open_source("api.yaml", options)
    root = Node(document.data, document, ())
    assert root.follow("#/a~1b/c~0d/1/e").value == 1
    assert root.follow("#/a~1b/c~0d/1/e").pointer == ("a/b", "c~d", 1, "e")
    assert root.follow("#/a~1b%2F".replace("%2F", "")).value
    assert root.follow("#here").value["e"] == 1
    other = root.follow("other.yaml")
    assert other.follow("api.yaml#/self").value == {"$ref": "other.yaml"}
    assert "there is no 'nope'" in refused(document, "#/nope")
    assert "no $anchor" in refused(document, "#nope")


POINTERS = [
    ("paths",),
    ("paths", "/a"),
    ("paths", "/a", "get", "parameters", 1, "name"),
    ("paths", "/a", "get", "parameters", 1),
    ("components", "schemas", "Pet", "required", 1),
    ("components", "schemas", "Pet"),
]
YAML = """\
openapi: 3.1.0   # comment
paths:
  /a:
    get:
      description: |
        paths:
          /a: not here
      parameters:
      - name: q
        in: query
      - name: r
        in: query

components:
  schemas:
    "Pet":
      required: [a, b]
"""
JSON = """{
  "openapi": "3.1.0",
  "paths": {
    "/a": {
      "get": {
        "description": "\\"paths\\": {",
        "parameters": [
          {
            "name": "q",
            "in": "query"
          },
          {
            "name": "r",
            "in": "query"
          }
        ]
      }
    }
  },
  "components": {
    "schemas": {
      "Pet": {
        "required": [
          "a",
          "b"
        ]
      }
    }
  }
}
"""


def test_places_in_yaml(tmp_path, options):
    write(tmp_path, "api.yaml", YAML)
    document = open_source("api.yaml", options)
    assert [(s.line, s.column) for s in map(document.span, POINTERS)] == [
        (2, 1), (3, 3), (11, 9), (11, 7), (17, 21), (16, 5)
    ]  # fmt: skip


def test_places_in_json(tmp_path, options):
    write(tmp_path, "api.json", JSON)
    document = open_source("api.json", options)
    assert [(s.line, s.column) for s in map(document.span, POINTERS)] == [
        (3, 3), (4, 5), (13, 13), (12, 11), (25, 11), (22, 7)
    ]  # fmt: skip


def test_places_in_json_on_one_line(tmp_path, options):
    text = '{"paths": {"/a": [1, {"x": "{"}, {"get": 2}]}}'
    write(tmp_path, "api.json", text)
    document = open_source("api.json", options)
    assert document.span(("paths", "/a", 2, "get")).column == text.index('"get"') + 1
    assert document.span(("paths", "/a", 1)).column == text.index('{"x"') + 1


def test_a_place_that_does_not_exist_gives_the_nearest(tmp_path, options):
    write(tmp_path, "api.yaml", YAML)
    document = open_source("api.yaml", options)
    assert document.span(("paths", "/a", "put", "responses")).line == 3
    assert document.span(("nowhere",)).line == 1
    assert document.span(()).line == 1


def allowing(tmp_path, *roots):
    """A project whose settings allow further folders."""
    return Options(cwd=tmp_path / "project", roots=tuple(tmp_path / each for each in roots))


def test_roots_are_reached_by_references_that_lead_out(tmp_path):
    write(tmp_path, "shared/types.yaml", "x: {$ref: 'deep/more.yaml#/y'}\nback: 1\n")
    write(tmp_path, "shared/deep/more.yaml", "y: {$ref: '../types.yaml#/back'}\n")
    write(tmp_path, "elsewhere/types.yaml", "x: 1\n")
    write(tmp_path, "project/api.yaml")
    document = open_source("api.yaml", allowing(tmp_path, "shared"))
    root = Node(document.data, document, ())
    node = root.follow("../shared/types.yaml#/x")
    assert node.document.source == str(tmp_path / "shared" / "types.yaml")
    again = node.follow("deep/more.yaml#/y").follow("../types.yaml#/back")
    assert again.value == 1
    assert again.document is node.document
    told = refused(document, "../elsewhere/types.yaml#/x")
    assert "leads out of the contract's folder" in told
    assert f"(now: {tmp_path / 'shared'})" in told
    assert "leads out" in refused(document, "../shared/../elsewhere/types.yaml#/x")
    assert "leads out" in refused(document, "%2E%2E/elsewhere/types.yaml#/x")
    assert "no such file" in refused(document, "../shared/none.yaml")


def test_what_leads_out_and_in_again_is_the_file_inside(tmp_path):
    write(tmp_path, "shared/types.yaml", "x: {$ref: '../project/api.yaml#/openapi'}\n")
    write(tmp_path, "project/api.yaml")
    document = open_source("api.yaml", allowing(tmp_path, "shared"))
    node = Node(document.data, document, ()).follow("../shared/types.yaml#/x")
    assert node.follow(node.value["$ref"]).document is document


def test_a_link_in_a_root_does_not_lead_further(tmp_path):
    write(tmp_path, "secret/types.yaml", "x: 1\n")
    write(tmp_path, "shared/types.yaml", "x: 1\n")
    (tmp_path / "shared" / "file.yaml").symlink_to(tmp_path / "secret" / "types.yaml")
    (tmp_path / "shared" / "folder").symlink_to(tmp_path / "secret")
    (tmp_path / "linked").symlink_to(tmp_path / "shared")
    write(tmp_path, "project/api.yaml")
    document = open_source("api.yaml", allowing(tmp_path, "shared"))
    assert "leads out" in refused(document, "../shared/file.yaml")
    assert "leads out" in refused(document, "../shared/folder/types.yaml")
    follow = Node(document.data, document, ()).follow
    assert follow("../linked/types.yaml#/x").value == 1
    # A root that is a link itself allows what it leads to.
    document = open_source("api.yaml", allowing(tmp_path, "linked"))
    assert Node(document.data, document, ()).follow("../shared/types.yaml#/x").value == 1


def test_a_revision_is_read_inside_of_its_repository_only(tmp_path):
    write(tmp_path, "outside.yaml", "x: 1\n")
    project = tmp_path / "project"
    write(project, "api/openapi.yaml")
    write(project, "common/types.yaml", "x: here\n")
    (project / "api" / "types.yaml").symlink_to("../common/types.yaml")
    (project / "api" / "common").symlink_to("../common")
    (project / "api" / "out.yaml").symlink_to("../../outside.yaml")
    (project / "api" / "nowhere.yaml").symlink_to("nothing.yaml")
    git(project, "init", "-q", "-b", "main")
    git(project, "add", ".")
    git(project, "commit", "-qm", "one")
    options = Options(cwd=project, roots=(tmp_path,))
    document = open_source("HEAD:api", options)
    follow = Node(document.data, document, ()).follow
    assert follow("types.yaml#/x").value == "here"
    assert follow("common/types.yaml#/x").value == "here"
    assert follow("../common/types.yaml#/x").value == "here"
    assert "leads out of the repository" in refused(document, "../../outside.yaml")
    assert "is a link that leads out of the repository" in refused(document, "out.yaml")
    assert "no such file" in refused(document, "nowhere.yaml")
    # The work tree may go there.
    document = open_source("api/openapi.yaml", options)
    assert Node(document.data, document, ()).follow("../../outside.yaml#/x").value == 1
