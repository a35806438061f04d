"""Pacts held against a provider's contract: does it accept what is sent and promise what is read.

A message of a pact is one that the *provider* sends; a synchronous one is a request that it takes
and a reply that it gives.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from apicheck import judge
from apicheck.api import Settings, policy_for, side_of
from apicheck.errors import UnsupportedFeature
from apicheck.model import Report, Side
from apicheck.pact.model import Kind
from apicheck.pact.told import At, proof_of, with_consumers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from apicheck.model import Change, Contract
    from apicheck.pact.model import Interaction, Pact

__all__ = ["compare", "held_against", "passed_over"]


class _Contract(Protocol):
    """What is asked about one interaction after the other."""

    def against(self, at: At) -> Iterator[Change]:
        """Everything about an interaction that the contract does not allow or promise."""


def held_against(pacts: Sequence[Pact], contract: Contract) -> Iterator[Change]:
    """Everything about the interactions of pacts that a contract does not allow or promise."""
    asked = _asked(contract)
    for pact in pacts:
        for interaction in pact.interactions:
            if _is_about(contract, interaction):
                yield from asked.against(At(pact=pact, interaction=interaction))


def _is_about(contract: Contract, interaction: Interaction) -> bool:
    return (interaction.kind is Kind.HTTP) is (contract.format == "openapi")


def passed_over(pact: Pact, contract: Contract) -> int:
    """How many interactions the contract can say nothing of: messages, or those over HTTP."""
    return sum(not _is_about(contract, each) for each in pact.interactions)


def _asked(contract: Contract) -> _Contract:
    if contract.format == "openapi":
        from apicheck.pact.http import Http

        return Http(contract.model)
    if contract.format == "asyncapi":
        from apicheck.pact.messages import of_application

        return of_application(contract.model)
    if contract.format == "jsonschema":
        from apicheck.pact.messages import of_schemas

        return of_schemas(contract.model)
    raise UnsupportedFeature(
        f"a pact cannot be held against a contract of the format {contract.format}",
        contract.document.source,
        hint="give an OpenAPI or AsyncAPI document, or the JSON Schema of a message",
    )


def compare(
    pacts: Sequence[Pact], contract: Contract, settings: Settings, named: str = ""
) -> Report:
    """The report of ``apicheck pact compare``; ``named`` is what the user called the pacts."""
    found = list(held_against(pacts, contract))
    findings = with_consumers(
        judge.judge(
            found,
            policy_for(contract, settings.policy),
            settings.today,
            baseline=settings.baseline,
            places_from=settings.places_from,
            prove=proof_of,
        )
    )
    http = contract.format == "openapi"
    left = sum(passed_over(each, contract) for each in pacts)
    looked = sum(len(each.interactions) for each in pacts) - left
    notes = [f"{looked} interactions of {len(pacts)} pacts were held against the contract"]
    if left:
        kind = "messages" if http else "HTTP interactions"
        notes.append(f"{left} {kind} were not: the contract is {contract.format}")
    providers = sorted({each.provider for each in pacts})
    if len(providers) > 1:
        notes.append(f"the pacts name several providers: {', '.join(providers)}")
    versions = {str(each.version) for each in pacts}
    summary = judge.summarise(findings, identical=False)
    return Report(
        command="pact compare",
        old=Side(
            source=named or ", ".join(each.document.source for each in pacts),
            format="pact",
            version=versions.pop() if len(versions) == 1 else "",
        ),
        new=side_of(contract),
        summary=replace(summary, bump=judge.summarise((), identical=True).bump),
        findings=findings,
        notes=tuple(notes),
    )
