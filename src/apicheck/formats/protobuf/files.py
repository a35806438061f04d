"""Files, packages, and the definitions in them: what generated code and imports are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.formats.protobuf.context import INFO, SOURCE_ONLY, told
from apicheck.model import Direction, Effect, Example, Rule, Surface, Use
from apicheck.nodes import Node
from apicheck.walk import Fact, Pair, Root

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apicheck.formats.protobuf.context import Context
    from apicheck.formats.protobuf.model import Model

__all__ = ["RULES", "definitions", "files"]

_ALL = frozenset(Surface)
_A = 'syntax = \\"proto3\\"; package shop; message A { string id = 1; }'
_B = 'syntax = \\"proto3\\"; package shop; message B { string id = 1; }'
_EMPTY = 'syntax = \\"proto3\\"; package shop;'
_NO_CALL = "Nobody depended on it before."

FILE_REMOVED = Rule(
    id="protobuf.file-removed",
    mirror="protobuf.file-added",
    effect=Effect.REPLACES,
    summary="A file was removed.",
    message="file {name} was removed",
    why="Imports of it, and of the code generated from it, no longer work.",
    fix="Keep the file, if only to import (publicly) what it held.",
    example=Example(
        of="proto-files",
        old=f'{{"a.proto": "{_A}", "b.proto": "{_EMPTY}"}}',
        new=f'{{"a.proto": "{_A}"}}',
    ),
    surfaces=SOURCE_ONLY,
)
FILE_ADDED = Rule(
    id="protobuf.file-added",
    mirror="protobuf.file-removed",
    effect=Effect.REPLACES,
    summary="A file was added.",
    message="file {name} was added",
    why="Nobody is hurt.",
    fix="Nothing to do.",
    example=Example(
        of="proto-files",
        old=f'{{"a.proto": "{_A}"}}',
        new=f'{{"a.proto": "{_A}", "b.proto": "{_EMPTY}"}}',
    ),
    surfaces=SOURCE_ONLY,
    override=INFO,
    because=_NO_CALL,
)
FILE_MOVED = Rule(
    id="protobuf.file-moved",
    effect=Effect.REPLACES,
    summary="A file has another path.",
    message="file {old} is now {new}",
    why="Imports of it, and of the code generated from it, no longer work.",
    fix="Leave a file at the old path that imports the new one publicly.",
    example=Example(
        of="proto-files",
        old=f'{{"a.proto": "{_A}", "x/b.proto": "{_B}"}}',
        new=f'{{"a.proto": "{_A}", "y/b.proto": "{_B}"}}',
    ),
    surfaces=SOURCE_ONLY,
)
_NAMES = "Generated code, google.protobuf.Any and registries of schemas go by full names."
_CALLS = (
    "The full name of a service is part of the path of every call: calls to the old one are"
    " answered with UNIMPLEMENTED. Generated code goes by full names, too."
)
_KEEP = "Keep the package; put the next major version into a package beside it, in files beside it."
_S = "message A {} service Shop { rpc Get(A) returns (A); }"


def _texts(package: str, path: str, body: str) -> str:
    text = f'syntax = \\"proto3\\"; package {package}; {body}'
    return f'{{"a.proto": "{_EMPTY}", "{path}": "{text}"}}'


PACKAGE_CHANGED = Rule(
    id="protobuf.package-changed",
    effect=Effect.REPLACES,
    summary="The package of a file changed, and so did the full names of all that is in it.",
    message="package {old} is now {new}",
    why=_NAMES,
    fix=_KEEP,
    example=Example(
        of="proto-files",
        old=_texts("shop", "b.proto", "message B {}"),
        new=_texts("store", "b.proto", "message B {}"),
    ),
    surfaces=SOURCE_ONLY,
)
PACKAGE_MOVED = Rule(
    id="protobuf.package-moved",
    effect=Effect.REPLACES,
    summary="A file has another path and another package.",
    message="package {old} is now {new}, in {file}",
    why=_NAMES,
    fix="Keep the old file and package beside the new one, until nobody uses it any more.",
    example=Example(
        of="proto-files",
        old=_texts("shop", "v1/b.proto", "message B {}"),
        new=_texts("store", "v2/b.proto", "message B {}"),
    ),
    surfaces=SOURCE_ONLY,
)
SERVICE_PACKAGE_CHANGED = Rule(
    id="protobuf.package-of-services-changed",
    effect=Effect.REPLACES,
    summary="The package of a file with services changed.",
    message="package {old} is now {new}, and so is the path of every call",
    why=_CALLS,
    fix=_KEEP,
    example=Example(
        of="proto-files",
        old=_texts("shop", "b.proto", _S),
        new=_texts("store", "b.proto", _S),
    ),
    surfaces=_ALL,
)
SERVICE_PACKAGE_MOVED = Rule(
    id="protobuf.package-of-services-moved",
    effect=Effect.REPLACES,
    summary="A file with services has another path and another package.",
    message="package {old} is now {new}, in {file}, and so is the path of every call",
    why=_CALLS,
    fix="Serve both packages until nobody calls the old one any more.",
    example=Example(
        of="proto-files",
        old=_texts("shop", "v1/b.proto", _S),
        new=_texts("store", "v2/b.proto", _S),
    ),
    surfaces=_ALL,
)
SYNTAX_CHANGED = Rule(
    id="protobuf.syntax-changed",
    effect=Effect.REPLACES,
    summary="A file is written in another syntax or edition.",
    message="{old} is now {new}",
    why="Generated code has another form; what it means for bytes and JSON is told of each field.",
    fix="Upgrade the code that uses it.",
    example=Example(
        of="proto",
        old='syntax = "proto3"; message Order { repeated bytes id = 1; }',
        new='edition = "2023"; message Order { repeated bytes id = 1; }',
    ),
    surfaces=SOURCE_ONLY,
)
OPTION_CHANGED = Rule(
    id="protobuf.file-option-changed",
    effect=Effect.REPLACES,
    summary="An option of a file that names or shapes generated code changed.",
    message="{option} was {old} and is now {new}",
    why="Code that uses what is generated from the file no longer finds it.",
    fix="Keep the option.",
    example=Example(
        of="proto",
        old='option go_package = "example.com/shop"; message A {}',
        new='option go_package = "example.com/store"; message A {}',
    ),
    surfaces=SOURCE_ONLY,
)
MESSAGE_REMOVED = Rule(
    id="protobuf.message-removed",
    mirror="protobuf.message-added",
    effect=Effect.REPLACES,
    summary="A message was removed that was no part of another.",
    message="message {name} was removed",
    why="What was written as such a message cannot be read any more.",
    fix="Keep the message and mark it deprecated.",
    example=Example(
        of="proto",
        old="message A { string id = 1; } message B { string id = 1; }",
        new="message A { string id = 1; }",
    ),
    surfaces=_ALL,
)
MESSAGE_ADDED = Rule(
    id="protobuf.message-added",
    mirror="protobuf.message-removed",
    effect=Effect.REPLACES,
    summary="A message was added that is no part of another.",
    message="message {name} was added",
    why="Nobody is hurt.",
    fix="Nothing to do.",
    example=Example(
        of="proto",
        old="message A { string id = 1; }",
        new="message A { string id = 1; } message B { string id = 1; }",
    ),
    surfaces=_ALL,
    override=INFO,
    because=_NO_CALL,
)
#: A message that is used by itself only: nothing else changes when it goes.
_INNER = "message A { string id = 1; message Tree { repeated Tree children = 1; } }"
TYPE_REMOVED = Rule(
    id="protobuf.message-type-removed",
    mirror="protobuf.message-type-added",
    effect=Effect.REPLACES,
    summary="A message was removed that was part of others, or of calls.",
    message="message {name} was removed",
    why="Generated code lacks it; what was written with it is told of the fields and methods that"
    " used it.",
    fix="Keep it and mark it deprecated.",
    example=Example(
        of="proto",
        old=_INNER,
        new="message A { string id = 1; }",
    ),
    surfaces=SOURCE_ONLY,
)
TYPE_ADDED = Rule(
    id="protobuf.message-type-added",
    mirror="protobuf.message-type-removed",
    effect=Effect.REPLACES,
    summary="A message was added that is part of others, or of calls.",
    message="message {name} was added",
    why="Nobody is hurt; the fields and methods that use it are told of themselves.",
    fix="Nothing to do.",
    example=Example(
        of="proto",
        old="message A { string id = 1; }",
        new=_INNER,
    ),
    surfaces=SOURCE_ONLY,
    override=INFO,
    because=_NO_CALL,
)
ENUM_REMOVED = Rule(
    id="protobuf.enum-removed",
    mirror="protobuf.enum-added",
    effect=Effect.REPLACES,
    summary="An enum was removed.",
    message="enum {name} was removed",
    why="Generated code lacks it; what was written with it is told of the fields that used it.",
    fix="Keep it and mark it deprecated.",
    example=Example(
        of="proto",
        old="enum Size { ANY = 0; } message A { string id = 1; }",
        new="message A { string id = 1; }",
    ),
    surfaces=SOURCE_ONLY,
)
ENUM_ADDED = Rule(
    id="protobuf.enum-added",
    mirror="protobuf.enum-removed",
    effect=Effect.REPLACES,
    summary="An enum was added.",
    message="enum {name} was added",
    why="Nobody is hurt; the fields that use it are told of themselves.",
    fix="Nothing to do.",
    example=Example(
        of="proto",
        old="message A { string id = 1; }",
        new="enum Size { ANY = 0; } message A { string id = 1; }",
    ),
    surfaces=SOURCE_ONLY,
    override=INFO,
    because=_NO_CALL,
)
DEFINITION_MOVED = Rule(
    id="protobuf.definition-moved",
    effect=Effect.REPLACES,
    summary="A definition moved to another file.",
    message="{kind} {name} moved from {old} to {new}",
    why="Code generated from the file, or a file that imports it, lacks the definition.",
    fix="Import the new file publicly from the old one.",
    example=Example(
        of="proto-files",
        old=f'{{"a.proto": "{_A} message B {{ string id = 1; }}", "b.proto": "{_EMPTY}"}}',
        new=f'{{"a.proto": "{_A}", "b.proto": "{_B}"}}',
    ),
    surfaces=SOURCE_ONLY,
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

#: By kind and whether it stands alone: the cards of what went and what came.
_RULES = {
    ("messages", True): (MESSAGE_REMOVED, MESSAGE_ADDED),
    ("messages", False): (TYPE_REMOVED, TYPE_ADDED),
    ("enums", False): (ENUM_REMOVED, ENUM_ADDED),
}
_KINDS = {"messages": "message", "enums": "enum", "services": "service"}


def _code(label: str) -> Use:
    return Use(label=label, side="generated code", direction=Direction.INBOUND)


def files(context: Context) -> Iterator[Root]:
    """Files of the contract that came, went or changed, and what they say of themselves."""
    old, new = context.old, context.new
    answered = set(context.files.values())
    for name in sorted(old.own - context.files.keys()):
        fact = Fact(FILE_REMOVED, _file(old, name), None, {"name": name})
        yield Root(_code(name), fact)
    for name in sorted(new.own - answered):
        fact = Fact(FILE_ADDED, None, _file(new, name), {"name": name})
        yield Root(_code(name), fact)
    for name, other in context.files.items():
        pair = Pair(_file(old, name), _file(new, other))
        moved = _moved(context, name, other)
        if pair.old.value["package"] != pair.new.value["package"]:
            yield from _package(pair, _calls(context, name), moved=moved)
        elif moved:
            fact = told(pair, FILE_MOVED, old=name, new=other)
            yield Root(_code(other), fact)
        for fact in _file_pair(pair):
            yield Root(_code(other), fact)


def _moved(context: Context, name: str, other: str) -> bool:
    """Whether two files that answer to each other are not at the same path."""
    alone = len(context.old.own) == len(context.new.own) == 1
    return name != other and not alone


def _file(side: Model, name: str) -> Node:
    return Node(side.data["files"][name], side, ("files", name))


def _calls(context: Context, name: str) -> list[Use]:
    """The methods of services in an old file that go on in the new one."""
    return [
        Use(label=f"{service}/{method}", side="rpc", direction=Direction.INBOUND)
        for service, value in context.old.data["services"].items()
        if context.old.homes["services", service] == name
        and context.renamed("services", service) in context.new.data["services"]
        for method in value["methods"]
    ]


def _package(pair: Pair, calls: list[Use], *, moved: bool) -> Iterator[Root]:
    if calls:
        rule = SERVICE_PACKAGE_MOVED if moved else SERVICE_PACKAGE_CHANGED
    else:
        rule = PACKAGE_MOVED if moved else PACKAGE_CHANGED
    old, new = pair.old.value["package"] or "(none)", pair.new.value["package"] or "(none)"
    fact = told(pair, rule, "package", old=old, new=new, file=pair.new.pointer[1])
    for use in calls or [_code(str(pair.new.pointer[1]))]:
        yield Root(use, fact)


def _file_pair(pair: Pair) -> Iterator[Fact]:
    old, new = pair.old.value, pair.new.value
    if old["syntax"] != new["syntax"]:
        yield pair.change(SYNTAX_CHANGED, "syntax", old=old["syntax"], new=new["syntax"])
    for option, value in old["options"].items():
        if value != new["options"][option]:
            values = {"option": option, "old": _shown(value), "new": _shown(new["options"][option])}
            yield told(pair, OPTION_CHANGED, "options", option, **values)


def _shown(value: Any) -> str:
    if type(value) is bool:
        return str(value).lower()
    return value or "not set"


def definitions(context: Context) -> Iterator[Root]:
    """Messages, enums and services of the contract that came, went or moved to another file."""
    for kind in ("messages", "enums", "services"):
        before, after = context.old.data[kind], context.new.data[kind]
        names = {name: context.renamed(kind, name) for name in before}
        answered = {name for name in names.values() if name in after}
        gone = [name for name, other in names.items() if other not in after]
        came = [name for name in after if name not in answered]
        if kind != "services":
            yield from _listed(context.old, kind, gone, came=False)
            yield from _listed(context.new, kind, came, came=True)
        for name, other in names.items():
            if other in after:
                yield from _place(context, kind, name, other)


def _listed(side: Model, kind: str, names: list[str], *, came: bool) -> Iterator[Root]:
    """The outermost of what came or went."""
    known = set(names)
    for name in names:
        if side.homes[kind, name] not in side.own or _outer(side, name) in known:
            continue
        node = Node(side.data[kind][name], side, (kind, name))
        alone = kind == "messages" and name not in side.used
        rule = _RULES[kind, alone][came]
        fact = Fact(rule, None if came else node, node if came else None, {"name": name})
        if alone:
            for use in stored(name):
                yield Root(use, fact)
        else:
            yield Root(_code(name), fact)


def _outer(side: Model, name: str) -> str:
    outer = name.rpartition(".")[0]
    return outer if outer in side.data["messages"] else ""


def stored(name: str) -> tuple[Use, Use]:
    """The two uses of what anybody may write: stored data, and readers left behind."""
    return (
        Use(label=name, side="old data", direction=Direction.INBOUND),
        Use(label=name, side="old readers", direction=Direction.OUTBOUND),
    )


def _place(context: Context, kind: str, name: str, other: str) -> Iterator[Root]:
    old, new = context.old.homes[kind, name], context.new.homes[kind, other]
    if old not in context.old.own or context.files.get(old, old) == new:
        return
    if kind != "services" and _outer(context.old, name):
        # It moved with what it is in.
        return
    pair = Pair(
        context.definition(context.old, kind, name), context.definition(context.new, kind, other)
    )
    values = {"kind": _KINDS[kind], "name": other, "old": old, "new": new}
    yield Root(_code(other), told(pair, DEFINITION_MOVED, **values))
