"""A ``Bundle`` is made again in a broker, through the interface that every Pact Broker has.

Everything is asked for before it is made, or made by requests that change nothing the second
time: an import that was interrupted is run again and goes on where it ended.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apicheck.broker.client import path
from apicheck.broker.exporting import SIDES, deployed_in, results_of
from apicheck.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from apicheck.broker.bundle import Bundle
    from apicheck.broker.client import Remote, Said

__all__ = ["Outcome", "restore"]

#: A broker takes the first tag of a version without a branch for its branch, so long after
#: the version was made. Waiting keeps it from inventing branches.
_FRESH = 11.0
_Record = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What became of an import: how many of each part are there now, and what was refused."""

    done: dict[str, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def count(self, part: str) -> None:
        """One more of a part is there."""
        self.done[part] = self.done.get(part, 0) + 1


def restore(broker: Remote, bundle: Bundle, say: Callable[[str], None]) -> Outcome:
    """Make everything; ``SourceError`` says how far it came if the broker cannot be asked."""
    work = _Work(broker=broker, bundle=bundle, outcome=Outcome())
    steps = (
        work.pacticipants,
        work.environments,
        work.versions,
        work.pacts,
        work.results,
        work.tags,
        work.deployments,
        work.webhooks,
    )
    try:
        for step in steps:
            say(step.__name__)
            step()
    except SourceError as problem:
        left = ", ".join(
            f"{count - work.outcome.done.get(part, 0)} {part}"
            for part, count in bundle.counts.items()
            if part != "contents" and work.outcome.done.get(part, 0) < count
        )
        raise SourceError(
            broker.url, problem.problem, f"not done: {left}; run it again to go on"
        ) from None
    return work.outcome


@dataclass(slots=True, kw_only=True)
class _Work:
    """One import; each method makes one part."""

    broker: Remote
    bundle: Bundle
    outcome: Outcome
    #: Environment -> its resource in this broker.
    places: dict[str, _Record] = field(default_factory=dict)
    #: When the last version was made (monotonic seconds).
    made: float = 0.0

    def pacticipants(self) -> None:
        for each in self.bundle.pacticipants:
            at = path("pacticipants", each["name"])
            facts = {key: value for key, value in each.items() if key not in {"name", "labels"}}
            if self.broker.ask("GET", at).status == 404:
                said = self.broker.ask("POST", "/pacticipants", {"name": each["name"], **facts})
            else:
                said = self.broker.ask("PATCH", at, facts)
            well = self._well(said, f"pacticipant {each['name']}")
            for label in each.get("labels", []):
                labelled = self.broker.ask("PUT", f"{at}{path('labels', label)}", {})
                well &= self._well(labelled, f"label {label} of {each['name']}")
            self._count("pacticipants", well=well)

    def environments(self) -> None:
        listed = self.broker.get("/environments").get("_embedded", {}).get("environments", [])
        self.places.update({each["name"]: each for each in listed})
        for each in self.bundle.environments:
            well = each["name"] in self.places
            if not well:
                said = self.broker.ask("POST", "/environments", each)
                well = self._well(said, f"environment {each['name']}")
                if well:
                    self.places[each["name"]] = said.data
            self._count("environments", well=well)

    def versions(self) -> None:
        for each in self.bundle.versions:
            name, number = each["pacticipant"], each["number"]
            at = path("pacticipants", name, "versions", number)
            if self.broker.ask("GET", at).status == 404:
                self.made = time.monotonic()
            facts = {"buildUrl": each["buildUrl"]} if "buildUrl" in each else {}
            well = self._well(self.broker.ask("PUT", at, facts), f"version {number} of {name}")
            for branch in each.get("branches", []):
                on = path("pacticipants", name, "branches", branch, "versions", number)
                said = self.broker.ask("PUT", on, {})
                well &= self._well(said, f"branch {branch} of {name} {number}")
            self._count("versions", well=well)

    def pacts(self) -> None:
        for each in self.bundle.pacts:
            at = path(
                *("pacts", "provider", each["provider"], "consumer", each["consumer"]),
                *("version", each["version"]),
            )
            said = self.broker.ask("PUT", at, self.bundle.contents[each["content"]])
            what = f"pact of {each['consumer']} {each['version']} and {each['provider']}"
            self._count("pacts", well=self._well(said, what))

    def results(self) -> None:
        by_content: dict[str, list[_Record]] = {}
        for each in self.bundle.results:
            by_content.setdefault(each["content"], []).append(each)
        at = {each["content"]: each for each in self.bundle.pacts}
        for key, wanted in by_content.items():
            pact = at[key]
            href = path(
                *("pacts", "provider", pact["provider"], "consumer", pact["consumer"]),
                *("version", pact["version"]),
            )
            said = self.broker.ask("GET", href)
            if said.status == 404:
                continue  # its pact was refused, and that was said
            links = self.broker.well(said, href)["_links"]
            latest = links.get("pb:latest-verification-results")
            there = list(results_of(self.broker, latest["href"])) if latest else []
            for each in wanted:
                self._result(links["pb:publish-verification-results"]["href"], each, there)

    def _result(self, href: str, each: _Record, there: list[_Record]) -> None:
        data = {
            key: value
            for key, value in each.items()
            if key not in {"consumer", "provider", "content"}
        }
        if data in there:
            # Equal ones may be meant: each that is there stands for one.
            there.remove(data)
            self.outcome.count("results")
            return
        number = data.pop("version")
        said = self.broker.ask("POST", href, {"providerApplicationVersion": number, **data})
        what = f"result of {each['provider']} {number} for {each['consumer']}"
        self._count("results", well=self._well(said, what))

    def tags(self) -> None:
        """Late, since a broker concludes branches and deployments from them."""
        tagged = [each for each in self.bundle.versions if each.get("tags")]
        if self.made and any(not each["branches"] for each in tagged):
            time.sleep(max(0.0, self.made + _FRESH - time.monotonic()))
        supposed = set()
        for each in tagged:
            name, number = each["pacticipant"], each["number"]
            for tag in each["tags"]:
                at = path("pacticipants", name, "versions", number, "tags", tag)
                said = self.broker.ask("PUT", at, {})
                self._well(said, f"tag {tag} of {name} {number}")
                if said.status == 201 and tag in self.places:
                    supposed.add((tag, name, number))
        meant = {
            (e["environment"], e["pacticipant"], e["version"]) for e in self.bundle.deployments
        }
        for place, name, number in sorted(supposed - meant):
            self._undeploy(place, name, number)

    def _undeploy(self, place: str, name: str, number: str) -> None:
        """Take back a deployment that the broker concluded from a tag."""
        _, rel, key = SIDES[0]
        href = self.places[place]["_links"][rel]["href"]
        for each in self.broker.get(href).get("_embedded", {}).get(key, []):
            held = each["_embedded"]
            if (held["pacticipant"]["name"], held["version"]["number"]) == (name, number):
                at = path("deployed-versions", each["uuid"])
                said = self.broker.ask("PATCH", at, {"currentlyDeployed": False})
                self._well(said, f"deployment of {name} {number}, concluded from a tag")

    def deployments(self) -> None:
        there = {
            place: list(deployed_in(self.broker, self.places[place]))
            for place in {each["environment"] for each in self.bundle.deployments}
            if place in self.places
        }
        for each in self.bundle.deployments:
            place = each["environment"]
            well = each in there.get(place, ())
            if not well and place in self.places:
                words = "deployed-versions" if each["kind"] == "deployed" else "released-versions"
                at = path(
                    *("pacticipants", each["pacticipant"], "versions", each["version"]),
                    *(words, "environment", self.places[place]["uuid"]),
                )
                data = {"applicationInstance": each["instance"]} if each["instance"] else {}
                what = f"{each['pacticipant']} {each['version']} {each['kind']} in {place}"
                well = self._well(self.broker.ask("POST", at, data), what)
            self._count("deployments", well=well)

    def webhooks(self) -> None:
        for each in self.bundle.webhooks:
            data = {key: value for key, value in each.items() if key not in {"uuid", "withheld"}}
            at = path("webhooks", each["uuid"])
            if self.broker.ask("GET", at).status != 404:
                # It may have been given its secrets meanwhile: leave it alone.
                self.outcome.count("webhooks")
                continue
            well = self._well(self.broker.ask("PUT", at, data), f"webhook {each['uuid']}")
            self._count("webhooks", well=well)
            if well and each.get("withheld"):
                missing = ", ".join(each["withheld"])
                self.outcome.refused.append(f"webhook {each['uuid']}: put in again: {missing}")

    def _well(self, said: Said, what: str) -> bool:
        if said.status < 300:
            return True
        self.outcome.refused.append(f"{what}: {said.problem.splitlines()[0]} ({said.status})")
        return False

    def _count(self, part: str, *, well: bool) -> None:
        if well:
            self.outcome.count(part)
