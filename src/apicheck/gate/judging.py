"""Judging several contracts in one report: each with its policy, waivers counted over all."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from apicheck import api, judge
from apicheck.model import Bump

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from apicheck.api import Settings
    from apicheck.judge.policy import Policy
    from apicheck.model import Change, Contract, Finding

__all__ = ["Judging", "Outcome"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one contract. ``bump`` is the step that its version still owes."""

    contract: str
    findings: tuple[Finding, ...] = ()
    bump: Bump = Bump.NONE
    compared: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """Judges changes by the policy of their service, and remembers which waivers were of use.

    The policy of a service has the waivers of the settings first, then its own.
    """

    settings: Settings
    policy_of: Callable[[str], Policy]
    _used: dict[str, set[int]] = field(default_factory=dict)

    def findings(
        self,
        changes: Iterable[Change],
        contract: str,
        service: str = "",
        sides: tuple[Contract, Contract] | None = None,
    ) -> tuple[Finding, ...]:
        """The findings of some changes of one contract, the worst first.

        ``sides`` are the two versions that the changes lie between, if they are about these.
        """
        policy = self.policy_of(service)
        return judge.judge(
            changes,
            policy if sides is None else api.policy_for(sides[1], policy),
            self.settings.today,
            baseline=self.settings.baseline,
            contract=contract,
            used=self._used.setdefault(service, set()),
            places_from=self.settings.places_from,
            prove=None if sides is None else api.prover(*sides),
            users=None
            if sides is None or self.settings.usage is None
            else self.settings.usage.users(*sides, service, policy),
        )

    def leftovers(self, *, compared: bool) -> tuple[Finding, ...]:
        """Findings on waivers that expired or, where anything was ``compared``, were of no use."""
        shared = self.settings.policy
        count = len(shared.waivers)
        today = self.settings.today
        used = {index for indexes in self._used.values() for index in indexes if index < count}
        found = judge.leftovers(shared, today, used if compared else set(range(count)))
        for service, indexes in self._used.items():
            policy = self.policy_of(service)
            own = replace(policy, waivers=policy.waivers[count:])
            shifted = {index - count for index in indexes if index >= count}
            found += judge.leftovers(
                own, today, shifted if compared else set(range(len(own.waivers)))
            )
        return found
