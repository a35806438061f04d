"""The language as its compiler reads it, and what is wrong told where it stands."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apicheck.errors import ParseError
from apicheck.formats.thrift.cursor import MAX_NESTING
from apicheck.formats.thrift.parser import parse


def tables(text):
    return parse(text, "a.thrift").tables


def fields(text):
    return tables(f"struct S {{ {text} }}")["structs"]["S"]["fields"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\ufeff// only a comment",
        "# unix comment\n/* block ** / */ /** doc */ /***/ /**/ struct S {}",
        "namespace * a.b.c namespace py x (why = 'y') namespace smalltalk.category A.B",
        "cpp_namespace a java_package b php_namespace c xsd_namespace 'http://x'",
        "cpp_include '<set>' include 'b.thrift'",
        "typedef list<i32> (cpp.template = 'std::list') L (a, b = 'c'; d = \"e\")",
        "typedef map cpp_type 'M' <i32, list<string> cpp_type 'L'> T;",
        "struct S xsd_all { 1: i32 a xsd_optional xsd_nillable xsd_attrs { 1: i32 b } (x) } (y)",
        "struct S { 1: optional S & next, 2: list<S> & all; 3: i8 i8 4: required string required }",
        "struct S { 1: i32 namespace, 2: i32 struct, 3: i32 list 4: i32 void 5: i32 uuid }",
        "struct S { 1: uuid id = '00000000-0000-0000-0000-000000000000' }",
        "struct S { 1: double a = -1.5e-3, 2: double b = .5, 3: double c = 1E5 4: i32 d = -0x1F }",
        "enum E { A = 0x10, B, C = -2; D (x = 'y') E } (z)",
        "enum E { A, B = 0 }",
        "senum Old { 'a', \"b\" } struct S { 1: slist names, 2: Old old }",
        "const map<string, list<i32>> M = {'a': [1, 2; 3], \"b\": []; 'c': [4,]}",
        "const map<map<i32, i32>, i32> M = {{1: 2}: 3} const bool T = true; const E V = E.A",
        "const string S = 'it\\'s \\\\ \"so\"\\n'",
        "service S { void a(), oneway void b(1: i32 x); async void c() i32 d() throws (1: E e) (x) }",
        "service S extends other.T { list<i32> f(i32 a, optional i32 b = 3) } (x = 'y')",
        "exception E { 1: string message } union U { 1: i32 a 2: string b }",
        "struct S { i32 a i32 b }",
    ],
)
def test_every_construct_is_read(text):
    parse(text, "a.thrift")


def test_ids_left_out_count_down_from_minus_one():
    assert list(fields("i32 a, 5: i32 b, i32 c, -7: i32 d, i32 e")) == ["-1", "5", "-2", "-7", "-8"]


def test_enum_numbers_count_on_from_the_last():
    values = tables("enum E { A, B = 5, C, D = -2, E }")["enums"]["E"]["values"]
    assert [each["number"] for each in values.values()] == [0, 5, 6, -2, -1]


def test_optional_says_nothing_of_an_argument_and_required_nothing_of_a_union():
    found = tables("service S { void f(1: optional i32 a) } union U { 1: required i32 a }")
    method = found["services"]["S"]["methods"]["f"]
    assert method["arguments"]["1"]["presence"] == "default"
    assert found["structs"]["U"]["fields"]["1"]["presence"] == "optional"


def test_equal_definitions_are_equal_values_wherever_they_stand():
    assert tables("struct S { 1: i32 a }") == tables("\n// x\nstruct  S{1:i32 a;}")


def test_escapes_are_replaced_and_others_kept():
    (value,) = tables(r"""const string S = 'a\'b\n\\\d'""")["consts"].values()
    assert value["value"] == "a'b\n\\\\d"


@pytest.mark.parametrize(
    ("text", "at", "told"),
    [
        ("struct S {\n  1: i32\n}", (3, 1), "found '}', expected the name of a field"),
        ("struct {", (1, 8), "found '{', expected the name of a struct"),
        ("struct struct {}", (1, 8), "found 'struct', expected the name of a struct"),
        ("struct S { 1 i32 a }", (1, 12), "found '1', expected a type"),
        ("struct S { 1: i32 a", (1, 20), "found the end of the file, expected a field"),
        ("struct S { a: i32 b }", (1, 12), "found 'a', expected the id of a field"),
        ("struct S { 1.5: i32 b }", (1, 12), "found '1.5', expected the id of a field"),
        ("service S { f() }", (1, 14), "found '(', expected the name of a method"),
        ("service S { void f( }", (1, 21), "found '}', expected a type"),
        ("enum E { 1 }", (1, 10), "found '1', expected the name of an enum value"),
        ("enum E { A = B }", (1, 14), "found 'B', expected the number of an enum value"),
        ("enum E { A = 4294967296 }", (1, 14), "4294967296 is no 32-bit number"),
        ("const i32 A 5", (1, 13), "found '5', expected '=' after the name of the constant"),
        ("const i64 A = 99999999999999999999", (1, 15), "an integer of more than 64 bits"),
        ("const string A = 'x\n'", (1, 18), "found a string that does not end on its line"),
        ("/* never\nends", (1, 1), "found a comment that never ends"),
        ("typedef list<i32 L", (1, 18), "found 'L', expected '>' that ends the list"),
        ("typedef map<i32> M", (1, 16), "found '>', expected ',' and the type of the values"),
        ("include foo", (1, 9), "found 'foo', expected the path of a file"),
        ("strukt S {}", (1, 1), "found 'strukt', expected namespace, include, const"),
        ("struct S {} (a = b)", (1, 18), "found 'b', expected the value of an annotation"),
        ("@thrift.Uri{} struct S {}", (1, 1), "found '@', expected namespace"),
        ("struct a.S {}", (1, 8), "found 'a.S', expected the name of a struct"),
        ("\tstruct S { 1: ? a }", (1, 16), "found '?', expected a type"),
    ],
)
def test_what_was_found_and_expected_is_told_with_its_place(text, at, told):
    with pytest.raises(ParseError) as caught:
        parse(text, "a.thrift")
    span = caught.value.span
    assert (span.line, span.column) == at
    assert caught.value.problem.startswith(told)


@pytest.mark.parametrize(
    ("text", "told", "second", "first"),
    [
        ("struct S {\n1: i32 a\n1: i32 b\n}", "field id 1 is used twice", 3, 2),
        ("struct S {\n1: i32 a\n2: i32 a\n}", "field name 'a' is used twice", 3, 2),
        ("service S { void f(1: i32 a,\n1: i32 b) }", "field id 1 is used twice", 2, 1),
        ("enum E {\nA\nA }", "'A' stands twice in enum E", 3, 2),
        ("struct S {}\nenum S {}", "'S' is defined twice", 2, 1),
        ("typedef i32 S\nservice S {}", "'S' is defined twice", 2, 1),
        ("const i32 C = 1\nconst i32 C = 1", "'C' is defined twice", 2, 1),
        ("service S {\nvoid f()\ni32 f() }", "method 'f' stands twice in service S", 3, 2),
    ],
)
def test_what_stands_twice_is_told_with_both_places(text, told, second, first):
    with pytest.raises(ParseError, match=re.escape(told)) as caught:
        parse(text, "a.thrift")
    assert (caught.value.span.line, caught.value.also.line) == (second, first)


@pytest.mark.parametrize(
    "text",
    [
        "typedef " + "list<" * 5000 + "i32" + ">" * 5000 + " T",
        "const i32 C = " + "[" * 5000 + "]" * 5000,
        "const i32 C = " + "{1:" * 5000 + "1" + "}" * 5000,
        "struct S { " + "1: i32 a xsd_attrs { " * 3000,
    ],
)
def test_nesting_without_end_is_refused(text):
    with pytest.raises(ParseError):
        parse(text, "a.thrift")


def test_nesting_within_the_limit_is_read():
    parse(f"typedef {'list<' * MAX_NESTING}i32{'>' * MAX_NESTING} T", "a.thrift")


WORDS = [
    *("namespace", "include", "struct", "union", "exception", "enum", "service", "typedef"),
    *("const", "senum", "i32", "list", "map", "set", "string", "required", "optional", "oneway"),
    *("void", "throws", "extends", "xsd_all", "xsd_attrs", "cpp_type", "S", "T", "a", "b", "1"),
    *("-1", "0x1F", "1.5", "'x'", '"y"', "{", "}", "(", ")", "<", ">", "[", "]", ":", ";", ","),
    *("=", "*", "&", "/", "#", "//", "/*", "*/", "\n", "'", '"', "\\", "@", "uuid", "true"),
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join) | st.text(max_size=60))
@example("struct S { 1: i32 a xsd_attrs { 1: i32 a } }")
@example("'" + "\\" * 999)
def test_no_text_gives_anything_but_a_file_or_a_parse_error(text):
    problem = None
    try:
        parse(text, "a.thrift")
    except ParseError as caught:
        problem = caught
    assert problem is None or (problem.span is not None and str(problem))
