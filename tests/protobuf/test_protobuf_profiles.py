"""The profiles of the registries, held against what their sources say is incompatible.

buf, which runs here, has a test of its own. The pairs are ours; the verdicts are those of the lists
of differences in Confluent's ``SchemaDiff`` and Karapace's ``Modification``.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from apicheck import formats
from apicheck.model import Severity

PROFILES = formats.named("protobuf").profiles()
P2 = 'syntax = "proto2"; '
#: Pair, and whether Confluent and Karapace take it.
PAIRS = {
    "field added": ("message A {}", "message A { int32 n = 1; }", True, True),
    "field removed": ("message A { int32 n = 1; }", "message A {}", True, True),
    "field renamed": ("message A { int32 n = 1; }", "message A { int32 m = 1; }", True, True),
    "field renumbered": ("message A { int32 n = 1; }", "message A { int32 n = 2; }", True, False),
    "required field added": (P2 + "message A {}", P2 + "message A { required int32 n = 1; }", False, True),
    "required field removed": (P2 + "message A { required int32 n = 1; }", P2 + "message A {}", False, True),
    "int32 to int64": ("message A { int32 n = 1; }", "message A { int64 n = 1; }", True, True),
    "int32 to sint32": ("message A { int32 n = 1; }", "message A { sint32 n = 1; }", False, False),
    "string to bytes": ("message A { string n = 1; }", "message A { bytes n = 1; }", True, True),
    "string to int32": ("message A { string n = 1; }", "message A { int32 n = 1; }", False, False),
    "enum to int32": ("enum E { X = 0; } message A { E n = 1; }", "enum E { X = 0; } message A { int32 n = 1; }", True, True),
    "scalar to message": ("message A { int32 n = 1; } message B {}", "message A { B n = 1; } message B {}", False, False),
    "map to list": ("message A { map<string, int32> n = 1; }", "message A { repeated string n = 1; }", False, False),
    "optional number to repeated": ("message A { optional int32 n = 1; }", "message A { repeated int32 n = 1; }", False, False),
    "optional string to repeated": ("message A { optional string n = 1; }", "message A { repeated string n = 1; }", True, True),
    "message removed": ("message A {} message B {}", "message A {}", False, False),
    "nested message removed": ("message A { message B { repeated B b = 1; } }", "message A {}", False, False),
    "message added": ("message A {}", "message A {} message B {}", True, True),
    "enum removed": ("message A {} enum E { X = 0; }", "message A {}", True, True),
    "enum value removed": ("enum E { X = 0; Y = 1; }", "enum E { X = 0; }", True, True),
    "enum value renamed": ("enum E { X = 0; Y = 1; }", "enum E { X = 0; Z = 1; }", True, True),
    "oneof member added": ("message A { oneof o { int32 a = 1; } }", "message A { oneof o { int32 a = 1; int32 b = 2; } }", True, True),
    "oneof member removed": ("message A { oneof o { int32 a = 1; int32 b = 2; } }", "message A { oneof o { int32 a = 1; } }", False, False),
    "field into a new oneof": ("message A { int32 a = 1; }", "message A { oneof o { int32 a = 1; int32 b = 2; } }", True, True),
    "fields into a oneof": ("message A { int32 a = 1; int32 b = 2; }", "message A { oneof o { int32 a = 1; int32 b = 2; } }", False, False),
    "out of a oneof": ("message A { oneof o { int32 a = 1; int32 b = 2; } }", "message A { int32 a = 1; oneof o { int32 b = 2; } }", True, True),
    "package changed": ("message A {}", 'syntax = "proto3"; package other; message A {}', False, True),
    "reserved given up": ("message A { reserved 1; }", "message A {}", True, True),
    "option changed": ('option go_package = "a/b"; message A {}', "message A {}", True, True),
    "service removed": ("message A {} service S { rpc Get(A) returns (A); }", "message A {}", True, True),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize(("profile", "index"), [("confluent", 2), ("karapace", 3)])
def test_a_registry_would_take_it(name, profile, index, changes):
    old, new = PAIRS[name][:2]
    broken = []
    for change in changes(old, new):
        levels = PROFILES[profile].levels.items()
        said = [level for selector, level in levels if fnmatchcase(change.rule.id, selector)]
        if said[-1] is Severity.ERROR:
            broken.append(change.rule.id)
    assert (broken == []) is PAIRS[name][index], broken


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda each: each.name)
def test_a_profile_names_rules_that_there_are(profile):
    known = {rule.id for rule in formats.named("protobuf").rules()}
    assert [each for each in profile.levels if each not in known | {"protobuf.*"}] == []
