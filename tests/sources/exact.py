"""Slow and exact: where every member of a JSON or YAML text stands, by pointer.

A place is (line, column, width) from 1; that of a member is its key, that of an item of a block
sequence its dash, that of any other item its first character.
"""

from __future__ import annotations

import re
from bisect import bisect_left

import yaml

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_WORD = re.compile(r"[^\s,\]}]+")


def line_and_column(text, offset):
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def json_places(text):
    """Every place of a JSON text: a scanner that reads each character once."""
    import json

    offsets = {}
    at = 0

    def space():
        nonlocal at
        while at < len(text) and text[at] in " \t\r\n\ufeff":
            at += 1

    def token(pattern):
        nonlocal at
        match = pattern.match(text, at)
        at = match.end()
        return match.group()

    def value(pointer):
        nonlocal at
        if text[at] == '"':
            token(_STRING)
        elif text[at] not in "{[":
            token(_WORD)
        else:
            named = text[at] == "{"
            count = 0
            at += 1
            space()
            while text[at] not in "}]":
                start, width, step = at, 1, count
                if named:
                    word = token(_STRING)
                    width, step = len(word), json.loads(word)
                    space()
                    at += 1
                    space()
                offsets[*pointer, step] = (start, width)
                value((*pointer, step))
                count += 1
                space()
                if text[at] == ",":
                    at += 1
                    space()
            at += 1

    space()
    value(())
    return _lines(text, offsets)


def yaml_places(text):
    """Every place of a YAML text, by the marks of the parser's nodes; through no alias."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    dashes = [
        each.start_mark.index
        for each in yaml.scan(text, Loader=loader)
        if isinstance(each, yaml.BlockEntryToken)
    ]
    offsets = {}
    seen = set()

    def visit(node, pointer):
        if id(node) in seen:
            return
        if isinstance(node, yaml.CollectionNode):
            seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            for key, child in node.value:
                start = key.start_mark.index
                if key.value != "<<":
                    offsets[*pointer, key.value] = (start, key.end_mark.index - start)
                    visit(child, (*pointer, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for index, child in enumerate(node.value):
                start = child.start_mark.index
                if not node.flow_style:
                    start = dashes[bisect_left(dashes, start) - 1]
                if id(child) not in seen:
                    offsets[*pointer, index] = (start, 1)
                visit(child, (*pointer, index))

    visit(yaml.compose(text, Loader=loader), ())
    return _lines(text, offsets)


def _lines(text, offsets):
    starts = [0, *(each.end() for each in re.finditer("\n", text))]
    from bisect import bisect_right

    found = {}
    for pointer, (offset, width) in offsets.items():
        line = bisect_right(starts, offset)
        found[pointer] = (line, offset - starts[line - 1] + 1, width)
    return found
