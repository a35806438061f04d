"""Files that include one another: who means what, what is wrong, and where a change is shown."""

from __future__ import annotations

import re
import subprocess

import pytest

from apicheck import api
from apicheck.errors import ParseError

SHARED = "struct Place { 1: string shelf } enum Kind { A, B } const i32 LIMIT = 3"
API = (
    'include "lib/shared.thrift"\n'
    "struct Order { 1: shared.Place place, 2: i32 limit = shared.LIMIT,"
    " 3: shared.Kind kind = shared.Kind.A }"
)


def files(shared=SHARED, entry=API, **more):
    return {"api.thrift": entry, "lib/shared.thrift": shared, **more}


def test_a_change_in_an_included_file_is_found_there(changes):
    (change,) = changes(files(), files(SHARED.replace("string", "i32")))
    assert change.rule.id == "thrift.field-type-changed"
    assert (change.new.span().source, change.new.span().line) == ("lib/shared.thrift", 1)
    assert change.label == "struct Place > shelf"
    assert {use.label for use in change.uses} == {"struct Order"}


def test_a_constant_of_an_included_file_is_looked_up(rules):
    assert rules(files(), files(SHARED.replace("= 3", "= 4"))) == ["default-changed"]
    assert rules(files(), files(entry=API.replace("shared.LIMIT", "3"))) == []
    assert rules(files(), files(entry=API.replace("shared.Kind.A", "0"))) == []


def test_what_is_not_used_of_an_included_file_is_no_part_of_the_contract(rules):
    assert rules(files(), files(SHARED + " struct Other { 1: required i32 a }")) == []
    assert rules(files(SHARED + " enum Other { A }"), files()) == []


def test_an_included_file_may_be_renamed(rules):
    moved = {
        "api.thrift": API.replace("shared", "common"),
        "lib/common.thrift": SHARED,
    }
    assert rules(files(), moved) == ["enum-renamed", "type-renamed"]


def test_includes_are_relative_to_the_file_or_to_the_top(build):
    build({"a/api.thrift": 'include "b.thrift"', "a/b.thrift": ""}, "a/api.thrift")
    build({"a/api.thrift": 'include "../b.thrift"', "b.thrift": ""}, "a/api.thrift")
    build({"a/api.thrift": 'include "lib/b.thrift"', "lib/b.thrift": ""}, "a/api.thrift")


def test_a_folder_is_one_contract(rules):
    before = {"orders.thrift": "struct A { 1: i32 a }", "stock.thrift": "struct B { 1: i32 b }"}
    after = {**before, "stock.thrift": "struct B { 1: i32 b, 2: required i32 c }"}
    assert rules(before, before, None) == []
    assert rules(before, after, None) == ["required-field-added"]


def test_a_type_may_move_between_the_files_of_a_folder(rules):
    before = {"a.thrift": "struct A { 1: i32 a } struct B { 1: A a }", "b.thrift": ""}
    after = {
        "a.thrift": 'include "b.thrift" struct B { 1: b.A a }',
        "b.thrift": "struct A { 1: i32 a }",
    }
    assert rules(before, after, None) == ["type-renamed"]


def test_files_of_one_name_in_two_folders_are_told_apart(rules):
    given = {
        "api.thrift": 'include "x/t.thrift" include "y/u.thrift" struct S { 1: t.T a, 2: u.U b }',
        "x/t.thrift": "struct T { 1: i32 a }",
        "y/u.thrift": 'include "t.thrift" struct U { 1: t.T a }',
        "y/t.thrift": "struct T { 1: string a }",
    }
    assert rules(given, given) == []
    assert rules(given, {**given, "y/t.thrift": "struct T { 1: i64 a }"}) == ["field-type-changed"]


@pytest.mark.parametrize(
    ("given", "told", "place"),
    [
        ({"api.thrift": '\ninclude "b.thrift"'}, "includes 'b.thrift', but there is no", (2, 9)),
        ({"api.thrift": 'include "../b.thrift"'}, "which leads out of the contract's", (1, 9)),
        ({"api.thrift": 'include "/etc/passwd"'}, "which is no relative path", (1, 9)),
        (files(entry="struct S { 1: shared.Place a }"), "unknown type 'shared.Place'", (1, 15)),
        (files(entry=API + "\nstruct T { 1: shared.Plaice a }"), "unknown type 'shared.P", (3, 15)),
        ({"api.thrift": "struct S { 1: list<map<i32, T>> a }"}, "unknown type 'T'", (1, 29)),
        ({"api.thrift": "service S extends T {}"}, "unknown service 'T'", (1, 19)),
        ({"api.thrift": "struct T {} service S extends T {}"}, "'T' is no service", (1, 31)),
        ({"api.thrift": "service T {} struct S { 1: T t }"}, "'T' is no type", (1, 28)),
        ({"api.thrift": "typedef A B\ntypedef B A"}, "typedef 'A' leads back to itself", (2, 11)),
        ({"api.thrift": "typedef list<A> A"}, "leads back to itself", (1, 17)),
        ({"api.thrift": "service A extends B {}\nservice B extends A {}"}, "service 'B' leads back to itself", (2, 9)),
    ],
)  # fmt: skip
def test_names_and_files_that_lead_nowhere(build, given, told, place):
    with pytest.raises(ParseError, match=re.escape(told)) as caught:
        build(given)
    assert (caught.value.span.line, caught.value.span.column) == place


def test_a_close_name_is_offered(build):
    with pytest.raises(ParseError, match="did you mean 'Place'"):
        build("struct Place {} struct S { 1: Plase p }")


def test_only_what_is_included_directly_is_seen(build):
    given = {
        "api.thrift": 'include "b.thrift" struct S { 1: c.C c }',
        "b.thrift": 'include "c.thrift"',
        "c.thrift": "struct C {}",
    }
    with pytest.raises(ParseError, match=re.escape('there is no include "c.thrift" in this file')):
        build(given)


def test_includes_in_a_circle_are_told_with_both_places(build):
    given = {
        "api.thrift": '\ninclude "b.thrift"',
        "b.thrift": '\n\ninclude "api.thrift"',
    }
    with pytest.raises(ParseError, match=r"api\.thrift includes b\.thrift includes") as caught:
        build(given)
    assert (caught.value.span.source, caught.value.span.line) == ("b.thrift", 3)
    assert (caught.value.also.source, caught.value.also.line) == ("api.thrift", 2)


def test_a_file_included_twice_is_no_circle(build):
    build(
        {
            "api.thrift": 'include "b.thrift" include "c.thrift" struct S { 1: c.C c, 2: b.B b }',
            "b.thrift": 'include "c.thrift" struct B { 1: c.C c }',
            "c.thrift": "struct C {}",
        }
    )


@pytest.mark.parametrize(
    "line",
    ["typedef list<T{0}> T{1}", "typedef T{0} T{1}", "service T{1} extends T{0} {{}}"],
)
def test_long_lines_of_typedefs_and_parents_are_refused(build, line):
    first = "typedef i32 T0 " if line.startswith("typedef") else "service T0 {} "

    def text(count):
        return first + " ".join(line.format(number, number + 1) for number in range(count))

    build(text(60))
    with pytest.raises(ParseError, match="leads through more than 64 others"):
        build(text(5000))


def test_typedefs_that_double_are_compared_in_their_size(rules):
    def text(leaf, name):
        lines = [f"typedef {leaf} {name}0"]
        lines += [f"typedef map<{name}{n}, {name}{n}> {name}{n + 1}" for n in range(50)]
        return " ".join(lines) + f" struct S {{ 1: {name}50 a }}"

    assert rules(text("i32", "T"), text("i64", "T")) == ["typedef-changed"]
    assert "element-type-changed" in rules(text("i32", "T"), text("i64", "U"))


def test_an_included_file_that_changed_in_git_is_seen(tmp_path):
    def git(*arguments):
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments],
            cwd=tmp_path, check=True, capture_output=True,
        )  # fmt: skip

    for path, text in files().items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    (tmp_path / "lib/shared.thrift").write_text(SHARED.replace("string", "i32"))
    settings = api.Settings(options=api.Options(cwd=tmp_path))
    old, new = api.load("git:HEAD:api.thrift", settings), api.load("api.thrift", settings)
    report = api.check(old, new, settings)
    assert [each.rule.id for each in report.findings] == ["thrift.field-type-changed"]
    assert report.findings[0].location.old.source.endswith("lib/shared.thrift")
