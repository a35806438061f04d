"""One run as an assertion: what is wrong as a text, or nothing."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apicheck import api, judge
from apicheck.errors import ConfigError
from apicheck.hosting import hosted
from apicheck.judge.policy import Policy, policy_of, threshold
from apicheck.judge.settings import find, load, nearest
from apicheck.report import RenderOptions, named
from apicheck.testing.job import Asked, probed
from apicheck.testing.settings import options_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apicheck.model import Report

__all__ = ["checked"]

_LISTS = ("auth", "second_auth", "header", "operation", "area", "allow_host")
_NUMBERS = {"max_examples": int, "seed": int, "deadline": float, "wait": float}


def checked(target: Any, options: Mapping[str, Any]) -> tuple[Report, str]:
    """The report on an application or a target, and what is wrong with it ("" for nothing)."""
    given = dict(options)
    fail_on = given.pop("fail_on", None)
    path = find(Path.cwd())
    table = {} if path is None else load(path)
    policy = policy_of([(table, str(path))], api.catalogue()) if table else Policy()
    settings = api.Settings(policy=policy)
    asked = _asked(given, table.get("fuzz", {}), "" if path is None else str(path))
    with nullcontext(target) if isinstance(target, str) else hosted(target) as address:
        report, died = probed(address, asked, settings)
    least = threshold(fail_on) if fail_on else settings.policy.fail_on
    wrong = least is not None and judge.worst(report.findings) >= least
    if not wrong and not died:
        return report, ""
    return report, "\n" + named("text")(report, RenderOptions(width=96))


def _asked(given: dict[str, Any], table: Mapping[str, Any], path: str) -> Asked:
    """Options as the run takes them; ConfigError where one is unknown or missing."""
    known = {each.name for each in fields(Asked)} - {"table", "table_path"}
    for name in given:
        if name not in known:
            raise ConfigError("apicheck_fuzz", name, "no such option", nearest(name, known))
    merged = {"phases": "probes", **options_in(table, path), **given}
    if "contract" not in merged:
        raise ConfigError(
            "apicheck_fuzz",
            "contract",
            "is missing",
            'apicheck_fuzz(app, contract="openapi.yaml"), or apicheck_contract in the ini file',
        )
    for name in _LISTS:
        if name in merged:
            said = merged[name]
            merged[name] = (said,) if isinstance(said, str) else tuple(said)
    for name, kind in _NUMBERS.items():
        if isinstance(merged.get(name), str):
            merged[name] = _number(name, merged[name], kind)
    if not isinstance(merged["phases"], str):
        merged["phases"] = ",".join(merged["phases"])
    for name in ("contract", "budget", "ca", "hooks"):
        if merged.get(name) is not None:
            merged[name] = str(merged[name])
    for name in ("safe", "thorough"):
        if isinstance(merged.get(name), str):
            merged[name] = merged[name].lower() in {"1", "true", "yes", "on"}
    return Asked(**merged, table=table, table_path=path)


def _number(name: str, text: str, kind: type[int | float]) -> float:
    try:
        return kind(text)
    except ValueError:
        raise ConfigError("apicheck_fuzz", name, f"{text!r} is no number") from None
