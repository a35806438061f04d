"""A running provider held against its consumers' pacts, by the verifier of pact-python."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apicheck import judge
from apicheck.errors import SourceError, UnsupportedFeature
from apicheck.model import Bump, Direction, Effect, Example, Report, Rule, Severity, Side
from apicheck.pact.contents import inner
from apicheck.pact.model import Kind
from apicheck.pact.paths import parse_path, shown
from apicheck.pact.told import At, with_consumers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from apicheck.api import Settings
    from apicheck.model import Change
    from apicheck.nodes import Node
    from apicheck.pact.model import Interaction, Pact

__all__ = ["RULES", "Target", "verify"]

_ONE = (
    '{"description": "an item", "request": {"method": "GET", "path": "/items/1"}, "response": %s}'
)


def _example(sent: str) -> Example:
    """``old`` is the interaction, ``new`` what the provider answers."""
    asked = _ONE % '{"status": 200, "body": {"id": 1}}'
    return Example(of="pact", old=asked, new=sent, direction=Direction.OUTBOUND)


FAILED = Rule(
    id="pact.verification-failed",
    effect=Effect.WIDENS,
    summary="The provider answered in another way than a consumer needs.",
    message="{what}: expected {expected}, got {actual}{more}",
    why="The consumer breaks on this answer.",
    fix="Correct the provider, or agree with the consumer on another pact.",
    example=_example('{"status": 200, "body": {"id": "one"}}'),
)
NOT_VERIFIED = Rule(
    id="pact.not-verified",
    effect=Effect.WIDENS,
    summary="An interaction could not be verified at all.",
    message="not verified: {problem}",
    why="Nothing is known of whether the provider does what the consumer needs.",
    fix="Look whether the provider runs, and whether it can be brought into the state.",
    example=_example("nobody listens"),
)
PENDING_FAILED = Rule(
    id="pact.pending-verification-failed",
    effect=Effect.WIDENS,
    summary="The provider does not do yet what a pending interaction asks for.",
    message="{what}: expected {expected}, got {actual}{more}",
    why="The consumer cannot be deployed before the provider does.",
    fix="Teach the provider, when it is time.",
    example=_example('{"status": 404}'),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="A pending interaction never was verified, so that nothing that worked is broken.",
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The provider: its name in the pacts, and where it runs.

    ``state_url`` is asked (POST, JSON with state, params and action) to bring it into a state.
    ``headers`` are added to every request. Times are in seconds.
    """

    provider: str
    url: str
    state_url: str = ""
    teardown: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    timeout: float = 600
    request_timeout: float = 5


def verify(pacts: Sequence[Pact], target: Target, settings: Settings) -> Report:
    """Verify the HTTP interactions of pacts; SourceError where it cannot be done at all."""
    chosen = [each for each in pacts if each.provider == target.provider]
    if not chosen:
        names = ", ".join(sorted({each.provider for each in pacts})) or "none"
        raise SourceError(
            target.provider, "is the provider of none of these pacts", f"they name: {names}"
        )
    with tempfile.TemporaryDirectory(prefix="apicheck-pact-") as folder:
        files = list(_copies(chosen, Path(folder)))
        results = _run(files, target, Path(folder)) if files else {"interactionResults": []}
    listed = results.get("interactionResults") or []
    if files and not listed:
        errors = [_words(each.get("mismatch")) for each in results.get("errors") or ()]
        raise SourceError(target.url, "; ".join(errors) or "the verifier gave no results")
    findings = with_consumers(
        judge.judge(
            _changes(listed, chosen),
            settings.policy,
            settings.today,
            baseline=settings.baseline,
            places_from=settings.places_from,
        )
    )
    passed = sum(each.get("result") == "OK" for each in listed)
    notes = [f"{passed} of {len(listed)} interactions of {len(chosen)} pacts hold"]
    messages = sum(each.kind is not Kind.HTTP for pact in chosen for each in pact.interactions)
    if messages:
        notes.append(f"{messages} messages were not verified: the target speaks HTTP")
    return Report(
        command="pact verify",
        old=Side(source=", ".join(p.document.source for p in chosen), format="pact", version=""),
        new=Side(source=target.url, format="provider", version=""),
        summary=replace(judge.summarise(findings, identical=False), bump=Bump.NONE),
        findings=findings,
        notes=tuple(notes),
    )


def _copies(pacts: Sequence[Pact], folder: Path) -> Iterator[str]:
    """Pact files with the HTTP interactions alone, which are all that the target can be asked."""
    for number, pact in enumerate(pacts):
        kept = [each.node.value for each in pact.interactions if each.kind is Kind.HTTP]
        if kept:
            data = {key: each for key, each in pact.document.data.items() if key != "messages"}
            path = folder / f"{number}.json"
            path.write_text(json.dumps({**data, "interactions": kept}), encoding="utf-8")
            yield str(path)


def _run(files: list[str], target: Target, folder: Path) -> dict[str, Any]:
    """What the verifier found, from a child process without telemetry."""
    from importlib.util import find_spec

    if find_spec("pact") is None:
        raise UnsupportedFeature(
            "verifying pacts needs pact-python", "pact", hint="pip install 'apicheck-toolkit[pact]'"
        )
    job = {
        "provider": target.provider,
        "url": target.url,
        "state_url": target.state_url,
        "teardown": target.teardown,
        "headers": target.headers,
        "pacts": files,
        "request_timeout": int(target.request_timeout * 1000),
    }
    answer = folder / "results"
    try:
        done = subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, "-m", "apicheck.pact.child", str(answer)],
            input=json.dumps(job).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=target.timeout,
            env={**os.environ, "PACT_DO_NOT_TRACK": "true"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SourceError(
            target.url, f"was not verified within {target.timeout:g} seconds", "see --timeout"
        ) from None
    if not answer.is_file():
        said = done.stdout.decode(errors="replace").strip().splitlines()[-3:]
        raise SourceError(target.url, f"the verifier died ({done.returncode}): {' / '.join(said)}")
    found = json.loads(answer.read_text(encoding="utf-8"))
    if "problem" in found:
        raise SourceError(target.url, f"the verifier cannot be used: {found['problem']}")
    results: dict[str, Any] = found["results"]
    return results


def _changes(listed: list[dict[str, Any]], pacts: Sequence[Pact]) -> Iterator[Change]:
    for each in listed:
        at = _met(each, pacts)
        if at is None or each.get("result") == "OK":
            continue
        mismatch = each.get("mismatch") or {}
        request = at.interaction.request
        where = at.interaction.label if request is None else f"{request.method} {request.path}"
        found = mismatch.get("mismatches")
        if not found:
            yield at.change(
                NOT_VERIFIED,
                where,
                at.interaction.node,
                problem=_words(mismatch) or "no reason given",
            )
            continue
        rule = PENDING_FAILED if each.get("pending") else FAILED
        for one in found:
            what, steps, seen = _place(one, at.interaction)
            label = f"{where} {what}" if not steps else f"{where} {what} > {shown(steps)}"
            text = str(one.get("mismatch") or "")
            yield at.change(
                rule,
                label,
                seen,
                steps=steps,
                what=shown(steps) if steps else what,
                expected=_short(one.get("expected")),
                actual=_short(one.get("actual")),
                more=f" ({_short(text)})" if text else "",
            )


def _met(result: dict[str, Any], pacts: Sequence[Pact]) -> At | None:
    """The interaction that a result is about."""
    states = sorted(map(str, result.get("providerStates") or ()))
    for pact in pacts:
        if result.get("consumer", pact.consumer) != pact.consumer:
            continue
        for each in pact.interactions:
            named = each.description == result.get("description")
            if named and sorted(state.name for state in each.states) == states:
                return At(pact=pact, interaction=each)
    return None


def _place(
    mismatch: dict[str, Any], interaction: Interaction
) -> tuple[str, tuple[str | int, ...], Node]:
    """What does not fit: in words, as steps in the body, and as a place of the pact."""
    response = interaction.response
    node = interaction.node if response is None else response.node
    kind = str(mismatch.get("type") or "")
    if kind == "BodyMismatch" and response is not None and response.body is not None:
        steps = parse_path(str(mismatch.get("path") or "$"))
        return "response body", steps, inner(response.body.node, steps)
    if kind == "StatusMismatch":
        return "response status", (), node.get("status") or node
    if kind == "HeaderMismatch":
        return f"response header {mismatch.get('key', '')}".strip(), (), node.get("headers") or node
    if kind == "BodyTypeMismatch":
        return "response media type", (), node
    return f"response {kind.removesuffix('Mismatch').lower()}".strip(), (), node


def _words(mismatch: Any) -> str:
    if not isinstance(mismatch, dict):
        return ""
    return _short(mismatch.get("message") or mismatch.get("mismatch") or "")


def _short(value: Any) -> str:
    text = " ".join((value if isinstance(value, str) else json.dumps(value)).split())
    return text if len(text) <= 120 else f"{text[:119]}…"
