"""The real ``buf breaking``, asked once about many pairs of texts; it needs no network.

Every pair gets a folder and packages of its own in one workspace, so that one run of buf with all
its rules tells of all of them: what it says of a pair has the name of its folder in it.
"""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

CATEGORIES = ("FILE", "PACKAGE", "WIRE_JSON", "WIRE")
PROFILES = {each: f"buf-{each.lower().replace('_', '-')}" for each in CATEGORIES}
BUF = Path(sys.executable).parent / "buf"
_PACKAGE = re.compile(r"^\s*package\s+([\w.]+)\s*;|(?<=;)\s*package\s+([\w.]+)\s*;", re.MULTILINE)
_HEAD = re.compile(r"\s*(?:syntax|edition)\s*=\s*\"[^\"]*\"\s*;")


def run(folder, *arguments):
    environment = {
        **os.environ,
        "HOME": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "BUF_CACHE_DIR": str(folder / "cache"),
    }
    done = subprocess.run(
        [BUF, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode in {0, 100}, done.stderr + done.stdout
    return [json.loads(line) for line in done.stdout.splitlines()]


@functools.cache
def categories(folder):
    """Each rule with the categories that it is in."""
    listed = run(folder, "config", "ls-breaking-rules", "--version", "v2", "--format", "json")
    return {rule["id"]: frozenset(rule["categories"]) for rule in listed}


def workspace(folder, files, imports=()):
    """A workspace of two modules: the contract, and what it imports, which is not checked."""
    modules = [{"path": "contract", "breaking": {"use": list(CATEGORIES)}}]
    parts = {"contract": files}
    if imports:
        modules.append({"path": "imports"})
        parts["imports"] = imports
    for part, texts in parts.items():
        for name, text in dict(texts).items():
            path = folder / part / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    (folder / "buf.yaml").write_text(json.dumps({"version": "v2", "modules": modules}))


def breaking(folder, old, new, imports=()):
    """What buf says against ``new``: dictionaries with ``type``, ``path`` and ``message``."""
    for side, files in (("old", old), ("new", new)):
        workspace(folder / side, files, imports)
    told = run(folder, "breaking", "new", "--against", "old", "--error-format", "json")
    # A file that is imported no longer is still there, in the other module: buf misses it.
    texts = dict(imports)
    packages = {one or two for text in texts.values() for one, two in _PACKAGE.findall(text)}
    missed = [
        '"google/protobuf',
        '"google.protobuf"',
        *(f'"{each}"' for each in (*texts, *packages)),
    ]
    return [
        each
        for each in told
        if "path" in each or not any(name in each["message"] for name in missed)
    ]


def apart(number, files):
    """The files of one pair, in a folder and in packages of their own."""
    name = f"e{number}x"
    found = {}
    for path, text in files.items():
        found[f"{name}/{path}"] = _renamed(text, name)
    return found


def _renamed(text, name):
    """A text with packages, the names that start with them, and imports moved into ``name``."""
    packages = [one or two for one, two in _PACKAGE.findall(text)]
    if not packages:
        head = _HEAD.match(text)
        text = f"{text[: head.end()]} package {name};{text[head.end() :]}"
    for package in packages:
        text = re.sub(rf"(?<=package ){re.escape(package)}\b", f"{name}.{package}", text)
    for package in packages:
        text = re.sub(rf"(?<![\w.]){re.escape(package)}\.(?=[A-Z])", f"{name}.{package}.", text)
    return re.sub(r'(import ")(?!google/)', rf"\1{name}/", text)


def batch(folder, pairs):
    """For each pair of files, a counter of the rules that buf finds broken."""
    sides = [{}, {}]
    for number, pair in enumerate(pairs):
        for side, files in zip(sides, pair, strict=True):
            side.update(apart(number, files))
    counters = [Counter() for _ in pairs]
    for told in breaking(folder, *sides):
        where = told.get("path") or told["message"]
        found = re.search(r"\be(\d+)x", where) or re.search(r"\be(\d+)x", told["message"])
        counters[int(found[1])][told["type"]] += 1
    return counters
