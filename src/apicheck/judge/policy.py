"""How loud each rule is and what is let pass: layers of settings, the last that speaks wins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from apicheck.errors import ConfigError
from apicheck.judge.selectors import Selector, parse, places_match, plain
from apicheck.judge.settings import at, levels, nearest
from apicheck.judge.waivers import Waiver
from apicheck.judge.waivers import read as read_waivers
from apicheck.model import Direction, Severity, Surface

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from apicheck.judge.settings import Settings
    from apicheck.model import Change, Profile, Rule, Use

__all__ = ["COMPATIBILITY", "Layer", "Policy", "layer_of_flags", "policy_of", "with_profile"]

_LEVELS = {
    "error": Severity.ERROR,
    "warning": Severity.WARNING,
    "info": Severity.INFO,
    "off": Severity.OFF,
}
#: Word of the settings -> the directions that count.
COMPATIBILITY = {
    "backward": frozenset({Direction.INBOUND}),
    "forward": frozenset({Direction.OUTBOUND}),
    "full": frozenset({Direction.INBOUND, Direction.OUTBOUND}),
    "none": frozenset(),
}
TRANSITIVE = "-transitive"
_OVERRIDE_KEYS = ("paths", "rules")
_DEFAULT_SURFACES = frozenset({Surface.WIRE, Surface.JSON})


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Severities of one source of settings; ``paths`` empty means everywhere."""

    rules: tuple[tuple[Selector, Severity], ...]
    paths: tuple[str, ...] = ()

    def severity(self, change: Change, part: Use) -> Severity | None:
        """What this layer says of a change for one operation and direction that it reaches.

        An exact id wins over a group, and a later line over an earlier one.
        """
        if self.paths and not any(places_match(each, change, part) for each in self.paths):
            return None
        said: Severity | None = None
        exact = False
        for selector, severity in self.rules:
            if not selector.matches(change.rule, part.direction):
                continue
            precise = selector.pattern == change.rule.id
            if precise or not exact:
                said, exact = severity, exact or precise
        return said


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Everything that judging needs to know of the user's wishes."""

    layers: tuple[Layer, ...] = ()
    surfaces: frozenset[Surface] = _DEFAULT_SURFACES
    waivers: tuple[Waiver, ...] = ()
    fail_on: Severity | None = Severity.ERROR
    #: The directions that count where a contract does not say who sends; both, if not said.
    compatibility: frozenset[Direction] | None = None
    #: How loud a break is that hurts no consumer whose pact is known; None: as any other.
    unused_breaks: Severity | None = None
    #: Consumers whose pacts must be known, and days that pacts must be known for, before a break
    #: is taken to hurt nobody.
    known_consumers: tuple[str, ...] = ()
    unused_days: int = 0
    #: Whether every older version counts, not only the last (for logs that are replayed).
    transitive: bool = False
    #: Names of the profiles asked for; ``with_profile`` takes one in.
    profiles: tuple[str, ...] = ()
    #: Whether the severities of another tool are wanted: proofs then change none of them.
    imitates: bool = False

    @property
    def by_operation(self) -> bool:
        """Whether some of the settings speak of places and not of all."""
        return any(layer.paths for layer in self.layers) or any(
            waiver.path for waiver in self.waivers
        )

    def severity(self, change: Change, part: Use) -> Severity | None:
        """The severity that the settings give a part of a change; None where they say nothing."""
        for layer in reversed(self.layers):
            said = layer.severity(change, part)
            if said is not None:
                return said
        return None


def policy_of(
    settings: Sequence[tuple[Settings, str]], catalogue: Iterable[Rule], flags: Layer | None = None
) -> Policy:
    """The policy of several files of settings (weakest first), and of command-line flags."""
    rules = tuple(catalogue) if any(_names_rules(each) for each, _ in settings) else ()
    layers: list[Layer] = []
    waivers: list[Waiver] = []
    surfaces = _DEFAULT_SURFACES
    fail_on: Severity | None = Severity.ERROR
    compatibility, transitive = None, False
    unused_breaks: Severity | None = None
    known_consumers: tuple[str, ...] = ()
    unused_days = 0
    profiles: tuple[str, ...] = ()
    for each, path in settings:
        if "rules" in each:
            layers.append(Layer(rules=_severities(each["rules"], rules, path)))
        layers += [_override(one, rules, path) for one in each.get("overrides", ())]
        waivers += read_waivers(each.get("waivers", ()), rules, path)
        if "surfaces" in each:
            surfaces = frozenset(Surface(word) for word in each["surfaces"])
        if "fail-on" in each:
            fail_on = threshold(each["fail-on"])
        if "compatibility" in each:
            word = each["compatibility"].removesuffix(TRANSITIVE)
            compatibility, transitive = COMPATIBILITY[word], word != each["compatibility"]
        if "unused-breaks" in each:
            level = _LEVELS[each["unused-breaks"]]
            unused_breaks = None if level is Severity.ERROR else level
        known_consumers = tuple(each.get("known-consumers", known_consumers))
        unused_days = each.get("unused-days", unused_days)
        if "profile" in each:
            said = each["profile"]
            profiles = (said,) if isinstance(said, str) else tuple(said)
    if flags is not None:
        layers.append(flags)
    return Policy(
        layers=tuple(layers),
        surfaces=surfaces,
        waivers=tuple(waivers),
        fail_on=fail_on,
        compatibility=compatibility,
        transitive=transitive,
        unused_breaks=unused_breaks,
        known_consumers=known_consumers,
        unused_days=unused_days,
        profiles=profiles,
    )


def with_profile(policy: Policy, profile: Profile) -> Policy:
    """The policy with the severities of a profile beneath its own layers."""
    layer = Layer(rules=tuple((plain(name), level) for name, level in profile.levels.items()))
    compatibility = policy.compatibility
    if compatibility is None and profile.compatibility is not None:
        both = profile.compatibility is Direction.BOTH
        compatibility = COMPATIBILITY["full"] if both else frozenset({profile.compatibility})
    return replace(
        policy,
        layers=(layer, *policy.layers),
        surfaces=profile.surfaces,
        compatibility=compatibility,
        imitates=True,
    )


def threshold(word: str) -> Severity | None:
    """The severity from which a run fails; None for ``never``."""
    return None if word == "never" else _LEVELS[word]


def layer_of_flags(flags: Iterable[str], catalogue: Iterable[Rule]) -> Layer:
    """``RULE=LEVEL`` given on the command line."""
    table: dict[str, str] = {}
    for flag in flags:
        name, equals, level = flag.partition("=")
        if not equals or level not in _LEVELS:
            raise ConfigError(
                "--severity", flag, "is not of the form RULE=LEVEL", nearest(level, _LEVELS)
            )
        table[name] = level
    return Layer(rules=_severities(table, tuple(catalogue), "--severity"))


def _names_rules(settings: Settings) -> bool:
    return any(key in settings for key in ("rules", "overrides", "waivers"))


def _severities(
    table: dict[str, str], catalogue: tuple[Rule, ...], path: str
) -> tuple[tuple[Selector, Severity], ...]:
    return tuple((parse(name, catalogue, path), _LEVELS[level]) for name, level in table.items())


def _override(table: dict[str, Any], catalogue: tuple[Rule, ...], path: str) -> Layer:
    for key in table:
        if key not in _OVERRIDE_KEYS:
            raise ConfigError(
                at(path, key), f"overrides.{key}", "no such setting", nearest(key, _OVERRIDE_KEYS)
            )
    paths, rules = table.get("paths"), table.get("rules")
    if not isinstance(paths, list) or not paths or not all(isinstance(p, str) for p in paths):
        raise ConfigError(
            at(path, "overrides"), "overrides.paths", "takes a list of patterns of places"
        )
    if not isinstance(rules, dict) or not levels(rules):
        raise ConfigError(
            at(path, "overrides"),
            "overrides.rules",
            "takes a table of rule = error, warning, info or off",
        )
    return Layer(rules=_severities(rules, catalogue, path), paths=tuple(paths))
