"""What a pact is, apart from where and when it was published.

Two pacts are the same content if their interactions (in any order) and the version of the Pact
specification are the same; then a verification of one is a verification of the other.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from apicheck.broker.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["difference", "identified", "identity", "interactions", "merged", "parsed"]

_KEYS = ("interactions", "messages")
#: Below this a difference is told of the whole value: nobody reads longer paths.
_DEEPEST = 40


def parsed(raw: bytes | str, where: str = "contracts") -> dict[str, Any]:
    """Read a pact; ``Refused`` (400) if it is not JSON, or not an object with interactions."""

    def constant(name: str) -> None:
        raise ValueError(f"{name} is not JSON")

    try:
        pact = json.loads(raw, parse_constant=constant)
        # What cannot be written again cannot be served: lone surrogates, too deep a nesting.
        json.dumps(pact, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as problem:
        raise Refused(400, errors={where: [f"the pact is not valid JSON: {problem}"]}) from None
    if not isinstance(pact, dict):
        raise Refused(400, errors={where: ["the pact must be a JSON object"]})
    for key in _KEYS:
        items = pact.get(key, [])
        if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
            raise Refused(400, errors={where: [f"{key} must be a list of objects"]})
    return pact


def _plain(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _without_id(interaction: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in interaction.items() if key != "_id"}


def _specification(pact: dict[str, Any]) -> str:
    metadata = pact.get("metadata")
    if not isinstance(metadata, dict):
        return ""
    for key in ("pactSpecification", "pact-specification"):
        if isinstance(metadata.get(key), dict):
            return str(metadata[key].get("version", ""))
    return str(metadata.get("pactSpecificationVersion", ""))


def identity(pact: dict[str, Any]) -> str:
    """The SHA-1 of what matters to a verification."""
    parts = [
        [key, sorted(_plain(_without_id(each)) for each in pact[key])]
        for key in _KEYS
        if pact.get(key)
    ]
    text = _plain([parts, _specification(pact)])
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def identified(pact: dict[str, Any]) -> dict[str, Any]:
    """The pact with an ``_id`` in each interaction, which verifiers send back with results."""
    new = dict(pact)
    for key in _KEYS:
        if key in pact:
            new[key] = [
                {
                    **each,
                    "_id": hashlib.sha1(
                        _plain(_without_id(each)).encode(), usedforsecurity=False
                    ).hexdigest(),
                }
                for each in pact[key]
            ]
    return new


def interactions(pact: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each interaction or message with the name people know it by: states and description."""
    for key in _KEYS:
        for each in pact.get(key, []):
            yield _name(each), each


def _name(interaction: dict[str, Any]) -> str:
    states = interaction.get("providerStates") or interaction.get("providerState") or []
    if isinstance(states, str):
        states = [{"name": states}]
    given = " and ".join(
        str(each.get("name", "")) for each in states if isinstance(each, dict) and each.get("name")
    )
    description = str(interaction.get("description", "(no description)"))
    return f"{description} given {given}" if given else description


def difference(old: dict[str, Any], new: dict[str, Any]) -> str:
    """What changed between two contents, a line for each interaction, for people."""
    before, after = dict(interactions(old)), dict(interactions(new))
    lines = [f"- {name}" for name in before if name not in after]
    lines += [f"+ {name}" for name in after if name not in before]
    for name, one in before.items():
        other = after.get(name)
        if other is not None and _plain(_without_id(one)) != _plain(_without_id(other)):
            lines.append(f"~ {name}")
            lines += [f"    {each}" for each in _changes(_without_id(one), _without_id(other), "$")]
    if _specification(old) != _specification(new):
        lines.append(f"~ specification {_specification(old)} -> {_specification(new)}")
    return "\n".join(lines[:60])


def _changes(old: Any, new: Any, at: str, depth: int = 0) -> Iterator[str]:
    if depth >= _DEEPEST:
        if _plain(old) != _plain(new):
            yield f"~ {at}: {_short(old)} -> {_short(new)}"
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            if key not in old:
                yield f"+ {at}.{key}: {_short(new[key])}"
            elif key not in new:
                yield f"- {at}.{key}: {_short(old[key])}"
            else:
                yield from _changes(old[key], new[key], f"{at}.{key}", depth + 1)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _changes(one, other, f"{at}[{index}]", depth + 1)
    elif _plain(old) != _plain(new):
        yield f"~ {at}: {_short(old)} -> {_short(new)}"


def _short(value: Any) -> str:
    text = _plain(value)
    return text if len(text) <= 60 else text[:57] + "..."


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any] | None:
    """Both pacts in one, or None if they say different things of the same interaction."""
    result = {**old, **new}
    for key in _KEYS:
        if key not in old and key not in new:
            continue
        known = {_name(each): each for each in old.get(key, [])}
        for each in new.get(key, []):
            held = known.setdefault(_name(each), each)
            if _plain(_without_id(held)) != _plain(_without_id(each)):
                return None
        result[key] = list(known.values())
    return result
