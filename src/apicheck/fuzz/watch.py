"""Looking at every answer of a run: by itself, beside its request, and beside those before it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from apicheck.fuzz.flaws import routed
from apicheck.fuzz.model import Breach
from apicheck.fuzz.oracle import ANSWER_MISSING, LEAK, SERVER_ERROR, Oracle
from apicheck.fuzz.probes.resources import GONE, LOST, ends_otherwise
from apicheck.fuzz.verdict import allowed, shaped, verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from apicheck.fuzz.contract import Service
    from apicheck.fuzz.model import Card, Exchange

__all__ = ["Watch"]

#: What is wrong whatever was asked; cards are compared, not hashed.
_ANYHOW = (SERVER_ERROR, ANSWER_MISSING, LEAK)
#: Most resources that are remembered as deleted, or as made.
_REMEMBERED = 200


class Watch:
    """Keeps what is wrong (``found``), and how often each operation gave each status (``reached``).

    ``local`` gives the target below the base that a Location names; ``bearer`` says that a good
    token is known; ``host`` is the service's own.
    """

    def __init__(
        self,
        service: Service,
        *,
        local: Callable[[str], str | None],
        bearer: bool,
        host: str = "",
    ) -> None:
        self._service = service
        self._oracle = Oracle(service, host)
        self._bearer = bearer
        self._past = _Past(local)
        #: The last request of each operation that kept the contract and was answered well.
        self._good: dict[str, Exchange] = {}
        self.found: list[Breach] = []
        self.reached: Counter[tuple[str, int]] = Counter()

    def probed(self, sent: Iterable[Exchange], own: Iterable[Breach]) -> None:
        """The first thing wrong with each answer that no probe has spoken of: one cause each."""
        spoken = {id(each.probe) for each in own}
        for seen in sent:
            self._count(seen)
            if id(seen) not in spoken:
                first = next(self._oracle.judge(seen), None)
                if first is not None:
                    self.found.append(first)

    def fuzzed(self, seen: Exchange, phase: str) -> None:
        """The first thing wrong with an answer to what nobody thought of, if it is new."""
        label = self._count(seen)
        kept, breach = verdict(seen, self._service, bearer=self._bearer)
        # It is part of the past, whatever else is wrong with it.
        late = next(self._past.judge(seen, label), None)
        breach = breach or late
        breach = breach or next(self._passive(seen), None)
        if breach is not None:
            self._add(replace(breach, phase=phase))
        elif kept and seen.ok and label is not None:
            self._good[label] = seen

    def _passive(self, seen: Exchange) -> Iterator[Breach]:
        """What is wrong with an answer by itself; less where servers differ in what was asked."""
        for each in self._oracle.judge(seen):
            if routed(seen.request.target) or each.card in _ANYHOW:
                yield each

    def _add(self, new: Breach) -> None:
        """Keep it, unless it is known why the operation answers so."""
        own = new.probe.status >= 500 and allowed(new.probe, self._service)
        for index, known in enumerate(self.found):
            if new.operation != known.operation:
                continue
            failed = new.probe.status >= 500 and new.probe.status == known.probe.status
            if failed and own and new.card is SERVER_ERROR and known.phase == new.phase != "probes":
                # It fails for requests that keep the contract too: that is the cause.
                self.found[index] = new
                return
            if new.card is known.card or (failed and not (own and shaped(known))):
                return
        self.found.append(new)

    def end(self) -> tuple[Breach, ...]:
        """All that was found, beside a request of the operation that was well answered."""
        return tuple(
            replace(each, control=self._good.get(each.operation))
            if each.control is None and each.phase != "probes"
            else each
            for each in self.found
        )

    def _count(self, seen: Exchange) -> str | None:
        operation = self._oracle.operation(seen)
        if operation is None:
            return None
        if seen.status:
            self.reached[operation.label, seen.status] += 1
        return operation.label


class _Past:
    """What was deleted, and what was made: for what is asked about it afterwards.

    In the place of schemathesis's ``use_after_free`` and ``ensure_resource_availability``.
    """

    def __init__(self, local: Callable[[str], str | None]) -> None:
        self._local = local
        self._gone: dict[str, tuple[str, Exchange]] = {}
        self._made: dict[str, tuple[str, Exchange]] = {}

    def judge(self, seen: Exchange, label: str | None) -> Iterator[Breach]:
        """What an answer says wrongly about the past; it is part of it from now on."""
        request = seen.request
        path = urlsplit(request.target).path
        if label is None or not routed(request.target):
            return
        if request.method == "GET":
            if seen.ok and path in self._gone and not ends_otherwise(None, seen):
                yield _late(GONE, self._gone[path], seen, "404", f"{seen.told} after DELETE")
            made = self._made.get(path)
            if seen.status == 404 and made is not None and made[1].request.who is request.who:
                yield _late(LOST, made, seen, "200", f"{seen.told} at Location")
        elif request.method == "DELETE":
            self._deleted(seen, label, path)
        elif seen.ok:
            self._written(seen, label)

    def _deleted(self, seen: Exchange, label: str, path: str) -> None:
        for each in [made for made in self._made if made.startswith(path)]:
            del self._made[each]
        if seen.status in {200, 204} and label.endswith("}"):
            _keep(self._gone, path, (label, seen))

    def _written(self, seen: Exchange, label: str) -> None:
        """What a write speaks of may be there again."""
        location = seen.header("location") or ""
        told = seen.request.target.encode() + (seen.request.body or b"") + seen.body
        told += location.encode()
        for path in [each for each in self._gone if each.rpartition("/")[2].encode() in told]:
            del self._gone[path]
        target = self._local(location) if location and seen.status == 201 else None
        if target is not None:
            _keep(self._made, target, (label, seen))


def _keep(known: dict[str, tuple[str, Exchange]], path: str, what: tuple[str, Exchange]) -> None:
    known[path] = what
    if len(known) > _REMEMBERED:
        del known[next(iter(known))]


def _late(
    card: Card, before: tuple[str, Exchange], seen: Exchange, expected: str, got: str
) -> Breach:
    label, control = before
    return Breach(
        card=card, operation=label, probe=seen, expected=expected, got=got, control=control
    )
