import hashlib

import pytest

from apicheck.errors import ConfigError, SourceError
from apicheck.store.layout import contracts
from apicheck.store.links import closure
from apicheck.store.lock import Locked, digest, parse_lock, read_lock, reader, write_lock

SHA = "0" * 64


def put(root, files):
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    (release,) = (each for stored in contracts(root) for each in stored.releases)
    return digest(release, reader(root))


def test_the_digest_of_one_file_is_its_sha256(tmp_path):
    assert (
        put(tmp_path, {"a/openapi/1.0.0.yaml": "x: 1\n"}) == hashlib.sha256(b"x: 1\n").hexdigest()
    )


def test_line_endings_do_not_count(tmp_path):
    one = put(tmp_path / "one", {"a/openapi/1.0.0.yaml": "x: 1\ny: 2\n"})
    two = put(tmp_path / "two", {"a/openapi/1.0.0.yaml": "x: 1\r\ny: 2\r\n"})
    assert one == two


def test_the_digest_covers_every_file_and_its_name(tmp_path):
    whole = {"a/openapi/1.0.0/openapi.yaml": "$ref: x.yaml", "a/openapi/1.0.0/x.yaml": "1"}
    digests = {
        put(tmp_path / "one", whole),
        put(tmp_path / "two", {**whole, "a/openapi/1.0.0/x.yaml": "2"}),
        put(tmp_path / "three", {**whole, "a/openapi/1.0.0/z.yaml": ""}),
        put(
            tmp_path / "four",
            {"a/openapi/1.0.0/openapi.yaml": "$ref: x.yaml", "a/openapi/1.0.0/y.yaml": "1"},
        ),
    }
    assert len(digests) == 4


def test_a_file_that_a_version_refers_to_is_part_of_it(tmp_path):
    files = {"a/openapi/1.0.0.yaml": "x: {$ref: '../common.yaml#/a'}", "a/common.yaml": "a: 1"}
    before = put(tmp_path, files)
    assert put(tmp_path, {"a/common.yaml": "a: 2"}) != before


def test_references_are_followed_in_every_spelling_and_in_circles(tmp_path):
    files = {
        "a.yaml": 'x:\n  $ref: \'b.yaml#/x\'\n  y: {"$ref": "sub/c.json"}\n  $ref : ./missing.yaml\n',
        "b.yaml": '"$ref": a.yaml',
        "sub/c.json": '{"$ref" : "..\\/no.yaml", "discriminator": {"mapping": {"d": "./d.yaml"}}}',
        "sub/d.yaml": "externalValue: e%20e.json",
        "sub/e e.json": "{}",
        "other.yaml": "",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    found = [path for path, _ in closure(["a.yaml"], reader(tmp_path))]
    assert sorted(found) == ["a.yaml", "b.yaml", "sub/c.json", "sub/d.yaml", "sub/e e.json"]


def test_the_lock_file_has_one_sorted_line_a_version_and_reads_back(tmp_path):
    lines = {
        "b/openapi@1.0.0": Locked(sha256=SHA),
        "a/openapi@1.10.0": Locked(sha256=SHA, sunset="2027-01-31"),
        "a/openapi@1.9.0": Locked(sha256=SHA),
    }
    write_lock(tmp_path, lines)
    text = (tmp_path / "apicheck.lock").read_text()
    names = [line.partition(" ")[0] for line in text.splitlines() if line.startswith('"')]
    assert names == ['"a/openapi@1.9.0"', '"a/openapi@1.10.0"', '"b/openapi@1.0.0"']
    assert read_lock(tmp_path) == lines
    write_lock(tmp_path, dict(reversed(lines.items())))
    assert (tmp_path / "apicheck.lock").read_text() == text
    assert [each.name for each in tmp_path.iterdir()] == ["apicheck.lock"], "no temporary file left"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("lock = 1\n[released\n", "not a lock file"),
        (
            f'lock = 1\n[released]\n"a@1" = {{sha256 = "{SHA}"}}\n"a@1" = {{sha256 = "{SHA}"}}\n',
            "twice",
        ),
        ("lock = 2\n", "format of lock file"),
        ('lock = 1\n[released]\n"a@1" = {sha256 = "12"}\n', "64 hex digits"),
        ('lock = 1\n[released]\n"a@1" = "12"\n', "64 hex digits"),
        (f'lock = 1\n[released]\n"a@1" = {{sha256 = "{SHA}", sunset = "soon"}}\n', "no date"),
        ("lock = 1\nreleased = 3\n", "no table"),
        ("<<<<<<< ours\n", "restore it from git"),
    ],
)
def test_a_broken_lock_file_says_what_is_wrong(text, told):
    with pytest.raises(ConfigError) as caught:
        parse_lock(text, "contracts/apicheck.lock")
    assert told in str(caught.value)
    assert str(caught.value).startswith("contracts/apicheck.lock")


def test_a_store_that_cannot_be_written_is_an_error_of_ours(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match="cannot be written"):
        write_lock(tmp_path / "file", {})
