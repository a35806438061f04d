"""Who is reached by a change: calls where there are any, stored data and old readers elsewhere."""

from __future__ import annotations

from apicheck.model import Direction

SERVICE = """
service Shop {
  rpc Place(Order) returns (Receipt);
  rpc Find(Query) returns (Order);
}
message Query { string id = 1; }
message Receipt { Money paid = 1; }
message Order { Money price = 1; Item item = 2; }
message Item { int64 size = 1; }
message Money { int64 cents = 1; }
"""


def uses(change):
    return {f"{use.label} {use.side} {use.direction.value}" for use in change.uses}


def test_a_shared_message_is_one_change_with_all_its_calls(changes):
    (change,) = changes(SERVICE, SERVICE.replace("int64 cents", "int32 cents"))
    assert change.direction is Direction.BOTH
    assert uses(change) == {
        "shop.Shop/Place request inbound",
        "shop.Shop/Place response outbound",
        "shop.Shop/Find response outbound",
    }


def test_a_message_of_requests_only_is_inbound(changes):
    (change,) = changes(SERVICE, SERVICE.replace("string id", "bytes id"))
    assert change.direction is Direction.INBOUND
    assert uses(change) == {"shop.Shop/Find request inbound"}


def test_what_no_call_reaches_is_data_of_its_own(changes):
    text = SERVICE + "message Event { Part part = 1; } message Part { int64 n = 1; }"
    (change,) = changes(text, text.replace("int64 n", "int32 n"))
    assert change.direction is Direction.BOTH
    # Part is nothing by itself: it is a part of Event.
    assert uses(change) == {"shop.Event old data inbound", "shop.Event old readers outbound"}


def test_a_message_that_a_call_and_an_event_share_lists_both(changes):
    text = SERVICE + "message Event { Item item = 1; }"
    (change,) = changes(text, text.replace("int64 size", "int32 size"))
    assert uses(change) == {
        "shop.Shop/Place request inbound",
        "shop.Shop/Find response outbound",
        "shop.Event old data inbound",
        "shop.Event old readers outbound",
    }


def test_messages_that_lead_to_each_other_are_reached_once(changes):
    text = "message A { B b = 1; } message B { A a = 1; int64 n = 2; }"
    (change,) = changes(text, text.replace("int64", "int32"))
    assert uses(change) == {"shop.A old data inbound", "shop.A old readers outbound"}


def test_an_enum_that_nothing_uses_is_compared_all_the_same(changes):
    (change,) = changes("enum E { A = 0; B = 1; }", "enum E { A = 0; }")
    assert uses(change) == {"shop.E old data inbound", "shop.E old readers outbound"}


def test_a_removed_service_is_told_of_each_of_its_calls(changes):
    (change,) = [
        each
        for each in changes(SERVICE, SERVICE[SERVICE.index("message Query") :])
        if each.rule.id == "protobuf.service-removed"
    ]
    assert uses(change) == {"shop.Shop/Place rpc inbound", "shop.Shop/Find rpc inbound"}


def test_a_type_that_a_call_no_longer_uses_is_told_at_the_call(changes):
    text = "message A { int32 n = 1; } message B { string n = 1; }"
    old = text + " service S { rpc Get(A) returns (A); }"
    (change,) = changes(old, old.replace("(A) returns", "(B) returns"))
    assert change.rule.id == "protobuf.rpc-request-type-changed"
    assert uses(change) == {"shop.S/Get request inbound"}


def test_paths_and_labels_do_not_hang_on_names_of_fields(changes):
    (change,) = changes("message A { int32 a = 1; }", "message A { int32 b = 1; }")
    assert change.path == ("messages", "shop.A", "fields", "1")
    assert change.label == "message shop.A > b"


def test_an_import_that_is_not_the_contracts_is_compared_where_it_is_used(changes):
    old = {
        "shop.proto": 'syntax = "proto3"; import "lib.proto"; message A { lib.Used u = 1; }',
        "lib.proto": 'syntax = "proto3"; package lib; message Used { int32 n = 1; }',
    }
    new = {**old, "lib.proto": old["lib.proto"].replace("int32", "string")}
    (change,) = changes(old, new)
    assert change.rule.id == "protobuf.field-type-changed"
    assert change.new.span().source == "lib.proto"
