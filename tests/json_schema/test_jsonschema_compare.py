"""Messages matched, references among files, constants that name the version, both directions."""

from __future__ import annotations

import pytest

from apicheck.model import Direction

IGLU = "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"
TEXT = {"type": "string"}


def message(properties, **more):
    return {"type": "object", "properties": properties, **more}


def test_a_schema_is_read_by_new_readers_of_old_data_and_by_old_readers_of_new_data(changes):
    (change,) = changes(
        message({"id": TEXT}, title="Placed"), message({"id": {"type": "integer"}}, title="Placed")
    )
    assert change.rule.id == "schema.type-changed"
    assert change.direction is Direction.BOTH
    assert {(use.label, use.side, use.direction) for use in change.uses} == {
        ("Placed", "old data", Direction.INBOUND),
        ("Placed", "old readers", Direction.OUTBOUND),
    }
    assert change.label == "Placed > id"
    assert change.path == ("properties", "id", "type")


def test_one_schema_answers_to_one_schema_whatever_they_are_called(rules):
    old = message({"id": TEXT}, title="Placed", **{"$id": "/placed/1.0.0"})
    new = message({"id": TEXT}, title="Order placed", **{"$id": "/order-placed/2.0.0"})
    assert rules(old, new) == []


def test_messages_of_a_folder_are_matched_by_id_before_path_and_title(folder, changes):
    one, two = message({"id": TEXT}), message({"id": {"type": "integer"}})
    old = {"a.json": {**one, "$id": "/placed/1.0.0"}, "b.json": {**two, "$id": "/paid/1.0.0"}}
    moved = {"b.json": {**one, "$id": "/placed/1.1.0"}, "a.json": {**two, "$id": "/paid/1.1.0"}}
    assert changes(folder(old), folder(moved)) == []
    plain = {"a.json": {**one, "title": "Placed"}, "b.json": {**two, "title": "Paid"}}
    renamed = {"x.json": {**one, "title": "Placed"}, "y.json": {**two, "title": "Paid"}}
    assert changes(folder(plain), folder(renamed)) == []


def test_a_file_that_others_refer_to_is_part_of_their_messages(folder, changes):
    def files(**address):
        return folder(
            {
                "placed.json": message(
                    {"to": {"$ref": "common/address.json#/definitions/Address"}}
                ),
                "paid.json": message(
                    {"from": {"$ref": "common/address.json#/definitions/Address"}}
                ),
                "common/address.json": {"definitions": {"Address": message(address)}},
            }
        )

    found = changes(files(city=TEXT), files(city={"type": "integer"}))
    assert [change.rule.id for change in found] == ["schema.type-changed"]
    assert {use.label for use in found[0].uses} == {"placed", "paid"}
    assert found[0].label == "common/address.json definition Address > city"
    assert changes(files(city=TEXT), files(city=TEXT)) == []


def test_a_part_that_is_gone_is_told_by_those_that_refer_to_it(folder, rules):
    old = {"a.json": message({"x": {"$ref": "b.json"}}), "b.json": message({"id": TEXT})}
    new = {"a.json": message({"x": message({"id": TEXT})})}
    assert rules(folder(old), folder(new)) == []


def test_references_are_resolved_by_id_within_the_contract(folder, rules):
    def files(kind):
        return folder(
            {
                "a.json": message({"x": {"$ref": "b"}}, **{"$id": "https://example.com/s/a"}),
                "deep/b.json": message(
                    {"id": {"type": kind}}, **{"$id": "https://example.com/s/b"}
                ),
            }
        )

    assert rules(files("string"), files("integer")) == ["schema.type-changed"]


def test_a_compound_document_finds_what_it_brings_along(rules):
    def schema(kind):
        return message(
            {"x": {"$ref": "b#/properties/id"}},
            **{
                "$id": "https://example.com/a",
                "$schema": "https://json-schema.org/draft/2020-12/schema",
            },
            **{"$defs": {"b": {"$id": "b", **message({"id": {"type": kind}})}}},
        )

    assert rules(schema("string"), schema("integer")) == ["schema.type-changed"]


def test_a_reference_that_leads_nowhere_is_told(rules):
    old, new = message({"x": TEXT}), message({"x": {"$ref": "https://example.com/far"}})
    assert rules(old, new) == ["schema.reference-unresolved"]
    assert rules(new, {**new, "title": "same"}) == ["schema.reference-unresolved"]


def test_definitions_alone_are_messages(changes):
    def schema(kind):
        return {"definitions": {"Placed": message({"id": {"type": kind}}), "Paid": message({})}}

    (change,) = changes(schema("string"), schema("integer"))
    assert change.label == "Placed > id"
    assert {use.label for use in change.uses} == {"Placed"}


def test_unused_definitions_beside_a_message_are_nobody_s_business(rules):
    old = message({"id": TEXT}, definitions={"Old": TEXT})
    assert rules(old, message({"id": TEXT}, definitions={"Old": {"type": "integer"}})) == []


CONSTANTS = [
    # what a message holds, in a schema that calls itself by id and version
    lambda v: {"$schema": {"const": f"/placed/{v}"}},
    lambda v: {"$schema": {"type": "string", "enum": [f"/placed/{v}"], "default": f"/placed/{v}"}},
    lambda v: {"version": {"const": v}},
    lambda v: {"meta": {"type": "object", "properties": {"schema_version": {"const": f"v{v}"}}}},
]


@pytest.mark.parametrize("constant", CONSTANTS)
def test_a_constant_that_names_the_version_may_follow_it(rules, constant):
    old = message(constant("1.0.0"), **{"$id": "/placed/1.0.0"})
    new = message(constant("1.1.0"), **{"$id": "/placed/1.1.0"})
    assert rules(old, new) == ["jsonschema.version-constant-changed"]


def test_other_constants_are_not_taken_for_the_version(rules):
    # The document is of another version than the constant says.
    old = message({"v": {"const": "1.0.0"}}, **{"$id": "/placed/3.0.0"})
    new = message({"v": {"const": "2.0.0"}}, **{"$id": "/placed/3.1.0"})
    assert rules(old, new) == ["schema.constant-changed"]
    # The constant stays behind: readers of the new version look for the old name.
    new = message({"v": {"const": "1.0.0"}}, **{"$id": "/placed/1.1.0"})
    old = message({"v": {"const": "1.1.0"}}, **{"$id": "/placed/1.0.0"})
    assert rules(old, new) == ["schema.constant-changed"]
    # A mere number may mean anything.
    old, new = (message({"count": {"const": n}}, version=n) for n in ("1", "2"))
    assert rules(old, new) == ["schema.constant-changed"]
    old, new = (message({"version": {"const": n}}, version=n) for n in ("1", "2"))
    assert rules(old, new) == ["jsonschema.version-constant-changed"]


def test_all_else_is_compared_beside_the_version_constant(rules):
    old = message({"$schema": {"const": "/placed/1.0.0"}, "a": TEXT}, **{"$id": "/placed/1.0.0"})
    new = message({"$schema": {"const": "/placed/2.0.0"}}, **{"$id": "/placed/2.0.0"})
    assert rules(old, new) == ["jsonschema.version-constant-changed", "schema.property-removed"]


def test_what_a_schema_says_of_itself_is_no_keyword_that_changed(rules):
    def schema(version):
        head = {"vendor": "com.example", "name": "placed", "format": "jsonschema"}
        return {"$schema": IGLU, "self": {**head, "version": version}, **message({"id": TEXT})}

    assert rules(schema("1-0-0"), schema("1-0-1")) == []


def test_iglu_schemas_are_draft_4(rules):
    old = {"$schema": IGLU, **message({"n": {"maximum": 3}})}
    new = {"$schema": IGLU, **message({"n": {"maximum": 3, "exclusiveMaximum": True}})}
    assert rules(old, new) == ["schema.limit-tightened"]


def test_a_bound_written_in_another_draft_is_no_change(rules):
    old = {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "maximum": 3,
        "exclusiveMaximum": True,
    }
    new = {"$schema": "http://json-schema.org/draft-06/schema#", "exclusiveMaximum": 3}
    assert rules(old, new) == ["jsonschema.dialect-changed"]


def test_recursion_through_files_ends(folder, rules):
    def files(kind):
        return folder(
            {
                "a.json": message({"b": {"$ref": "b.json"}, "id": {"type": kind}}),
                "b.json": message({"a": {"$ref": "a.json"}}),
            }
        )

    assert rules(files("string"), files("integer")) == ["schema.type-changed"]
    assert rules(files("string"), files("string")) == []


def test_a_chain_of_shared_schemas_is_compared_in_its_size(rules):
    def schema(leaf):
        definitions = {"S0": leaf}
        for level in range(1, 60):
            ref = {"$ref": f"#/definitions/S{level - 1}"}
            definitions[f"S{level}"] = message({"a": ref, "b": ref, "c": ref})
        return {"$ref": "#/definitions/S59", "definitions": definitions}

    assert rules(schema(TEXT), schema({"type": "integer"})) == ["schema.type-changed"]
    assert rules(schema(TEXT), schema(TEXT)) == []
