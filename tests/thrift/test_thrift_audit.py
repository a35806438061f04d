"""The profile ``thrift-audit`` held against what ``thrift --audit`` says.

``AUDIT`` is what the reference says of each pair, by the source of its auditor; with the compiler
on the PATH it is run and must say the same. ``DIFFERENT`` are the pairs where we do not follow it.
"""

from __future__ import annotations

import shutil
import subprocess

import pytest

from apicheck import formats
from apicheck.model import Severity

THRIFT = formats.named("thrift")
PROFILE = THRIFT.profiles()["thrift-audit"]
FAILURE, WARNING, SILENT = "failure", "warning", "silent"
LEVELS = {Severity.ERROR: FAILURE, Severity.WARNING: WARNING}

_S = "struct S { 1: i32 a, 3: optional i32 c }"
_T = "service T { i32 f(1: i32 a, 3: i32 c) }"
_E = "exception E { 1: string why } "

AUDIT = {
    "namespace changed": ("namespace py a " + _S, "namespace py b " + _S, WARNING),
    "namespace removed": ("namespace py a " + _S, _S, WARNING),
    "namespace added": (_S, "namespace py a " + _S, SILENT),
    "service missing": (_T + " service U { void g() }", _T, FAILURE),
    "service added": (_T, _T + " service U { void g() }", SILENT),
    "function missing": ("service T { void f(), void g() }", "service T { void f() }", FAILURE),
    "function added": ("service T { void f() }", "service T { void f(), void g() }", SILENT),
    "parent removed": (
        "service P {} service T extends P { void f() }",
        "service P {} service T { void f() }",
        FAILURE,
    ),
    "parent changed": (
        "service P {} service Q {} service T extends P { void f() }",
        "service P {} service Q {} service T extends Q { void f() }",
        FAILURE,
    ),
    "parent added": (
        "service P {} service T { void f() }",
        "service P {} service T extends P { void f() }",
        SILENT,
    ),
    "oneway changed": ("service T { void f() }", "service T { oneway void f() }", FAILURE),
    "return type changed": ("service T { i32 f() }", "service T { i64 f() }", FAILURE),
    "return element changed": (
        "service T { list<i32> f() }",
        "service T { list<i64> f() }",
        FAILURE,
    ),
    "void to a value": ("service T { void f() }", "service T { i32 f() }", FAILURE),
    "a value to void": ("service T { i32 f() }", "service T { void f() }", FAILURE),
    "argument removed": (_T, "service T { i32 f(1: i32 a) }", FAILURE),
    "argument type changed": (_T, _T.replace("i32 c", "i64 c"), FAILURE),
    "argument added at the end": (_T, _T.replace("i32 c", "i32 c, 4: i32 d"), SILENT),
    "required argument added": (_T, _T.replace("i32 c", "i32 c, 4: required i32 d"), FAILURE),
    "argument added in the middle": (_T, _T.replace("3:", "2: i32 b, 3:"), FAILURE),
    "argument renamed": (_T, _T.replace("i32 c", "i32 d"), WARNING),
    "argument default changed": (_T, _T.replace("i32 c", "i32 c = 3"), WARNING),
    "exception added at the end": (
        _E + "service T { i32 f() }",
        _E + "service T { i32 f() throws (1: E e) }",
        SILENT,
    ),
    "exception added in the middle": (
        _E + "service T { i32 f() throws (2: E e) }",
        _E + "service T { i32 f() throws (1: E d, 2: E e) }",
        FAILURE,
    ),
    "exception removed": (
        _E + "service T { i32 f() throws (1: E e) }",
        _E + "service T { i32 f() }",
        FAILURE,
    ),
    "exception type changed": (
        _E + "exception F {} service T { void f() throws (1: E e) }",
        _E + "exception F {} service T { void f() throws (1: F e) }",
        FAILURE,
    ),
    "function moved to a parent": (
        "service P {} service T extends P { void f() }",
        "service P { void f() } service T extends P {}",
        FAILURE,
    ),
    "struct missing": (_S + " struct U { 1: i64 x }", _S, FAILURE),
    "exception missing": (_S + _E, _S, FAILURE),
    "struct added": (_S, _S + " struct U { 1: i64 x }", SILENT),
    "struct renamed everywhere": (
        "struct A { 1: i32 x } struct U { 1: A a }",
        "struct B { 1: i32 x } struct U { 1: B a }",
        FAILURE,
    ),
    "field removed": (_S, "struct S { 3: optional i32 c }", FAILURE),
    "optional field removed": (_S, "struct S { 1: i32 a }", FAILURE),
    "field added at the end": (_S, _S.replace("i32 c", "i32 c, 4: i32 d"), SILENT),
    "optional field added at the end": (
        _S,
        _S.replace("i32 c", "i32 c, 4: optional i32 d"),
        SILENT,
    ),
    "required field added": (_S, _S.replace("i32 c", "i32 c, 4: required i32 d"), FAILURE),
    "field added in the middle": (_S, _S.replace("3:", "2: i32 b, 3:"), FAILURE),
    "optional field added in the middle": (_S, _S.replace("3:", "2: optional i32 b, 3:"), FAILURE),
    "field type changed": (_S, _S.replace("i32 a", "i64 a"), FAILURE),
    "field renamed": (_S, _S.replace("i32 a", "i32 z"), WARNING),
    "field under another id": (_S, _S.replace("1: i32 a", "2: i32 a"), FAILURE),
    "fields changed places": (
        "struct S { 1: i32 a, 2: i32 b }",
        "struct S { 1: i32 b, 2: i32 a }",
        WARNING,
    ),
    "optional to required": (_S, _S.replace("optional", "required"), FAILURE),
    "default to required": (_S, _S.replace("1: i32", "1: required i32"), FAILURE),
    "required to default": (_S.replace("1: i32", "1: required i32"), _S, FAILURE),
    "required to optional": (_S.replace("optional", "required"), _S, FAILURE),
    "optional to default": (_S, _S.replace("optional ", ""), SILENT),
    "default changed": (_S, _S.replace("i32 a", "i32 a = 5"), WARNING),
    "default of a required field changed": (
        "struct S { 1: required i32 a = 1 }",
        "struct S { 1: required i32 a = 2 }",
        SILENT,
    ),
    "element type changed": (
        "struct S { 1: map<i32, list<i32>> a }",
        "struct S { 1: map<i32, list<string>> a }",
        FAILURE,
    ),
    "list to set": ("struct S { 1: list<i32> a }", "struct S { 1: set<i32> a }", FAILURE),
    "string to binary": ("struct S { 1: string a }", "struct S { 1: binary a }", SILENT),
    "integer to enum": (
        "enum E { A } struct S { 1: i32 a }",
        "enum E { A } struct S { 1: E a }",
        FAILURE,
    ),
    "typedef for the same type": (
        "typedef i32 T struct S { 1: i32 a }",
        "typedef i32 T struct S { 1: T a }",
        FAILURE,
    ),
    "typedef renamed": (
        "typedef i32 T struct S { 1: T a }",
        "typedef i32 U struct S { 1: U a }",
        FAILURE,
    ),
    "typedef renamed that nobody uses": (_S + " typedef i32 T", _S + " typedef i32 U", SILENT),
    "typedef of another type": (
        "typedef i32 T struct S { 1: T a }",
        "typedef i64 T struct S { 1: T a }",
        SILENT,
    ),
    "struct to union": ("struct S { 1: i32 a }", "union S { 1: i32 a }", SILENT),
    "struct to exception": ("struct S { 1: i32 a }", "exception S { 1: i32 a }", FAILURE),
    "union field added": ("union S { 1: i32 a }", "union S { 1: i32 a, 2: i32 b }", SILENT),
    "union field removed": ("union S { 1: i32 a, 2: i32 b }", "union S { 1: i32 a }", FAILURE),
    "union field added in the middle": (
        "union S { 1: i32 a, 3: i32 b }",
        "union S { 1: i32 a, 2: i32 c, 3: i32 b }",
        FAILURE,
    ),
    "enum missing": (_S + " enum E { A }", _S, WARNING),
    "enum added": (_S, _S + " enum E { A }", SILENT),
    "enum value missing": ("enum E { A, B }", "enum E { A }", FAILURE),
    "enum value added": ("enum E { A }", "enum E { A, B }", SILENT),
    "enum value renamed": ("enum E { A }", "enum E { B }", WARNING),
    "enum value renumbered": ("enum E { A = 1 }", "enum E { A = 2 }", FAILURE),
    "enum values changed places": ("enum E { A, B }", "enum E { B, A }", WARNING),
    "constant missing": (_S + " const i32 C = 1", _S, WARNING),
    "constant added": (_S, _S + " const i32 C = 1", SILENT),
    "constant changed": (_S + " const i32 C = 1", _S + " const i32 C = 2", WARNING),
    "constant of another type": (_S + " const i32 C = 1", _S + " const i64 C = 1", WARNING),
    "deprecated": (_S, _S.replace("i32 a", "i32 a (deprecated)"), SILENT),
}

#: What we say instead, and why we do not follow.
DIFFERENT = {
    # An id between others is told of structs only; for these we have no finding of its own.
    "argument added in the middle": SILENT,
    "exception added in the middle": SILENT,
    "union field added in the middle": SILENT,
    # It looks at the functions that stand in the service itself; calls still work.
    "function moved to a parent": SILENT,
    # Whether a typedef is used by who includes the file cannot be seen here.
    "typedef renamed that nobody uses": FAILURE,
    # It takes two exchanged ids for two renamings; each value is read as the other.
    "fields changed places": FAILURE,
    "enum values changed places": FAILURE,
}


@pytest.mark.parametrize("name", AUDIT)
def test_the_profile_says_what_the_reference_says(changes, name):
    old, new, reference = AUDIT[name]
    levels = PROFILE.levels
    found = {
        LEVELS.get(levels.get(each.rule.id, levels["thrift.*"]), SILENT)
        for each in changes(old, new)
    }
    worst = next((each for each in (FAILURE, WARNING) if each in found), SILENT)
    assert worst == DIFFERENT.get(name, reference)


def test_differences_are_differences():
    assert all(DIFFERENT[name] != AUDIT[name][2] for name in DIFFERENT)


def test_the_profile_names_rules_that_exist():
    known = {rule.id for rule in THRIFT.rules()} | {"thrift.*"}
    assert PROFILE.levels.keys() <= known


@pytest.mark.parametrize("name", AUDIT)
def test_the_reference_says_what_is_written_here(name, tmp_path):
    compiler = shutil.which("thrift")
    if compiler is None:
        pytest.skip("there is no 'thrift' compiler on the PATH to ask")
    old, new, reference = AUDIT[name]
    for file, text in (("old", old), ("new", new)):
        (tmp_path / f"{file}.thrift").write_text(text)
    done = subprocess.run(
        [compiler, "--audit", "old.thrift", "new.thrift"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    told = done.stdout + done.stderr
    said = SILENT
    if "[Thrift Audit Warning" in told:
        said = WARNING
    if "[Thrift Audit Failure" in told:
        said = FAILURE
    assert said == reference, told
    assert (done.returncode != 0) is (reference == FAILURE)
