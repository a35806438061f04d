"""The cards of the store and the gate: what may not happen to a contract as a whole.

An example is the state of a repository as JSON, path to text: ``old`` is the base revision,
``new`` the work tree. Every version of the store is taken for locked as it was in ``old``, or as
it is in ``new`` where it is new there; ``"lock"`` says otherwise (nothing is locked, or a sunset).
"""

from __future__ import annotations

from apicheck.model import Direction, Effect, Example, Rule, Severity

__all__ = ["RULES"]

_SPEC = (
    "openapi: 3.0.3\\ninfo: {title: Orders, version: %s}\\npaths:\\n  /orders:\\n    get: {%s}\\n"
)
_OK = "responses: {200: {description: all}}"
_ID = "operationId: list, responses: {200: {description: all}}"
_ONE = _SPEC % ("1.0.0", _OK)
_EMPTY = "openapi: 3.0.3\\ninfo: {title: Orders, version: %s}\\npaths: {}\\n"
_MORE = _ONE.replace("1.0.0", "%s") + "    post: {responses: {201: {description: made}}}\\n"
_AT = "contracts/orders/openapi/"
_ERROR = {Direction.INBOUND: Severity.ERROR, Direction.OUTBOUND: Severity.ERROR}
_WARNING = {Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.WARNING}


def _state(**files: str) -> str:
    """``v1_0_0`` is a version of the store, ``openapi`` a plain file, ``lock`` the lock file."""
    named = {}
    for name, text in files.items():
        version = name[1:].replace("_", ".")
        named[{"lock": "lock", "openapi": "openapi.yaml"}.get(name, f"{_AT}{version}.yaml")] = text
    return "{" + ", ".join(f'"{name}": "{text}"' for name, text in named.items()) + "}"


def _example(old: str, new: str) -> Example:
    return Example(of="store", old=old, new=new, direction=Direction.BOTH)


CHANGED = Rule(
    id="store.released-version-changed",
    effect=Effect.REPLACES,
    summary="A released version of a contract was changed.",
    message="{contract} {version} was released and is not what it was{what}",
    why="Peers have built on this version; the name now means something else, and every"
    " comparison with it is void.",
    fix="Restore the file (git checkout BASE -- PATH) and add the change as a new version:"
    " apicheck contracts add. A version that no other branch has seen is locked anew with:"
    " apicheck contracts lock NAME@VERSION.",
    example=_example(_state(v1_0_0=_ONE), _state(v1_0_0=_SPEC % ("1.0.0", _ID))),
)
REMOVED = Rule(
    id="store.released-version-removed",
    effect=Effect.NARROWS,
    summary="A released version of a contract was removed before its sunset.",
    message="{contract} {version} was removed; {sunset}",
    why="Peers that still use this version can no longer be checked, and were not told when it"
    " would end.",
    fix="Restore the file. To retire a version, announce the date first (apicheck contracts"
    " sunset NAME@VERSION DATE), merge that, and remove the version after the date.",
    example=_example(_state(v1_0_0=_ONE, v1_1_0=_MORE % "1.1.0"), _state(v1_1_0=_MORE % "1.1.0")),
)
RETIRED = Rule(
    id="store.released-version-retired",
    effect=Effect.KEEPS,
    summary="A released version of a contract was removed after its announced sunset.",
    message="{contract} {version} was removed; its sunset was {sunset}",
    why="Peers were told by when to move away, and the date has passed.",
    fix="Nothing to do.",
    example=_example(
        _state(v1_0_0=_ONE, v1_1_0=_MORE % "1.1.0", lock="orders/openapi@1.0.0 until 2001-01-01"),
        _state(v1_1_0=_MORE % "1.1.0"),
    ),
)
SUNSET_SHORTENED = Rule(
    id="store.sunset-shortened",
    effect=Effect.NARROWS,
    summary="The date after which a released version may go was moved nearer or lies behind us.",
    message="the sunset of {contract} {version} is now {new} ({old})",
    why="Peers planned with the date that was announced, or had no notice at all.",
    fix="Give a date in the future, and never an earlier one than was announced.",
    example=_example(
        _state(v1_0_0=_ONE, lock="orders/openapi@1.0.0 until 2099-12-31"),
        _state(v1_0_0=_ONE, lock="orders/openapi@1.0.0 until 2099-01-31"),
    ),
)
NOT_LOCKED = Rule(
    id="store.version-not-locked",
    effect=Effect.KEEPS,
    summary="A version in the store is not in the lock file.",
    message="{contract} {version} is not in {lock}",
    why="A later change to it outside of a pull request would go unnoticed.",
    fix="Run: apicheck contracts lock.",
    example=_example("{}", _state(v1_0_0=_ONE, lock="")),
    override=_WARNING,
    because="Nobody is hurt yet, but the version is not protected.",
)
BUMP_TOO_SMALL = Rule(
    id="store.version-bump-too-small",
    effect=Effect.KEEPS,
    summary="A new version's number rises by less than its changes demand.",
    message="{contract} {new} follows {old} as a {given} step, but its changes are {demanded}",
    why="Peers read from the number whether they can take the new version unseen (SemVer 2.0.0).",
    fix="Name the version as its changes demand, or take the breaking changes out of it.",
    example=_example(_state(v1_0_0=_ONE), _state(v1_0_0=_ONE, v1_0_1=_MORE % "1.0.1")),
    override=_ERROR,
    because="The contract itself may be fine; its number is a false promise.",
)
DECREASED = Rule(
    id="store.version-decreased",
    effect=Effect.KEEPS,
    summary="A new version is lower than every version released before.",
    message="{contract} {new} is new but lower than every released version (the first is {old})",
    why="Nothing precedes it that it could be compared with, and nobody takes it for news.",
    fix="Give it a number above the version that it was made from.",
    example=_example(
        _state(v1_0_0=_ONE), _state(v1_0_0=_ONE, v0_9_0=_ONE.replace("1.0.0", "0.9.0"))
    ),
    override=_ERROR,
    because="No peer is hurt, but the order of versions would be a lie.",
)
MISMATCHED = Rule(
    id="store.version-mismatched",
    effect=Effect.KEEPS,
    summary="A document says another version of itself than the store does.",
    message="{contract} {version} says that it is version {said}",
    why="Whoever reads the document (a portal, a generator) shows the wrong number.",
    fix="Set info.version to the version in the file name before the release.",
    example=_example("{}", _state(v1_0_0=_ONE.replace("1.0.0", "3.0.0"))),
    override=_WARNING,
    because="It misleads people, no programme.",
)
NOT_BUMPED = Rule(
    id="document.version-not-bumped",
    effect=Effect.KEEPS,
    summary="A contract changed, but the version in it did not rise accordingly.",
    message="info.version went from {old} to {new}, but the changes are {demanded}{needed}",
    why="Peers and portals cannot tell the new contract from the old one.",
    fix="Raise info.version.",
    example=_example(_state(openapi=_ONE), _state(openapi=_MORE % "1.0.0")),
    override=_WARNING,
    because="No call fails for it; raise it to an error where you publish by this number.",
)
ADDED = Rule(
    id="contract.added",
    mirror="contract.removed",
    effect=Effect.KEEPS,
    summary="A contract was added.",
    message="the contract {contract} is new",
    why="Nobody is hurt: nobody used it before.",
    fix="Nothing to do.",
    example=_example("{}", _state(openapi=_ONE)),
)
GONE = Rule(
    id="contract.removed",
    mirror="contract.added",
    effect=Effect.NARROWS,
    summary="A contract was removed while operations of it were not past their sunset.",
    message="the contract {contract} was removed",
    why="Every call to its operations fails, or is no longer checked by anybody.",
    fix="Restore the file; mark its operations deprecated with an x-sunset date, and remove it"
    " after that date. If it moved, move it with git mv and little else in the same step.",
    example=_example(_state(openapi=_ONE), "{}"),
)
GONE_AFTER_SUNSET = Rule(
    id="contract.removed-after-sunset",
    mirror="contract.added",
    effect=Effect.KEEPS,
    summary="A contract was removed after the sunset of all its operations.",
    message="the contract {contract} was removed; its last operations had their sunset",
    why="Peers were told by when to move away (RFC 8594), and the dates have passed.",
    fix="Nothing to do.",
    example=_example(
        _state(openapi=_SPEC % ("1.0.0", "deprecated: true, x-sunset: 2001-01-01, " + _OK)), "{}"
    ),
)
INVALID = Rule(
    id="contract.invalid",
    effect=Effect.KEEPS,
    summary="A contract breaks the rules of its own format.",
    message="{problem}",
    why="Tools read such a place in different ways or not at all, so peers do not agree on what"
    " the contract says.",
    fix="Correct the place; the message says which rule of the format it breaks.",
    example=_example("{}", _state(openapi=_EMPTY.replace(", version: %s", ""))),
    override=_ERROR,
    because="Whether a peer is hurt depends on its tools.",
)
STILL_INVALID = Rule(
    id="contract.still-invalid",
    effect=Effect.KEEPS,
    summary="A contract breaks the rules of its own format, as it did in the base revision.",
    message="{problem}",
    why="Tools read such a place in different ways or not at all. It is not this change's fault.",
    fix="Correct the place when there is time.",
    example=_example(
        _state(openapi=_EMPTY.replace(", version: %s", "")),
        _state(openapi=_EMPTY.replace("version: %s", "description: all")),
    ),
    override=_WARNING,
    because="It was there before; a gate that fails for old sins is soon switched off.",
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))
