"""Interactions played against a provider: the verifier of pact-python, in a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apicheck.errors import MissingExtra, SourceError
from apicheck.pact.model import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from apicheck.pact.model import Interaction, Pact

__all__ = ["Played", "Run", "Target", "play"]

#: How the verifier names a copy of ours.
_COPY = re.compile(r"'?[^\s']*[/\\](\d+)-(?:interactions|messages)-\w+\.json'?")
_SILENCE = "the verifier says nothing of it"
#: Bytes of the child's stderr that are looked at.
_KEPT = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The provider: its name in the pacts, and who answers for it.

    ``url`` is where it runs, or ``app`` (``module:app``) is served below ``base``. ``states`` and
    ``messages`` are modules or files of functions; ``state_url`` is asked instead (POST, JSON with
    state, params and action). ``headers`` are added to every request. Times are in seconds.
    """

    provider: str
    url: str = ""
    app: str = ""
    base: str = ""
    states: str = ""
    messages: str = ""
    state_url: str = ""
    teardown: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    timeout: float = 600
    request_timeout: float = 5

    @property
    def named(self) -> str:
        """What a report calls it."""
        return self.url or self.app or self.messages

    def missing(self, pact: Pact, interaction: Interaction) -> str:
        """Why the provider cannot be asked about an interaction; "" if it can."""
        if "pluginConfiguration" in interaction.node.value or _plugin_content(interaction):
            plugins = ", ".join(_plugins(pact)) or "a plugin"
            return f"it needs {plugins}, and plugins are not supported"
        if interaction.kind is Kind.HTTP:
            return "" if self.url or self.app else "--target does not say where the provider runs"
        return "" if self.messages else "--messages does not say who makes the message"


def _plugins(pact: Pact) -> list[str]:
    metadata = pact.document.data.get("metadata")
    listed = metadata.get("plugins") if isinstance(metadata, dict) else None
    return [
        f"the plugin {each.get('name')} {each.get('version', '')}".rstrip()
        for each in (listed if isinstance(listed, list) else ())
        if isinstance(each, dict)
    ]


def _plugin_content(interaction: Interaction) -> bool:
    """Whether a transport is asked for that only a plugin has."""
    transport = interaction.node.value.get("transport")
    return transport not in {None, "", "http", "https", "message"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What became of one interaction: why it could not be verified, or what did not fit."""

    problem: str = ""
    mismatches: tuple[dict[str, Any], ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """All that was played, by number of the pact and of the interaction.

    ``said`` is the last line that an application wrote to stderr.
    """

    played: Mapping[tuple[int, int], Played]
    said: str = ""


def play(pacts: Sequence[Pact], target: Target) -> Run:
    """Play all that the target can be asked; SourceError where nothing can be played at all."""
    asked = {
        (number, index): each
        for number, pact in enumerate(pacts)
        for index, each in enumerate(pact.interactions)
        if not target.missing(pact, each)
    }
    if not asked:
        return Run(played={})
    with tempfile.TemporaryDirectory(prefix="apicheck-pact-") as folder:
        http = list(_copies(pacts, asked, Path(folder), http=True))
        messages = list(_copies(pacts, asked, Path(folder), http=False))
        descriptions = {_key(*key): each.description for key, each in asked.items()}
        found = _run(target, http, messages, descriptions, Path(folder))
    listed: list[dict[str, Any]] = [
        each for results in found["results"] for each in results.get("interactionResults") or ()
    ]
    errors = [
        _words(each.get("mismatch"))
        for results in found["results"]
        for each in results.get("errors") or ()
    ]
    unread = {number: text for text in errors for number in _about(text)}
    if not listed:
        text = "; ".join(errors) or "the verifier gave no results"
        for number in unread:
            text = _COPY.sub(pacts[number].document.source, text)
        raise SourceError(target.named, text)
    by_key = {str(each.get("interactionId")): each for each in listed}
    played = {
        key: _played(each, by_key.get(_key(*key)), found["problems"], _key(*key), target)
        for key, each in asked.items()
    }
    for (number, index), each in played.items():
        if _key(number, index) not in by_key and number in unread:
            text = _COPY.sub("it", unread[number])
            played[number, index] = Played(problem=each.problem.replace(_SILENCE, text))
    return Run(played=played, said=found["said"] if target.app else "")


def _about(text: str) -> list[int]:
    """The pacts whose copies an error names."""
    return [int(each[1]) for each in _COPY.finditer(text)]


def _key(number: int, index: int) -> str:
    """What the verifier calls an interaction: descriptions may be there twice, this is not."""
    return f"{number}.{index}"


def _copies(
    pacts: Sequence[Pact],
    asked: Mapping[tuple[int, int], Interaction],
    folder: Path,
    *,
    http: bool,
) -> Iterator[str]:
    """Pact files with what the target can be asked, each interaction under its key."""
    for number, pact in enumerate(pacts):
        kept = [
            {**each.node.value, "_id": _key(number, index), "description": _key(number, index)}
            for index, each in enumerate(pact.interactions)
            if (number, index) in asked and (each.kind is Kind.HTTP) is http
        ]
        if not kept:
            continue
        others = ("interactions", "messages", "_links", "createdAt")
        data = {key: each for key, each in pact.document.data.items() if key not in others}
        # Before version 4, messages have a list of their own.
        section = "interactions" if http or pact.version == 4 else "messages"
        path = folder / f"{number}-{section}-{'http' if http else 'message'}.json"
        path.write_text(json.dumps({**data, section: kept}), encoding="utf-8")
        yield str(path)


def _run(
    target: Target,
    http: list[str],
    messages: list[str],
    descriptions: Mapping[str, str],
    folder: Path,
) -> dict[str, Any]:
    """What the verifier found, from a child process without telemetry."""
    from importlib.util import find_spec

    if find_spec("pact") is None:
        raise MissingExtra("verifying pacts needs pact-python", "pact", "pact")
    job = {
        "provider": target.provider,
        "url": target.url,
        "app": target.app,
        "base": target.base,
        "states": target.states,
        "messages": target.messages,
        "state_url": target.state_url,
        "teardown": target.teardown,
        "headers": target.headers,
        "http": http,
        "messages_of": messages,
        "descriptions": descriptions,
        "request_timeout": int(target.request_timeout * 1000),
    }
    answer, said = folder / "results", folder / "said"
    code = _child(target, json.dumps(job).encode(), answer, said)
    lines = _tail(said)
    if not answer.is_file():
        last = " / ".join(lines[-3:])
        ended = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        raise SourceError(
            target.named, f"the process of provider and verifier {ended} before it was done", last
        )
    found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    if "problem" in found:
        source, colon, problem = str(found["problem"]).partition(": ")
        if found.get("ours") and colon:
            raise SourceError(
                source, problem, _reason(lines) if "does not start" in problem else ""
            )
        raise SourceError(target.named, f"the verifier cannot be used: {found['problem']}")
    return {**found, "said": lines[-1] if lines else ""}


def _reason(lines: list[str]) -> str:
    """The last exception in what a process said."""
    named = re.compile(r"(?:ERROR: +)?([\w.]*(?:Error|Exception)\b.*)")
    found = (named.match(each) for each in reversed(lines))
    return next((each[1] for each in found if each), lines[-1] if lines else "")


def _surroundings() -> dict[str, str]:
    """No telemetry, and no proxy between processes of this machine."""
    found = {"PACT_DO_NOT_TRACK": "true"}
    for name in ("NO_PROXY", "no_proxy"):
        known = os.environ.get(name, "")
        found[name] = ",".join(each for each in (known, "127.0.0.1", "localhost") if each)
    return found


def _tail(path: Path) -> list[str]:
    """The last lines of what was said, which may be any amount."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _KEPT))
        return file.read().decode(errors="replace").strip().splitlines()


def _child(target: Target, job: bytes, answer: Path, said: Path) -> int:
    """Run the child, in a group of its own that is ended with it; gives its exit code."""
    with said.open("wb") as output:
        child = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "apicheck.pact.child", str(answer)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,  # the verifier's own report
            stderr=output,
            env={**os.environ, **_surroundings()},
            start_new_session=True,
        )
        assert child.stdin is not None
        given = child.stdin
        try:
            with suppress(BrokenPipeError):
                given.write(job + b"\n")
                given.flush()
            # Its stdin stays open: when we are killed, it sees the end of it and ends.
            child.wait(target.timeout)
        except subprocess.TimeoutExpired:
            raise SourceError(
                target.named, f"was not verified within {target.timeout:g} seconds", "see --timeout"
            ) from None
        finally:
            with suppress(OSError):
                if os.name == "posix":
                    os.killpg(child.pid, signal.SIGKILL)
                else:
                    child.kill()
            child.wait()
            with suppress(BrokenPipeError):
                given.close()
    return child.returncode


def _played(
    interaction: Interaction,
    result: dict[str, Any] | None,
    problems: Mapping[str, str],
    key: str,
    target: Target,
) -> Played:
    """What became of an interaction. What went wrong in our own functions comes first."""
    states = [json.dumps([s.name, dict(s.parameters)], sort_keys=True) for s in interaction.states]
    for each in (key, *(states or [json.dumps(["", {}])])):
        if each in problems:
            return Played(problem=problems[each])
    if result is None:
        return Played(problem=_SILENCE)
    if result.get("result") == "OK":
        return Played()
    mismatch = result.get("mismatch") or {}
    found = mismatch.get("mismatches")
    if found:
        return Played(mismatches=tuple(found))
    problem = _words(mismatch) or "no reason given"
    late = f"within {target.request_timeout:g} s (--request-timeout)"
    if "state change" in problem:
        problem = f"a state was not set {late}"
    elif "sending request" in problem and _seconds(result) >= target.request_timeout:
        problem = f"no answer {late}"
    return Played(problem=problem)


def _seconds(result: Mapping[str, Any]) -> float:
    """How long it took: the verifier writes ``26ms`` or ``1.006s``."""
    text = str(result.get("duration") or "")
    try:
        if text.endswith("ms"):
            return float(text.removesuffix("ms")) / 1000
        return float(text.removesuffix("s"))
    except ValueError:
        return 0.0


def _words(mismatch: Any) -> str:
    if not isinstance(mismatch, dict):
        return ""
    return " ".join(str(mismatch.get("message") or mismatch.get("mismatch") or "").split())
