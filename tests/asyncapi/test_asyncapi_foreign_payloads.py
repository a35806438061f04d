"""Payloads in Avro and Protobuf: compared, proved and told as those of any other event."""

import json

import pytest

from apicheck import api
from apicheck.formats import named
from apicheck.model import Verdict
from apicheck.sources import in_memory

AVRO = "application/vnd.apache.avro;version=1.9.0"
PROTO = "application/vnd.google.protobuf;version=3"


def record(kind):
    fields = [{"name": "id", "type": "string"}, {"name": "units", "type": kind}]
    return {"type": "record", "name": "OrderPlaced", "fields": fields}


def message(kind):
    return (
        f'syntax = "proto3";\nmessage OrderPlaced {{\n  string id = 1;\n  {kind} units = 2;\n}}\n'
    )


def contract(schema_format, schema, action="send"):
    payload = {"schemaFormat": schema_format, "schema": schema}
    data = {
        "asyncapi": "3.0.0",
        "info": {"title": "Orders", "version": "1.0.0"},
        "channels": {
            "placed": {
                "address": "orders.placed",
                "messages": {"OrderPlaced": {"payload": payload}},
            }
        },
        "operations": {"act": {"action": action, "channel": {"$ref": "#/channels/placed"}}},
    }
    return named("asyncapi").build(in_memory(data, "asyncapi.json"))


def of_2(schema_format, schema):
    """The same in AsyncAPI 2: the application sends what others subscribe to."""
    told = {"name": "OrderPlaced", "schemaFormat": schema_format, "payload": schema}
    data = {
        "asyncapi": "2.6.0",
        "info": {"title": "Orders", "version": "1.0.0"},
        "channels": {"orders.placed": {"subscribe": {"message": told}}},
    }
    return named("asyncapi").build(in_memory(data, "asyncapi.json"))


@pytest.mark.parametrize("make", [contract, of_2])
@pytest.mark.parametrize(
    ("kind", "old", "new", "rule"),
    [
        (AVRO, record("int"), record("long"), "avro.type-promoted"),
        (PROTO, message("int32"), message("string"), "protobuf.field-type-changed"),
    ],
)
def test_what_is_sent_breaks_consumers_and_a_datum_shows_it(make, kind, old, new, rule):
    report = api.check(make(kind, old), make(kind, new))
    (finding,) = (f for f in report.findings if f.severity.name == "ERROR")
    assert finding.rule.id == rule
    assert finding.location.label.startswith(
        "you send OrderPlaced on orders.placed; consumers read"
    )
    assert finding.proof == "witnessed"
    assert finding.witness.checked
    assert (finding.witness.accepted_by, finding.witness.rejected_by) == ("new", "old")
    json.dumps(finding.witness.value)


def test_who_receives_may_widen_what_it_reads():
    report = api.check(
        contract(AVRO, record("int"), "receive"), contract(AVRO, record("long"), "receive")
    )
    assert report.summary.verdict is Verdict.COMPATIBLE
    report = api.check(
        contract(AVRO, record("long"), "receive"), contract(AVRO, record("int"), "receive")
    )
    (finding,) = (f for f in report.findings if f.severity.name == "ERROR")
    assert finding.location.label.startswith("you receive OrderPlaced on orders.placed")
    assert (finding.witness.accepted_by, finding.witness.rejected_by) == ("old", "new")


def test_the_same_payload_in_another_place_is_no_change():
    for kind, schema in ((AVRO, record("int")), (PROTO, message("int32"))):
        report = api.check(contract(kind, schema), of_2(kind, schema))
        assert report.summary.verdict in {Verdict.COMPATIBLE, Verdict.IDENTICAL}
        assert report.summary.error == 0


@pytest.mark.parametrize(
    ("kind", "schema", "told"),
    [
        (PROTO, message("int32").replace("string", "strin"), 'line 3 of it: "strin" is not def'),
        (PROTO, 'syntax = "proto3";\nimport "gone.proto";\n', "gone.proto"),
        (AVRO, {"type": "record", "name": "OrderPlaced"}, "fields"),
        ("application/vnd.apache.thrift;version=1", "struct {", "line 1 of it"),
        ("application/vnd.apache.avro", "not { avro", "avro"),
    ],
)
def test_a_payload_that_cannot_be_read_is_unknown_and_never_silence(kind, schema, told):
    good = {"avro": record("int"), "protobuf": message("int32"), "thrift": "struct A {}"}
    before = next(value for name, value in good.items() if name in kind)
    report = api.check(contract(kind, before), contract(kind, schema))
    assert report.summary.verdict is Verdict.UNKNOWN
    (finding,) = (f for f in report.findings if f.rule.unknown)
    assert finding.rule.id == "asyncapi.payload-not-compared"
    assert told.lower() in finding.message.lower()


def test_a_missing_extra_makes_the_payload_unknown_and_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "grpc_tools", None)
    report = api.check(contract(PROTO, message("int32")), contract(PROTO, message("string")))
    assert report.summary.verdict is Verdict.UNKNOWN
    assert "apicheck-toolkit[protobuf]" in report.findings[0].message
