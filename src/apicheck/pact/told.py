"""What is seen of an interaction, as changes that the judge takes like those of a diff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apicheck.model import Change, Consumer, Proof, Rule, breaks
from apicheck.model import Direction as _Direction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from apicheck.model import Finding
    from apicheck.nodes import Node
    from apicheck.pact.model import Interaction, Pact

__all__ = ["At", "proof_of", "with_consumers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """The interaction that is looked at."""

    pact: Pact
    interaction: Interaction

    def change(
        self,
        rule: Rule,
        where: str,
        seen: Node,
        held: Node | None = None,
        /,
        *,
        steps: Iterable[str | int] = (),
        proof: Proof | None = None,
        **values: Any,
    ) -> Change:
        """What a rule says of a place.

        ``seen`` is the place in the pact, ``held`` the one in the contract that it was held
        against; ``where`` are words for people, ``steps`` the way to the place from there.
        """
        inbound = breaks(rule.effect, _Direction.INBOUND)
        return Change(
            rule=rule,
            path=(
                self.pact.consumer,
                self.pact.provider,
                self.interaction.label,
                where.partition(" > ")[0],
                *map(str, steps),
            ),
            label=where,
            direction=_Direction.INBOUND if inbound else _Direction.OUTBOUND,
            old=seen.place,
            new=None if held is None else held.place,
            values=values,
            subject=proof,
        )


def proof_of(change: Change, _direction: object) -> Proof:
    """What a change brings along as its proof, for the judge."""
    return change.subject if isinstance(change.subject, Proof) else Proof()


def with_consumers(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings on interactions with the consumer and the interaction that each is about."""
    from dataclasses import replace

    return tuple(
        replace(
            each,
            consumers=(
                Consumer(name=each.location.path[0], interactions=(each.location.path[2],)),
            ),
        )
        if each.rule.id.startswith("pact.") and len(each.location.path) > 2
        else each
        for each in findings
    )
