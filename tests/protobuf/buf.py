"""The real ``buf breaking``, asked about two folders of texts; it needs no network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

CATEGORIES = ("FILE", "PACKAGE", "WIRE_JSON", "WIRE")
PROFILES = {each: f"buf-{each.lower().replace('_', '-')}" for each in CATEGORIES}
BUF = Path(sys.executable).parent / "buf"


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def workspace(folder, files, imports):
    """A workspace of two modules: the contract and what it imports, which is not checked."""
    write(folder / "contract", files)
    (folder / "imports").mkdir(parents=True)
    write(folder / "imports", imports)
    modules = [{"path": "contract"}, *([{"path": "imports"}] if imports else [])]
    (folder / "buf.yaml").write_text(json.dumps({"version": "v2", "modules": modules}))


def breaking(folder, old, new, category, imports=None):
    """The rules that buf says are broken, a name for each annotation; None if it cannot read."""
    for side, files in (("old", old), ("new", new)):
        if not (folder / side).exists():
            workspace(folder / side, files, imports or {})
    config = {"version": "v2", "breaking": {"use": [category]}}
    modules = [{"path": "contract", "breaking": {"use": [category]}}]
    if imports:
        modules.append({"path": "imports", "breaking": {"use": [category]}})
    config = {"version": "v2", "modules": modules}
    environment = {
        **os.environ,
        "HOME": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "BUF_CACHE_DIR": str(folder / "cache"),
    }
    for side in ("old", "new"):
        (folder / side / "buf.yaml").write_text(json.dumps(config))
    done = subprocess.run(
        [BUF, "breaking", "new", "--against", "old", "--error-format", "json"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in {0, 100}:
        raise AssertionError(done.stderr + done.stdout)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return sorted(each["type"] for each in found)
