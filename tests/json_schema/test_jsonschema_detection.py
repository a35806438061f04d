"""Which documents are taken for JSON Schemas, of which draft and of which version."""

from __future__ import annotations

import pytest

from apicheck import formats
from apicheck.errors import UnsupportedFeature
from apicheck.formats.jsonschema.dialects import dialect_of
from apicheck.sources import in_memory

IGLU = "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"
DRAFTS = {
    "http://json-schema.org/draft-04/schema#": "draft-4",
    "http://json-schema.org/draft-06/schema": "draft-6",
    "https://json-schema.org/draft-07/schema#": "draft-7",
    "http://json-schema.org/draft-07/schema": "draft-7",
    "HTTPS://json-schema.org/draft/2019-09/schema": "2019-09",
    "https://json-schema.org/draft/2020-12/schema#": "2020-12",
    "http://json-schema.org/schema#": "draft-7",
    IGLU: "draft-4",
}
OURS = [
    {"$schema": "http://json-schema.org/draft-07/schema#"},
    {"type": "object", "properties": {"id": {"type": "string"}}},
    {"properties": {"id": {}}},
    {"oneOf": [{"type": "string"}, {"type": "null"}]},
    {"definitions": {"A": {"type": "object"}}},
    {"type": ["object", "null"], "required": ["id"]},
    {"type": "array", "items": {"type": "string"}},
    {"$schema": "https://example.com/meta", "type": "object", "properties": {}},
]
OTHERS = [
    {"openapi": "3.1.0", "components": {"schemas": {}}},
    {"asyncapi": "3.0.0", "definitions": {"A": {}}},
    {"swagger": "2.0", "definitions": {"A": {"type": "object"}}},
    {"type": "record", "name": "A", "fields": []},
    {"type": "enum", "name": "A", "symbols": ["X"]},
    {"type": "array", "items": "string"},
    {"type": "array", "items": {"type": "record", "name": "A", "fields": []}},
    {"type": "array", "items": ["null", "string"]},
    {"type": "string", "logicalType": "uuid"},
    {"consumer": {"name": "a"}, "provider": {"name": "b"}, "interactions": []},
    {"properties": {"a": 1}},
    {"name": "package", "version": "1.0.0", "$schema": "https://json.schemastore.org/package"},
    ["type", "object"],
    None,
]


def detected(data):
    return formats.named("jsonschema").detect(in_memory(data))


@pytest.mark.parametrize("data", OURS, ids=str)
def test_schemas_are_recognised(data):
    assert detected(data)


@pytest.mark.parametrize("data", OTHERS, ids=str)
def test_nothing_else_is_taken_for_a_schema(data):
    assert not detected(data)


def test_an_avro_file_is_left_to_avro_unless_it_says_that_it_is_a_json_schema():
    data = {"type": "array", "items": {"type": "string"}, "minItems": 1}
    assert not formats.named("jsonschema").detect(in_memory(data, "a.avsc"))
    assert detected(data)


@pytest.mark.parametrize("said", DRAFTS)
def test_drafts_are_recognised_however_they_are_written(said):
    assert detected({"$schema": said})
    assert dialect_of(in_memory({"$schema": said})).name == DRAFTS[said]


@pytest.mark.parametrize(
    "said",
    ["http://json-schema.org/draft-03/schema#", "https://json-schema.org/draft/2099-01/schema"],
)
def test_drafts_that_cannot_be_compared_are_refused_by_name(said):
    with pytest.raises(UnsupportedFeature, match="not a draft that can be compared"):
        detected({"$schema": said})


@pytest.mark.parametrize(
    ("data", "version"),
    [
        ({"self": {"name": "a", "version": "1-0-2"}}, "1-0-2"),
        ({"$id": "/mediawiki/page/1.2.0"}, "1.2.0"),
        ({"$id": "https://example.com/order-1.2.json#"}, "1.2"),
        ({"$id": "https://example.com/v3/order.json"}, "3"),
        ({"$id": "https://example.com/2024/order"}, ""),
        ({"id": "http://x/1.0.0", "self": {"version": "2-0-0"}}, "2-0-0"),
        ({"version": 4}, "4"),
        ({"meta": {"version": "1.1"}}, "1.1"),
        ({}, ""),
    ],
    ids=str,
)
def test_the_version_is_what_the_schema_says_of_itself(data, version):
    assert (
        formats.named("jsonschema").build(in_memory({"type": "object", **data})).version == version
    )


def test_a_folder_of_schemas_is_a_contract_and_examples_in_it_are_passed_over(folder):
    schema = {"type": "object", "properties": {"id": {}}}
    files = {"placed.json": schema, "examples/placed.json": {"id": 1}}
    jsonschema = formats.named("jsonschema")
    assert jsonschema.detect(folder(files))
    assert len(jsonschema.build(folder(files)).model.messages) == 1
    assert not jsonschema.detect(folder({**files, "api.json": {"openapi": "3.1.0"}}))
    assert not jsonschema.detect(folder({"a.json": {"id": 1}, "b.json": {"id": 2}}))


def test_what_is_no_schema_at_all_is_refused_with_advice():
    with pytest.raises(UnsupportedFeature, match="not a JSON Schema"):
        formats.named("jsonschema").build(in_memory("text"))
