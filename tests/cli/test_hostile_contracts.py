"""What nobody means well: every format refuses it in a message with the file, and lives on."""

import subprocess
import sys

import pytest

from apicheck import cli

DEEP = 100_000
GOOD = {
    "a.proto": 'syntax = "proto3";\nmessage A { string b = 1; }\n',
    "a.thrift": "struct A { 1: string b }\n",
    "a.avsc": '{"type": "record", "name": "A", "fields": []}\n',
    "a.avdl": "protocol P { record A { string b; } }\n",
    "a.avpr": '{"protocol": "P", "types": [], "messages": {}}\n',
    "a.json": '{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}\n',
    "a.yaml": "asyncapi: 3.0.0\ninfo: {title: a, version: 1.0.0}\nchannels: {}\n",
}
NESTED = {
    "proto messages": ("b.proto", 'syntax = "proto3";\n' + "message A {" * DEEP + "}" * DEEP),
    "proto options": (
        "b.proto",
        'syntax = "proto3";\nmessage A { string b = 1 [(c) = '
        + "{d:" * DEEP
        + "1"
        + "}" * DEEP
        + "]; }",
    ),
    "thrift types": ("b.thrift", "struct A { 1: " + "list<" * DEEP + "i32" + ">" * DEEP + " b }"),
    "thrift constants": ("b.thrift", "const list<i32> A = " + "[" * DEEP + "]" * DEEP),
    "thrift typedefs": (
        "b.thrift",
        "typedef i32 T0\n" + "".join(f"typedef T{at} T{at + 1}\n" for at in range(DEEP)),
    ),
    "avro arrays": (
        "b.avsc",
        '{"type": "array", "items": ' * DEEP + '"int"' + "}" * DEEP,
    ),
    "avro IDL types": (
        "b.avdl",
        "protocol P { record A { " + "array<" * DEEP + "int" + ">" * DEEP + " b; } }",
    ),
    "avro IDL defaults": (
        "b.avdl",
        "protocol P { record A { int b = " + "[" * DEEP + "]" * DEEP + "; } }",
    ),
    "avro protocol": ("b.avpr", '{"protocol": "P", "types": ' + "[" * DEEP + "]" * DEEP + "}"),
    "json schema": (
        "b.json",
        '{"$schema": "http://json-schema.org/draft-07/schema#", "properties": '
        + '{"a": {"properties": ' * DEEP
        + "{}"
        + "}}" * DEEP
        + "}",
    ),
    "asyncapi flow": ("b.yaml", "asyncapi: 3.0.0\nx: " + "[" * DEEP + "]" * DEEP),
    "asyncapi blocks": ("b.yaml", "asyncapi: 3.0.0\nx:\n" + " - " * DEEP + "1\n"),
}


@pytest.fixture
def diff(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, text in GOOD.items():
        (tmp_path / name).write_text(text)

    def run(new, content):
        (tmp_path / new).write_bytes(content if isinstance(content, bytes) else content.encode())
        old = f"a.{new.partition('.')[2]}"
        code = cli.run(["diff", old, new])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.mark.parametrize("what", NESTED)
def test_nesting_without_end_is_refused(diff, what):
    name, text = NESTED[what]
    code, out, err = diff(name, text)
    assert code == 2, out
    assert err.startswith(f"error: {name}"), err[:200]
    assert "Traceback" not in err
    assert len(err) < 2000


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("content", [b"\xff\xfe\x00\xd8", b"a: \x80\x81\n", b"\x00" * 100])
def test_what_is_no_text_is_refused(diff, name, content):
    code, _, err = diff(name.replace("a.", "b."), content)
    assert code == 2
    assert err.startswith(f"error: {name.replace('a.', 'b.')}"), err[:200]


@pytest.mark.parametrize(
    "name", [each for each in GOOD if not each.endswith((".proto", ".thrift"))]
)
@pytest.mark.parametrize("content", ["", "\n\n", "# nothing\n", "// nothing\n"])
def test_an_empty_file_is_no_contract(diff, name, content):
    code, _, err = diff(name.replace("a.", "b."), content)
    assert code == 2
    assert err.startswith(f"error: {name.replace('a.', 'b.')}"), err[:200]


@pytest.mark.parametrize("name", ["b.proto", "b.thrift"])
def test_an_empty_interface_has_lost_everything(diff, name):
    # Both languages take an empty file for a correct one.
    code, out, _ = diff(name, "")
    assert code == 1, out
    assert "A was removed" in out or "A removed" in out or "-removed" in out


@pytest.mark.usefixtures("diff")
@pytest.mark.parametrize("name", GOOD)
def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path, name):
    huge = tmp_path / name.replace("a.", "b.")
    with huge.open("wb") as file:
        file.truncate(200 * 2**20)
    code = cli.run(["diff", name, huge.name])
    assert code == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("struct A { 1: string b, 1: string c }", "used twice"),
        ("struct A {} struct A {}", "A"),
        ("enum A { B = 1, B = 2 }", "B"),
        ("service A { void b(), void b() }", "b"),
        ("struct A { 1: Missing b }", "Missing"),
        ('include "../../etc/passwd.thrift"', "passwd"),
        ('include "/etc/passwd"', "passwd"),
        ("typedef A B typedef B A", "itself"),
    ],
)
def test_thrift_that_is_wrong_is_refused_at_its_line(diff, content, told):
    code, _, err = diff("b.thrift", content)
    assert code == 2
    assert err.startswith("error: b.thrift:1:"), err
    assert told in err


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("message A { string b = 1; string c = 1; }", "already been used"),
        ("message A {} message A {}", "already defined"),
        ("message A { Missing b = 1; }", "Missing"),
        ('import "../../etc/passwd";', "passwd"),
        ('import "/etc/passwd";', "passwd"),
        ("message A { string b = 0; }", "positive"),
        ("enum A { B = 1; }", "zero"),
        ("message A { reserved 1; string b = 1; }", "reserved"),
    ],
)
def test_protobuf_that_is_wrong_is_refused_at_its_line(diff, content, told):
    code, _, err = diff("b.proto", f'syntax = "proto3";\n{content}\n')
    assert code == 2
    assert err.startswith("error: b.proto:2:"), err
    assert told in err


@pytest.mark.parametrize(
    "content",
    [
        '{"type": "record", "name": "A", "fields": [{"name": "b", "type": ["int", "int"]}]}',
        '{"type": "record", "name": "A", "fields": [{"name": "b", "type": [["int"], "null"]}]}',
        '{"type": "record", "name": "A", "fields": [{"name": "b", "type": "int"}, {"name": "b", "type": "int"}]}',
        '{"type": "enum", "name": "A", "symbols": ["B", "B"]}',
        '{"type": "fixed", "name": "A", "size": -1}',
        '{"type": "record", "name": "1A", "fields": []}',
        '{"type": "record", "name": "A"}',
        '{"type": "record", "name": "A", "fields": [{"name": "b", "type": "int", "default": "x"}]}',
    ],
)
def test_avro_that_is_wrong_is_refused_at_its_line(diff, content):
    code, out, err = diff("b.avsc", content)
    assert code == 2, out
    assert err.startswith("error: b.avsc:1:"), err


@pytest.mark.parametrize(
    ("module", "extra", "files"),
    [
        ("grpc_tools", "protobuf", ("a.proto", "b.proto")),
        ("fastavro", "avro", ("a.avsc", "b.avsc")),
    ],
)
def test_a_missing_extra_is_named(tmp_path, module, extra, files):
    """In a process of its own, since what was imported once stays."""
    for name in files:
        (tmp_path / name).write_text(GOOD[f"a.{name.partition('.')[2]}"])
    (tmp_path / "b.proto").write_text(GOOD["a.proto"].replace("string", "int32"))
    (tmp_path / "b.avsc").write_text(
        '{"type": "record", "name": "A", "fields": [{"name": "b", "type": "int"}]}'
    )
    (tmp_path / f"{module}.py").write_text("raise ImportError('hidden')\n")
    done = subprocess.run(
        [sys.executable, "-m", "apicheck", "diff", *files, "--format", "json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"pip install 'apicheck-toolkit[{extra}]'" in done.stdout + done.stderr
    # Avro is compared without it; only the data that would show the break is missing.
    assert done.returncode == (2 if extra == "protobuf" else 1)
