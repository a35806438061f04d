"""Where probes work: requests are sent and valid ones made, about resources made for them."""

from __future__ import annotations

import base64
import binascii
import json
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from apicheck.fuzz.contract import MISSING
from apicheck.fuzz.harvest import Harvest
from apicheck.fuzz.headers import waiting_time
from apicheck.fuzz.model import Control, Exchange, Request, Who
from apicheck.fuzz.phases import UNBOUND, Budget
from apicheck.fuzz.pool import Pool, stem
from apicheck.fuzz.sample import accepts, sampled, text_of, unlikely
from apicheck.fuzz.wire import can_write, in_cookie, in_header, in_path, in_query, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from apicheck.fuzz.client import Client
    from apicheck.fuzz.contract import Body, Operation, Parameter, Service

__all__ = ["NO_JSON", "SAFE", "Gone", "Lab", "NotApplicable", "Spent"]

#: Seconds that a promise of better times (503) may take to be waited for.
_PATIENCE = 5.0
#: Seconds that are waited in a run because answers say so (429).
_WAITS = 60.0
#: Why a check of JSON is not made.
NO_JSON = "its content is no JSON"
#: Methods that change nothing (RFC 9110, 9.2.1), but for TRACE, which shows what it is sent.
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: So many answers of an operation may take all the time they are given.
_SLOWEST = 3
#: So many requests in a row may be left without an answer.
_SILENT = 6


class NotApplicable(Exception):
    """The precondition of a check is not met; says why."""


class Spent(Exception):
    """The budget of requests is used up."""


class Gone(Exception):
    """The service does not answer any more; says how that was seen."""


class Lab:
    """One run against one service. ``sent`` are the exchanges since it was last emptied.

    What is asked is dear: valid requests are made once for each operation and remembered, reading
    is remembered until something is written, and resources are shared until a write changes them.
    ``thorough`` runs make every check at every operation; others make checks that servers and
    frameworks answer for all operations alike at some of the ``chosen`` ones.
    """

    def __init__(
        self,
        service: Service,
        client: Client,
        *,
        seed: int = 0,
        budget: Budget = UNBOUND,
        thorough: bool = False,
        chosen: Sequence[Operation] = (),
    ) -> None:
        self.service = service
        self.client = client
        self.seed = seed
        self.random = Random(seed)  # noqa: S311 - the same on every run, nothing secret
        self.thorough = thorough
        self.chosen = tuple(chosen) or service.operations
        self._budget = budget
        self._began = time.monotonic()
        self.count = 0
        self.pool = Pool(service)
        self.harvest = Harvest(self)
        self._waits = _WAITS
        #: Gives path parameters for a template, where the team has such resources ready.
        self.prepared: Callable[[str], dict[str, str] | None] | None = None
        self._slow: Counter[str] = Counter()
        self._silent = 0
        self.sent: list[Exchange] = []
        self._producers: dict[str, Operation | None] = {}
        self._controls: dict[tuple[str, Who], Control] = {}
        self._looks: dict[Request, tuple[Exchange, int]] = {}
        self._written = 0
        self._absent: dict[str, dict[str, str]] = {}
        self._refused: dict[str, str] = {}
        #: Answers to valid requests that were not accepted, by operation.
        self.refused: dict[str, Exchange] = {}
        self._used: set[str] = set()

    # Sending.

    def send(
        self, request: Request, *, patient: bool = True, deadline: float | None = None
    ) -> Exchange:
        """Send a request; Spent or Gone where that is not possible.

        Who is ``patient`` waits as 429 tells it to and sends it again: a probe is to see what it
        asked for. NotApplicable where that would take too long.
        """
        seen = self._sent(request, deadline)
        tries = 0
        while patient and (seen.status == 429 or (not tries and _promises(seen))):
            tries += 1
            seconds = waiting_time(seen.header("retry-after") or "")
            seconds = 1.0 if seconds is None or seconds <= 0 else seconds
            self._waits -= seconds
            if self._waits < 0 or tries > 3:
                raise NotApplicable("the service limits how often it may be asked")
            time.sleep(seconds)
            seen = self._sent(request)
        return seen

    def _sent(self, request: Request, deadline: float | None = None) -> Exchange:
        if self._budget.spent(self.count, time.monotonic() - self._began):
            raise Spent
        if self.client.safe and request.method not in SAFE:
            raise NotApplicable("it would have to write (--safe)")
        operation = self._asked(request)
        label = "" if operation is None else operation.label
        if self._slow[label] >= _SLOWEST:
            raise NotApplicable("its answers do not end within the deadline")
        self.count += 1
        limit = deadline or (None if operation is None else operation.deadline)
        began = time.monotonic()
        seen = self.client.send(request, deadline=limit)
        if time.monotonic() - began > 0.95 * (limit or self.client.deadline):
            self._slow[label] += 1
        self._still_there(seen)
        self.sent.append(seen)
        if request.method not in SAFE and not 400 <= seen.status < 500:
            self._forget(seen)
        return seen

    def _asked(self, request: Request) -> Operation | None:
        """The operation that a request is for."""
        found = self.service.find(urlsplit(request.target).path)
        return None if found is None else self.service.get(request.method, found[0])

    def _still_there(self, seen: Exchange) -> None:
        """Gone where nobody listens any more, or too many in a row were not answered."""
        asked = f"{seen.request.method} {seen.request.target[:200]}"
        if not seen.status and "refused" in seen.failure:
            raise Gone(f"{asked}: {seen.failure}")
        self._silent = 0 if seen.status else self._silent + 1
        if self._silent >= _SILENT:
            again = self.client.send(Request(method="GET", target="/", who=Who.NOBODY))
            if not again.status:
                raise Gone(f"{self._silent} requests in a row were not answered ({seen.failure})")
            self._silent = 0

    def look(self, request: Request, *, sure: bool = False) -> Exchange:
        """What a safe request is answered with; it is sent once until what it is about is written.

        Who has to be ``sure`` wants it as it is after all that was written.
        """
        known = self._looks.get(request)
        if known is None or (sure and known[1] != self._written):
            self.keep(request, self.send(request))
        return self._looks[request][0]

    def keep(self, request: Request, seen: Exchange) -> None:
        """Remember an answer to who looks."""
        self._looks[request] = (seen, self._written)

    def _forget(self, seen: Exchange) -> None:
        """After a write: what it was about, and all lists; other single resources stay as known."""
        self._written += 1
        self.pool.wrote(seen)
        touched = self._ids(seen.request)
        for template, made in list(self._absent.items()):
            if touched & set(made.values()):
                del self._absent[template]
        for each in list(self._looks):
            ids = self._ids(each)
            if not ids or ids & touched:
                del self._looks[each]

    def _ids(self, request: Request) -> set[str]:
        found = self.service.find(urlsplit(request.target).path)
        return set(found[1].values()) if found else set()

    def at_once(self, requests: list[Request]) -> list[Exchange]:
        """Send several at the same time."""
        with ThreadPoolExecutor(len(requests)) as pool:
            return list(pool.map(self.send, requests))

    def spread(
        self,
        operation: Operation,
        among: Callable[[Operation], bool],
        checks: Sequence[Callable[[Lab, Operation, Control], Iterator[Any]]],
    ) -> Iterator[Any]:
        """Make checks that need not be made everywhere: each at one of the operations ``among``.

        They are made when the last of these is probed, each at another one, as far as they go
        round; a thorough run makes all of them at each.
        """
        if not among(operation):
            return
        places = [each for each in self.chosen if among(each)]
        if self.thorough:
            places = [operation]
        elif operation is not places[-1]:
            return
        good, why = [], NotApplicable("")
        for each in places:
            known = self._controls.get((each.label, Who.FIRST))
            if known is not None and each is not places[0]:
                # What is gone is no place; it is not made again for this.
                if each.method not in SAFE or self.pool.holds(known.bindings):
                    good.append((each, known))
                continue
            try:
                good.append((each, self.control(each)))
            except NotApplicable as said:
                why = said
        if not good:
            raise why
        left = None
        for number, check in enumerate(checks):
            place, control = good[(number + self.seed) % len(good)]
            try:
                yield from check(self, place, control)
            except NotApplicable as said:
                left = said
        if left is not None:
            raise left

    # Valid requests.

    def control(
        self,
        operation: Operation,
        *,
        bindings: dict[str, str] | None = None,
        value: Any = MISSING,
        who: Who = Who.FIRST,
        media: str | None = None,
    ) -> Control:
        """A request of the operation that was accepted; one is remembered, unless told what of.

        NotApplicable where none is.
        """
        plain = bindings is None and value is MISSING and media is None
        known = self._controls.get((operation.label, who)) if plain else None
        if known is not None and (operation.method not in SAFE or self.pool.holds(known.bindings)):
            return known
        made = self._accepted(operation, bindings, value, who, media)
        if plain:
            self._controls[operation.label, who] = made
            if made.exchange.status == 202:
                self.harvest.of(made)  # while it is on its way
        return made

    def _accepted(
        self,
        operation: Operation,
        bindings: dict[str, str] | None,
        value: Any,
        who: Who,
        media: str | None,
    ) -> Control:
        plain = bindings is None and value is MISSING
        if plain and operation.label in self._refused:
            raise NotApplicable(self._refused[operation.label])
        if bindings is None:
            maker = self.service.get("PUT", operation.path) if operation.method == "GET" else None
            done = None if maker is None else self._controls.get((maker.label, who))
            if done is not None and self.pool.holds(done.bindings):
                bindings = dict(done.bindings)
            else:
                bindings = self._about(operation, who)
        body = self.body(operation, media)
        given = value
        if value is MISSING and body is not None:
            value = self.value(body)
        request = self.request(operation, bindings, value, body, who=who)
        seen = self.look(request) if operation.method == "GET" else self.send(request)
        if seen.status == 412 and request.header("If-Match"):
            self._looks.clear()  # what it is about has changed by itself
            request = self.request(operation, bindings, value, body, who=who)
            seen = self.send(request)
        if seen.status == 409 and body is not None and given is MISSING:
            # The example of the contract can be used once only.
            self._used.add(operation.label)
            value = self.value(body, anew=True)
            request = self.request(operation, bindings, value, body, who=who)
            seen = self.send(request)
        if seen.status == 404 and operation.method == "GET":
            maker = self.service.get("PUT", operation.path)
            if maker is not None:
                bindings = dict(self.control(maker, who=who).bindings)
                request = self.request(operation, bindings, value, body, who=who)
                seen = self.look(request)
        if not 200 <= seen.status < 400:
            why = f"no valid request of it was accepted: {seen.told}"
            if plain:
                self._refused[operation.label] = why
                self.refused[operation.label] = seen
            raise NotApplicable(why)
        made = Control(
            request=request,
            exchange=seen,
            bindings=bindings,
            value=None if value is MISSING else value,
        )
        self.pool.brought(operation, made, who)
        return made

    def _about(self, operation: Operation, who: Who) -> dict[str, str]:
        """What a valid request is about: what is shared, unless it would be no more as it was."""
        if not operation.names:
            return {}
        kept = operation.method in SAFE or (
            operation.path.endswith("}") and operation.method in {"PUT", "PATCH"}
        )
        return self.shared(operation, who) if kept else self.bindings(operation, who)

    def body(self, operation: Operation, media: str | None = None) -> Body | None:
        """The content to send: JSON where it is taken, else a form or text; None where none is."""
        if not operation.bodies:
            return None
        if media is not None:
            return next(each for each in operation.bodies if each.media == media)
        ranked = sorted(
            operation.bodies,
            key=lambda each: (not each.media.endswith("json"), each.example is MISSING),
        )
        found = ranked[0]
        if not can_write(found.media):
            raise NotApplicable(f"content of type {found.media} cannot be made")
        return found

    def value(self, body: Body, *, full: bool = False, anew: bool = False) -> Any:
        """A valid value for a body: the contract's example, or made from the schema."""
        if body.example is not MISSING and not full and not anew:
            return body.example
        for whole in (full, not full):
            made = sampled(body.schema, self.random, full=whole, anew=anew)
            if accepts(body.schema, made):
                return made
        raise NotApplicable("no valid content could be made from the schema")

    def content(self, operation: Operation) -> Any:
        """A valid value for what an operation takes that was not used before."""
        body = self.body(operation)
        return MISSING if body is None else self.value(body, anew=operation.label in self._used)

    def request(
        self,
        operation: Operation,
        bindings: dict[str, str],
        value: Any = MISSING,
        body: Body | None = None,
        *,
        who: Who = Who.FIRST,
    ) -> Request:
        """A request of the operation, with all that the contract requires."""
        target = self.target(operation.path, bindings)
        query, headers = [], []
        for each in operation.parameters:
            if not each.required:
                continue
            if each.place == "query":
                query.append(in_query(each, self.parameter(each)))
            elif each.place == "header":
                headers.append((each.name, self._header(each, operation, bindings)))
            elif each.place == "cookie":
                headers.append(("Cookie", in_cookie(each, self.parameter(each))))
        content = None
        if body is not None and value is not MISSING:
            media, content = written(body, value)
            headers.append(("Content-Type", media))
        if query:
            target += "?" + "&".join(query)
        return Request(
            method=operation.method,
            target=target,
            headers=tuple(headers),
            body=content,
            who=who if operation.secured else Who.NOBODY,
        )

    def again(self, operation: Operation, control: Control) -> Request:
        """The request of a control made anew where it has used up its names, key or ETag."""
        body = self.body(operation)
        bindings = dict(control.bindings)
        if operation.names and (operation.method == "DELETE" or not self.pool.holds(bindings)):
            bindings = self.shared(operation, control.request.who)
        value = control.value
        if body is not None and operation.method == "POST":
            value = self.content(operation)
        if body is None:
            return self.request(operation, bindings, who=control.request.who)
        return self.request(operation, bindings, value, body, who=control.request.who)

    def parameter(self, parameter: Parameter) -> Any:
        """A valid value for a parameter."""
        if parameter.example is not MISSING:
            return parameter.example
        return sampled(parameter.schema, self.random)

    def _header(self, each: Parameter, operation: Operation, bindings: dict[str, str]) -> str:
        name = each.name.lower()
        if name == "idempotency-key":
            return self.key()
        if name == "if-match":
            return self.tag(operation, bindings)
        return in_header(each, self.parameter(each))

    def key(self) -> str:
        """A new name that nothing else has."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def target(self, path: str, bindings: dict[str, str]) -> str:
        """The path with its parameters filled in."""
        known = next(iter(self.service.by_path.get(path, {}).values()), None)
        for name, value in bindings.items():
            parameter = None if known is None else known.parameter(name)
            path = path.replace("{" + name + "}", in_path(parameter, value))
        return path

    # Resources.

    def read(self, path: str, bindings: dict[str, str], who: Who = Who.FIRST) -> Exchange | None:
        """GET of a template, or None where there is none."""
        reader = self.service.get("GET", path)
        if reader is None:
            return None
        request = self.request(reader, bindings, who=who)
        self.keep(request, self.send(request))
        return self.look(request)

    def seen(self, path: str, bindings: dict[str, str], who: Who = Who.FIRST) -> Exchange | None:
        """The same, as it was when it was last read, unless something was written since."""
        reader = self.service.get("GET", path)
        if reader is None:
            return None
        return self.look(self.request(reader, bindings, who=who))

    def tag(self, operation: Operation, bindings: dict[str, str]) -> str:
        """The current entity tag of what an operation is about."""
        reader = self.service.reader(operation.path)
        if reader is None:
            raise NotApplicable("nothing tells the ETag that it demands")
        seen = self.look(self.request(reader, bindings))
        tag = seen.header("etag")
        if tag is None:
            raise NotApplicable(f"GET {reader.path} has no ETag ({seen.told})")
        return tag

    def bindings(self, operation: Operation, who: Who = Who.FIRST) -> dict[str, str]:
        """Path parameters of a resource of one's own; NotApplicable where none can be had."""
        if not operation.names:
            return {}
        template = stem(operation.path)
        held = self.pool.take(template, who)
        return self.fresh(operation.path, who) if held is None else held

    def shared(self, operation: Operation, who: Who = Who.FIRST) -> dict[str, str]:
        """Path parameters of a resource that others look at too; it is not to be changed."""
        if not operation.names:
            return {}
        template = stem(operation.path)
        held = self.pool.get(template, who)
        if held is None:
            held = self.fresh(operation.path, who)
            self.pool.put(template, who, held)
        return dict(held)

    def fresh(self, path: str, who: Who = Who.FIRST) -> dict[str, str]:
        """Path parameters of a new resource."""
        template = stem(path)
        ready = None if self.prepared is None else self.prepared(template)
        if ready is not None:
            return ready
        producer = self.producer(template)
        if producer is None:
            return self.settled(template)
        held = self.pool.take(template, who)  # what was made to find out about it
        if held is not None:
            return held
        # Another one: the control of the producer is remembered.
        value = self.content(producer)
        parent = self.shared(producer, who)
        control = self.control(producer, bindings=parent, value=value, who=who)
        found = self.harvest.of(control)
        if template not in found:
            raise NotApplicable(f"{producer.label} did not lead to {template}")
        for other, bindings in found.items():
            if other != template:
                self.pool.put(other, who, bindings)
        return found[template]

    def settled(self, template: str) -> dict[str, str]:
        """A resource that is there already, by an example in the contract; or made by PUT."""
        operations = [
            each
            for path, by in self.service.by_path.items()
            if path.startswith(template)
            for each in by.values()
        ]
        names = operations[0].names if operations else ()
        needed = [name for name in names if "{" + name + "}" in template]
        found: dict[str, str] = {}
        for each in operations:
            for parameter in each.parameters:
                if parameter.place == "path" and parameter.name in needed:  # noqa: SIM102 - two questions
                    if parameter.example is not MISSING:
                        found.setdefault(parameter.name, text_of(parameter.example))
        maker = self.service.get("PUT", template)
        if maker is not None and maker.documents(201):
            made = self.absent(maker, own=True)
            self.control(maker, bindings=made)
            return made
        if set(needed) <= found.keys():
            return {name: found[name] for name in needed}
        raise NotApplicable(f"nothing makes a {template}, and the contract has no example of one")

    def absent(self, operation: Operation, *, own: bool = False) -> dict[str, str]:
        """Well-formed path parameters of what is not there: the same, or ones of one's ``own``."""
        if operation.path not in self._absent or own:
            made = {
                each.name: text_of(
                    sampled(unlikely(each.schema, self.random), self.random, anew=True)
                )
                for each in operation.parameters
                if each.place == "path"
            }
            if own:
                return made
            self._absent[operation.path] = made
        return dict(self._absent[operation.path])

    def producer(self, template: str) -> Operation | None:
        """The POST that leads to resources of a template, tried once."""
        if template not in self._producers:
            self._producers[template] = None
            above = template.rpartition("/")[0]
            makers = [
                each
                for each in self.service.operations
                if each.method == "POST"
                and each.documents(200, 201, 202)
                and (not each.names or each.path == above)
            ]
            for each in sorted(makers, key=lambda maker: maker.path != above):
                if self._leads(each, template):
                    break
        return self._producers[template]

    def _leads(self, maker: Operation, template: str) -> bool:
        """Whether what a POST makes is a resource of the template."""
        try:
            found = self.harvest.of(self.control(maker))
        except NotApplicable:
            return False
        for reached, bindings in found.items():
            if self._producers.get(reached) is None:
                self._producers[reached] = maker
                self.pool.put(reached, Who.FIRST, bindings)
        return template in found

    # Who asks.

    def lacks(self, who: Who, scopes: tuple[str, ...]) -> bool:
        """Whether a token is known to lack one of these scopes, or says nothing of any."""
        token = self.client.tokens.get(who, "").partition(" ")[2]
        try:
            middle = token.split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
            held = claims.get("scope", claims.get("scp", ""))
        except (IndexError, ValueError, binascii.Error, AttributeError):
            return True
        held = held.split() if isinstance(held, str) else held
        return not set(scopes) <= set(held)

    def has(self, who: Who) -> bool:
        """Whether there are credentials of that identity."""
        return who in self.client.tokens

    def local(self, url: str) -> str | None:
        """The target below the base that a reference names; None where it leads elsewhere."""
        parts, base = urlsplit(url), urlsplit(self.client.base)
        if parts.netloc and parts.netloc != base.netloc:
            return None
        root = base.path.rstrip("/")
        if not parts.path.startswith(f"{root}/"):
            return None
        path = parts.path.removeprefix(root)
        return f"{path}?{parts.query}" if parts.query else path


def _promises(seen: Exchange) -> bool:
    """Whether it says that the same will work soon."""
    seconds = waiting_time(seen.header("retry-after") or "") if seen.status == 503 else None
    return seconds is not None and 0 < seconds <= _PATIENCE


def as_nobody(request: Request) -> Request:
    """The same without credentials."""
    return replace(request.without("Authorization"), who=Who.NOBODY)
