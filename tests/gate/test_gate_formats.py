"""The gate over plain files of every format: which files are a contract, and what is part of it."""

import json

import pytest

ORDERS = """\
syntax = "proto3";
package shop.v1;
import "common/money.proto";
import "shop/v1/items.proto";
message Order { string id = 1; common.Money total = 2; repeated Item items = 3; }
"""
ITEMS = 'syntax = "proto3";\npackage shop.v1;\nmessage Item { string sku = 1; }\n'
MONEY = 'syntax = "proto3";\npackage common;\nmessage Money { int64 units = 1; }\n'
DRAFT = "http://json-schema.org/draft-07/schema#"


def schema(**properties):
    return json.dumps({"$schema": DRAFT, "type": "object", "properties": properties})


def record(name, **fields):
    listed = [{"name": each, "type": kind} for each, kind in fields.items()]
    return json.dumps({"type": "record", "name": name, "namespace": "shop", "fields": listed})


def counted(report):
    """How many contracts differ, and how many there are."""
    words = report.notes[0].rpartition("; ")[2].split()
    return int(words[0]), int(words[2])


def broken(report):
    """Contracts with an error, each with the rules and the files that the errors are in."""
    return {
        (f.contract, f.rule.id, f.location.new and f.location.new.source.rpartition(":")[2])
        for f in report.findings
        if f.severity.name == "ERROR"
    }


@pytest.fixture
def protos(repo):
    repo.put("proto/shop/v1/orders.proto", ORDERS)
    repo.put("proto/shop/v1/items.proto", ITEMS)
    repo.put("proto/common/money.proto", MONEY)
    return repo


def test_a_change_in_an_imported_proto_is_one_of_the_package_that_imports_it(protos):
    protos.branch()
    assert counted(protos.gate()) == (0, 1)
    protos.put("proto/common/money.proto", MONEY.replace("int64", "string"))
    report = protos.gate()
    assert counted(report) == (1, 1)
    assert broken(report) == {
        ("proto/shop/v1", "protobuf.field-type-changed", "proto/common/money.proto")
    }


def test_a_package_is_one_contract_when_a_message_moves_between_its_files(protos):
    protos.branch()
    protos.put("proto/shop/v1/items.proto", 'syntax = "proto3";\npackage shop.v1;\n')
    protos.put(
        "proto/shop/v1/things.proto",
        'syntax = "proto3";\npackage shop.v1;\nmessage Item { string sku = 1; }\n',
    )
    protos.put("proto/shop/v1/orders.proto", ORDERS.replace("items.proto", "things.proto"))
    assert broken(protos.gate()) == set()


def test_a_file_gone_from_a_package_takes_its_messages_along(protos):
    protos.branch()
    (protos.root / "proto/shop/v1/items.proto").unlink()
    protos.put(
        "proto/shop/v1/orders.proto",
        ORDERS.replace('import "shop/v1/items.proto";\n', "").replace(
            "repeated Item items = 3;", ""
        ),
    )
    report = protos.gate()
    assert {f.contract for f in report.findings} == {"proto/shop/v1/orders.proto"}
    assert "protobuf.field-removed" in {f.rule.id for f in report.findings}
    assert "contract.added" not in {f.rule.id for f in report.findings}


def test_a_missing_import_is_told_at_its_line(protos):
    protos.branch()
    (protos.root / "proto/common/money.proto").unlink()
    (finding,) = protos.gate().findings
    assert finding.rule.id == "contract.invalid"
    assert 'import "common/money.proto" was not found' in finding.message
    assert (finding.location.new.source, finding.location.new.line) == (
        "proto/shop/v1/orders.proto",
        3,
    )


def test_a_moved_package_is_compared_with_itself(protos):
    protos.branch()
    protos.git("mv", "proto/shop", "proto/store")
    for name, text in (("orders", ORDERS), ("items", ITEMS)):
        protos.put(f"proto/store/v1/{name}.proto", text.replace("shop/v1/", "store/v1/"))
    protos.git("add", "-A")
    report = protos.gate()
    assert broken(report) == set()
    assert "contract.removed" not in {f.rule.id for f in report.findings}


def test_files_that_define_the_same_are_contracts_of_their_own(repo):
    for version in "12":
        repo.put(f"proto/order_v{version}.proto", ITEMS)
    repo.branch()
    assert counted(repo.gate()) == (0, 2)
    repo.put("proto/order_v2.proto", ITEMS.replace("string", "int32"))
    assert {each[0] for each in broken(repo.gate())} == {"proto/order_v2.proto"}


def test_a_service_in_an_imported_file_is_still_watched(repo):
    service = MONEY + "service Rates { rpc Get(Money) returns (Money); }\n"
    repo.put(
        "a/orders.proto",
        ORDERS.replace('import "shop/v1/items.proto";\n', "").replace(
            "repeated Item items = 3;", ""
        ),
    )
    repo.put("common/money.proto", service)
    repo.branch()
    repo.put("common/money.proto", MONEY)
    report = repo.gate()
    assert ("common/money.proto", "protobuf.service-removed", None) in broken(report)


def test_thrift_includes_are_followed(repo):
    repo.put(
        "idl/orders.thrift",
        'include "shared/money.thrift"\nservice Orders { money.Money total(1: string id) }\n',
    )
    repo.put("idl/shared/money.thrift", "struct Money { 1: i64 units }\n")
    repo.branch()
    assert counted(repo.gate()) == (0, 1)
    repo.put("idl/shared/money.thrift", "struct Money { 1: string units }\n")
    assert broken(repo.gate()) == {
        ("idl/orders.thrift", "thrift.field-type-changed", "idl/shared/money.thrift")
    }


def test_an_avro_schema_that_others_name_is_part_of_them(repo):
    repo.put("avro/Order.avsc", record("Order", total="shop.Money"))
    repo.put("avro/Money.avsc", record("Money", units="long"))
    repo.branch()
    assert counted(repo.gate()) == (0, 1)
    repo.put("avro/Money.avsc", record("Money", units="string"))
    assert broken(repo.gate()) == {("avro/Order.avsc", "avro.type-changed", "avro/Money.avsc")}


def test_avro_protocols_and_their_imports(repo):
    repo.put(
        "orders.avdl",
        'protocol Orders { import idl "money.avdl"; record Order { Money total; } }',
    )
    repo.put("money.avdl", "protocol Shared { record Money { long units; } }")
    protocol = {
        "protocol": "Stock",
        "types": [],
        "messages": {"count": {"request": [], "response": "int"}},
    }
    repo.put("stock.avpr", json.dumps(protocol))
    repo.branch()
    assert counted(repo.gate()) == (0, 2)
    repo.put("money.avdl", "protocol Shared { record Money { string units; } }")
    protocol["messages"]["count"]["response"] = "string"
    repo.put("stock.avpr", json.dumps(protocol))
    assert {each[0] for each in broken(repo.gate())} == {"orders.avdl", "stock.avpr"}


def test_a_json_schema_counts_if_it_says_so_and_settings_that_name_theirs_do_not(repo):
    repo.put("events/order.json", schema(total={"$ref": "money.json"}))
    repo.put("events/money.json", schema(units={"type": "integer"}))
    repo.put("tsconfig.json", '{"$schema": "https://json.schemastore.org/tsconfig", "a": 1}')
    repo.put("example.json", json.dumps({"example": {"$schema": DRAFT}}))
    repo.put("plain.json", '{"type": "object", "properties": {"a": {"type": "string"}}}')
    repo.branch()
    assert counted(repo.gate()) == (0, 1)
    repo.put("events/money.json", schema(units={"type": "string"}))
    repo.put("plain.json", '{"type": "object", "properties": {"a": {"type": "integer"}}}')
    assert broken(repo.gate()) == {
        ("events/order.json", "schema.type-changed", "events/money.json")
    }
    assert {each[0] for each in broken(repo.gate(specs=("plain.json",)))} == {"plain.json"}


def test_schemas_that_refer_to_each_other_in_a_circle_are_still_watched(repo):
    repo.put("a.json", schema(b={"$ref": "b.json"}))
    repo.put("b.json", schema(a={"$ref": "a.json"}, n={"type": "integer"}))
    repo.branch()
    repo.put("b.json", schema(a={"$ref": "a.json"}, n={"type": "string"}))
    assert {each[2] for each in broken(repo.gate())} == {"b.json"}


def test_a_part_that_is_named_is_a_contract_of_its_own(protos):
    protos.branch()
    protos.put("proto/common/money.proto", MONEY.replace("int64", "string"))
    report = protos.gate(specs=("proto/common/money.proto",))
    assert {each[0] for each in broken(report)} == {"proto/common/money.proto"}


def test_asyncapi_documents_are_found_and_owe_a_version(repo):
    text = (
        "asyncapi: 2.6.0\ninfo: {title: Orders, version: %s}\nchannels:\n  orders:\n"
        "    subscribe: {message: {payload: {type: object, properties: {id: {type: %s}}}}}\n"
    )
    repo.put("asyncapi.yaml", text % ("1.0.0", "string"))
    repo.branch()
    repo.put("asyncapi.yaml", text % ("1.0.0", "integer"))
    assert repo.rules() == ["document.version-not-bumped", "schema.type-changed"]
    repo.put("asyncapi.yaml", text % ("2.0.0", "integer"))
    assert repo.rules() == ["schema.type-changed"]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("a.proto", MONEY, MONEY.replace("}", "string c = 2; }")),
        ("a.thrift", "struct A { 1: i32 b }", "struct A { 1: i32 b, 2: optional i32 c }"),
        ("a.avsc", record("A", b="int"), record("A", b="int").replace('"int"', '"long"')),
    ],
)
def test_what_has_no_place_for_a_version_owes_none(repo, path, old, new):
    repo.put(path, old)
    repo.branch()
    repo.put(path, new)
    assert "document.version-not-bumped" not in {f.rule.id for f in repo.gate().findings}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.proto", MONEY),
        ("a.thrift", "struct A { 1: i32 b }"),
        ("a.avsc", record("A", b="int")),
        ("a.avdl", "protocol P { record A { int b; } }"),
        ("a.json", schema(a={"type": "string"})),
    ],
)
def test_a_contract_of_any_format_may_come_and_may_not_just_go(repo, path, text):
    repo.put("README.md", "")
    repo.branch()
    repo.put(path, text)
    assert [f.rule.id for f in repo.gate().findings] == ["contract.added"]
    repo.commit()
    repo.git("checkout", "-q", "-b", "next")
    (repo.root / path).unlink()
    (finding,) = repo.gate(base="change").findings
    assert (finding.rule.id, finding.contract) == ("contract.removed", path)


def test_a_contract_that_becomes_one_of_another_format_is_an_error(repo):
    repo.put("order.json", schema(a={"type": "string"}))
    repo.branch()
    repo.put("order.json", '{"asyncapi": "3.0.0", "info": {"title": "x", "version": "1.0.0"}}')
    report = repo.gate()
    assert [f.rule.id for f in report.findings] == ["contract.invalid"]
    assert "was jsonschema" in report.findings[0].message
