"""Known findings: a file of fingerprints, so that only new ones count."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from apicheck.errors import ConfigError
from apicheck.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from apicheck.model import Finding

__all__ = ["REASON", "read", "write"]

REASON = "in the baseline"
_SCHEMA = "apicheck-baseline/1"


def read(path: Path) -> frozenset[str]:
    """The fingerprints in a baseline file."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise ConfigError(
            str(path),
            "baseline",
            f"cannot be read: {problem.strerror}",
            "write it: --write-baseline",
        ) from None
    except ValueError as problem:
        raise ConfigError(str(path), "baseline", f"not valid JSON: {problem}") from None
    if not isinstance(data, dict) or data.get("schema") != _SCHEMA:
        raise ConfigError(str(path), "baseline", f"is no baseline file ({_SCHEMA})")
    known = data.get("findings")
    if not isinstance(known, dict):
        raise ConfigError(str(path), "baseline", "has no table of findings")
    return frozenset(map(str, known))


def write(path: Path, findings: Iterable[Finding]) -> int:
    """Write the findings that count now; how many they are.

    One line each, sorted, so that a change of the file can be read in review.
    """
    known = {
        each.fingerprint: f"{each.rule.id}: {each.location.label}: {each.message}"
        for each in findings
        if each.severity >= Severity.WARNING
        and (each.waived is None or each.waived.reason == REASON)
    }
    lines = [f"    {json.dumps(key)}: {json.dumps(known[key])}" for key in sorted(known)]
    body = "{\n" + ",\n".join(lines) + "\n  }" if lines else "{}"
    text = f'{{\n  "schema": "{_SCHEMA}",\n  "findings": {body}\n}}\n'
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise ConfigError(str(path), "baseline", f"cannot be written: {problem.strerror}") from None
    return len(known)
