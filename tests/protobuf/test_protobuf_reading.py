"""Which files a contract is made of, what protoc says of them, and what hostile ones may not do."""

from __future__ import annotations

import subprocess
import sys

import pytest

from apicheck import api
from apicheck.errors import ParseError, SourceError, UnsupportedFeature
from apicheck.formats import named
from apicheck.formats.protobuf import protoc
from apicheck.formats.protobuf.imports import imports_of
from apicheck.sources import Options

ORDER = 'syntax = "proto3"; package shop; import "common/money.proto";\n'
ORDER += "message Order { common.Money price = 1; }\n"
MONEY = 'syntax = "proto3"; package common; message Money { int64 cents = 1; }\n'


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def load(path, *roots):
    return api.load(str(path), api.Settings(options=Options(roots=tuple(roots))))


def test_an_import_is_found_from_a_parent_folder_within_the_repository(tmp_path):
    write(tmp_path, {"proto/shop/order.proto": ORDER, "proto/common/money.proto": MONEY})
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    model = load(tmp_path / "proto/shop/order.proto").model
    assert model.layout.entry == "shop/order.proto"
    assert set(model.data["messages"]) == {"shop.Order", "common.Money"}
    assert model.own == {"shop/order.proto"}


def test_without_a_repository_nothing_outside_the_folder_is_read(tmp_path):
    write(tmp_path, {"proto/shop/order.proto": ORDER, "proto/common/money.proto": MONEY})
    with pytest.raises(ParseError, match="was not found"):
        load(tmp_path / "proto/shop/order.proto")


def test_an_import_is_found_in_a_folder_named_in_the_settings(tmp_path):
    write(tmp_path, {"a/order.proto": ORDER, "vendor/common/money.proto": MONEY})
    model = load(tmp_path / "a/order.proto", tmp_path / "vendor").model
    assert "common.Money" in model.data["messages"]


def test_a_root_does_not_lead_out_of_itself(tmp_path):
    write(tmp_path, {"a/order.proto": ORDER, "elsewhere/money.proto": MONEY})
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor/common").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ParseError, match="was not found"):
        load(tmp_path / "a/order.proto", tmp_path / "vendor")


def test_a_folder_is_one_contract_whatever_its_import_roots(tmp_path):
    write(tmp_path, {"api/order.proto": ORDER, "third_party/common/money.proto": MONEY})
    model = load(tmp_path).model
    assert model.own == {"api/order.proto", "common/money.proto"}


def test_a_folder_below_its_import_root_is_named_from_there(tmp_path):
    files = {
        "shop/v1/order.proto": 'syntax = "proto3"; import "shop/v1/size.proto"; message A {}',
        "shop/v1/size.proto": 'syntax = "proto3"; message B {}',
    }
    write(tmp_path, files)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert load(tmp_path / "shop").model.own == {"shop/v1/order.proto", "shop/v1/size.proto"}


def test_the_well_known_types_are_at_hand(tmp_path):
    text = 'syntax = "proto3"; import "google/protobuf/timestamp.proto";'
    text += " message A { google.protobuf.Timestamp at = 1; }"
    model = load(write(tmp_path, {"a.proto": text}) / "a.proto").model
    assert model.data["messages"]["A"]["fields"]["1"]["ref"] == "google.protobuf.Timestamp"


def test_a_missing_import_is_told_at_its_statement(tmp_path):
    text = 'syntax = "proto3";\n\n  import "nowhere.proto";\n'
    with pytest.raises(ParseError) as caught:
        load(write(tmp_path, {"a.proto": text}) / "a.proto")
    assert (caught.value.span.line, caught.value.span.column) == (3, 3)
    assert 'import "nowhere.proto" was not found' in str(caught.value)
    assert "roots" in caught.value.hint


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../../b.proto", "-o.proto"])
def test_an_import_cannot_lead_out(tmp_path, name):
    text = f'syntax = "proto3"; import "{name}";'
    with pytest.raises(ParseError, match="is no plain path"):
        load(write(tmp_path, {"a.proto": text}) / "a.proto")


def test_imports_in_comments_and_strings_are_none():
    text = """
    // import "a.proto";
    /* import "b.proto"; */
    option note = "import \\"c.proto\\"";
    import public 'd.proto'; import weak "e.proto";
    """
    assert [name for name, _ in imports_of(text)] == ["d.proto", "e.proto"]


def test_an_error_of_protoc_has_the_users_file_line_and_column(tmp_path):
    text = 'syntax = "proto3";\nmessage A {\n\tstrin id = 1;\n}\n'
    with pytest.raises(ParseError) as caught:
        load(write(tmp_path, {"a.proto": text}) / "a.proto")
    error = caught.value
    assert error.problem == '"strin" is not defined.'
    assert (error.span.line, error.span.column) == (3, 2)
    assert error.source.endswith("a.proto")
    assert str(error).splitlines()[2].index("^") == str(error).splitlines()[1].index("strin")


def test_columns_count_characters_where_protoc_counts_bytes(tmp_path):
    text = 'syntax = "proto3"; /* größe */ message A { strin id = 1; }\n'
    with pytest.raises(ParseError) as caught:
        load(write(tmp_path, {"a.proto": text}) / "a.proto")
    assert text[caught.value.span.column - 1 :].startswith("strin")


def test_places_are_names_in_the_users_file(tmp_path):
    text = (
        'syntax = "proto3";\npackage shop;\nmessage Order {\n\tmap<string, int32> größe = 1;\n}\n'
    )
    text = text.replace("größe", "size")
    model = load(write(tmp_path, {"a.proto": text}) / "a.proto").model
    span = model.span(("messages", "shop.Order", "fields", "1"))
    assert (span.line, span.column) == (4, 21)
    assert model.span(("messages", "shop.Order")).line == 3
    assert model.span(("files", "a.proto", "package")).line == 2


def test_an_error_in_an_imported_file_is_told_there(tmp_path):
    write(tmp_path, {"a.proto": 'syntax = "proto3"; import "b.proto";', "b.proto": "message {"})
    with pytest.raises(ParseError) as caught:
        load(tmp_path)
    assert caught.value.source.endswith("b.proto")


@pytest.mark.parametrize(
    "text",
    [
        "message A { " * 5000,
        'syntax = "proto3"; message A { repeated int32 x = 1 [' + "[" * 20000,
        'syntax = "proto3";' + "/*" * 100000,
        'syntax = "proto3"; message A { int32 x = 99999999999999999999; }',
        'edition = "9999"; message A {}',
        "\x00",
    ],
    ids=["deep", "brackets", "comment", "number", "edition", "binary"],
)
def test_texts_that_are_no_contract_are_errors_and_no_crashes(tmp_path, text):
    with pytest.raises((ParseError, SourceError)):
        load(write(tmp_path, {"a.proto": text}) / "a.proto")


def test_protoc_is_not_waited_for_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(protoc, "SECONDS", 0.0)
    with pytest.raises(SourceError, match="busy"):
        load(write(tmp_path, {"a.proto": MONEY}) / "a.proto")


def test_a_missing_extra_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "grpc_tools", None)
    with pytest.raises(UnsupportedFeature, match=r"apicheck-toolkit\[protobuf\]"):
        load(write(tmp_path, {"a.proto": MONEY}) / "a.proto")


def test_a_change_behind_an_import_is_seen_though_the_file_is_the_same(tmp_path):
    for side, text in (("old", MONEY), ("new", MONEY.replace("int64", "string"))):
        write(tmp_path, {f"{side}/order.proto": ORDER, f"{side}/common/money.proto": text})
    old, new = (load(tmp_path / side / "order.proto") for side in ("old", "new"))
    assert [each.rule.id for each in api.compare(old, new)] == ["protobuf.field-type-changed"]


def test_only_proto_files_are_taken_for_it(tmp_path):
    detect = named("protobuf").detect
    from apicheck.sources import open_source

    write(tmp_path, {"a.proto": MONEY, "b.json": "{}", "c/a.proto": MONEY, "c/b.proto": MONEY})
    assert detect(open_source(str(tmp_path / "a.proto")))
    assert detect(open_source(str(tmp_path / "c")))
    assert not detect(open_source(str(tmp_path / "b.json")))
    assert not detect(open_source(str(tmp_path)))
