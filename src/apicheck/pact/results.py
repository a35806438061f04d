"""What was found of each interaction, in the form that brokers keep: ``testResults``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from apicheck.model import Finding
    from apicheck.pact.model import Interaction, Pact
    from apicheck.pact.verify import Outcome

__all__ = ["of_comparison", "of_outcome"]

_ATTRIBUTES = {
    "StatusMismatch": "status",
    "HeaderMismatch": "header",
    "BodyMismatch": "body",
    "BodyTypeMismatch": "body",
    "MetadataMismatch": "metadata",
}


def of_outcome(outcome: Outcome) -> tuple[dict[str, Any], ...]:
    """The results of a verification; ``exceptions`` say why something could not be verified."""
    found = []
    for each in outcome.checked:
        result = _result(each.interaction, success=each.holds)
        if each.problem:
            result["exceptions"] = [{"message": each.problem}]
        if each.mismatches:
            result["mismatches"] = [_mismatch(one) for one in each.mismatches]
        found.append(result)
    return tuple(found)


def _mismatch(one: dict[str, Any]) -> dict[str, str]:
    kind = str(one.get("type") or "")
    said = one.get("mismatch") or f"expected {one.get('expected')}, got {one.get('actual')}"
    found = {
        "attribute": _ATTRIBUTES.get(kind, kind.removesuffix("Mismatch").lower() or "response"),
        "identifier": str(one.get("path") or one.get("key") or ""),
        "description": str(said),
    }
    return {key: value for key, value in found.items() if value}


def of_comparison(
    pact: Pact, findings: Iterable[Finding]
) -> tuple[tuple[dict[str, Any], ...], bool]:
    """The results of comparing a pact with a contract, and whether all of it is allowed.

    A finding counts if it is an error that nobody waived.
    """
    from apicheck.model import Severity

    counted: dict[str, list[Finding]] = {}
    for each in findings:
        path = each.location.path
        about = path[:2] == (pact.consumer, pact.provider) and len(path) > 2
        if about and each.severity is Severity.ERROR and each.waived is None:
            counted.setdefault(path[2], []).append(each)
    results = []
    for interaction in pact.interactions:
        wrong = counted.get(interaction.label, [])
        result = _result(interaction, success=not wrong)
        if wrong:
            result["mismatches"] = [
                {
                    "attribute": each.rule.id,
                    "identifier": each.location.label,
                    "description": each.message,
                }
                for each in wrong
            ]
        results.append(result)
    return tuple(results), not counted


def _result(interaction: Interaction, *, success: bool) -> dict[str, Any]:
    known = interaction.node.value.get("_id")
    found = {"interactionDescription": interaction.label, "success": success}
    return {"interactionId": known, **found} if isinstance(known, str) else found
