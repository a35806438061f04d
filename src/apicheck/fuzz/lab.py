"""Where probes work: requests are sent and valid ones made, and resources for them to be about."""

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
from apicheck.fuzz.headers import waiting_time
from apicheck.fuzz.model import Control, Exchange, Request, Who
from apicheck.fuzz.phases import UNBOUND, Budget
from apicheck.fuzz.sample import accepts, sampled, text_of, unlikely
from apicheck.fuzz.wire import can_write, in_cookie, in_header, in_path, in_query, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from apicheck.fuzz.client import Client
    from apicheck.fuzz.contract import Body, Operation, Parameter, Service

__all__ = ["NO_JSON", "SAFE", "Gone", "Lab", "NotApplicable", "Spent"]

#: Seconds that an accepted request may take to be done (RFC 9110, 15.3.3).
_PATIENCE = 5.0
#: Seconds that are waited in a run because answers say so (429).
_WAITS = 60.0


#: Methods that change nothing (RFC 9110, 9.2.1), but for TRACE, which shows what it is sent.
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: So many answers of an operation may take all the time they are given.
_SLOWEST = 3
#: So many requests in a row may be left without an answer.
_SILENT = 6
#: Why a check of JSON is not made.
NO_JSON = "its content is no JSON"


class NotApplicable(Exception):
    """The precondition of a check is not met; says why."""


class Spent(Exception):
    """The budget of requests is used up."""


class Gone(Exception):
    """The service does not answer any more; says how that was seen."""


class Lab:
    """One run against one service. ``sent`` are the exchanges since it was last emptied."""

    def __init__(
        self, service: Service, client: Client, *, seed: int = 0, budget: Budget = UNBOUND
    ) -> None:
        self.service = service
        self.client = client
        self.random = Random(seed)  # noqa: S311 - the same on every run, nothing secret
        self._budget = budget
        self._began = time.monotonic()
        self.count = 0
        self._waits = _WAITS
        #: Gives path parameters for a template, where the team has such resources ready.
        self.prepared: Callable[[str], dict[str, str] | None] | None = None
        self._slow: Counter[str] = Counter()
        self._silent = 0
        self._patience = _PATIENCE
        self.sent: list[Exchange] = []
        self._producers: dict[str, Operation | None] = {}
        self._refused: dict[str, str] = {}

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

    def at_once(self, requests: list[Request]) -> list[Exchange]:
        """Send several at the same time."""
        with ThreadPoolExecutor(len(requests)) as pool:
            return list(pool.map(self.send, requests))

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
        """A request of the operation that was accepted, about a fresh resource if not told which.

        NotApplicable where none is.
        """
        known = self._refused.get(operation.label)
        if known is not None and bindings is None and value is MISSING:
            raise NotApplicable(known)
        bindings = self.bindings(operation) if bindings is None else bindings
        body = self.body(operation, media)
        if value is MISSING and body is not None:
            value = self.value(body)
        request = self.request(operation, bindings, value, body, who=who)
        seen = self.send(request)
        if seen.status == 404 and operation.method == "GET":
            maker = self.service.get("PUT", operation.path)
            if maker is not None:
                self.control(maker, bindings=bindings, who=who)
                seen = self.send(request)
        if not 200 <= seen.status < 400:
            why = f"no valid request of it was accepted: {seen.told}"
            if value is MISSING or body is not None:
                self._refused[operation.label] = why
            raise NotApplicable(why)
        return Control(
            request=request,
            exchange=seen,
            bindings=bindings,
            value=None if value is MISSING else value,
        )

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

    def value(self, body: Body, *, full: bool = False) -> Any:
        """A valid value for a body: the contract's example, or made from the schema."""
        if body.example is not MISSING and not full:
            return body.example
        for whole in (full, not full):
            made = sampled(body.schema, self.random, full=whole)
            if accepts(body.schema, made):
                return made
        raise NotApplicable("no valid content could be made from the schema")

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
        return self.send(self.request(reader, bindings, who=who))

    def tag(self, operation: Operation, bindings: dict[str, str]) -> str:
        """The current entity tag of what an operation is about."""
        reader = self.service.reader(operation.path)
        if reader is None:
            raise NotApplicable("nothing tells the ETag that it demands")
        seen = self.send(self.request(reader, bindings))
        tag = seen.header("etag")
        if tag is None:
            raise NotApplicable(f"GET {reader.path} has no ETag ({seen.told})")
        return tag

    def bindings(self, operation: Operation, who: Who = Who.FIRST) -> dict[str, str]:
        """Path parameters of a fresh resource; NotApplicable where none can be had."""
        return self.fresh(operation.path, who) if operation.names else {}

    def fresh(self, path: str, who: Who = Who.FIRST) -> dict[str, str]:
        """Path parameters of a resource that nothing else uses."""
        template = _stem(path)
        ready = None if self.prepared is None else self.prepared(template)
        if ready is not None:
            return ready
        producer = self.producer(template)
        if producer is not None:
            found = self.harvest(self.control(producer, who=who))
            if template in found:
                return found[template]
            raise NotApplicable(f"{producer.label} did not lead to {template}")
        return self.settled(template)

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
            made = self.absent(maker)
            self.control(maker, bindings=made)
            return made
        if set(needed) <= found.keys():
            return {name: found[name] for name in needed}
        raise NotApplicable(f"nothing makes a {template}, and the contract has no example of one")

    def absent(self, operation: Operation) -> dict[str, str]:
        """Well-formed path parameters of what is not there."""
        return {
            each.name: text_of(sampled(unlikely(each.schema, self.random), self.random))
            for each in operation.parameters
            if each.place == "path"
        }

    def producer(self, template: str) -> Operation | None:
        """The POST that leads to resources of a template, tried once."""
        if template not in self._producers:
            self._producers[template] = None
            for each in self.service.operations:
                if each.method != "POST" or each.names or not each.documents(200, 201, 202):
                    continue
                try:
                    found = self.harvest(self.control(each))
                except NotApplicable:
                    continue
                for reached in found:
                    if self._producers.get(reached) is None:
                        self._producers[reached] = each
        return self._producers[template]

    def harvest(self, control: Control) -> dict[str, dict[str, str]]:
        """The resources that an answer leads to, by template: Location, monitor, id."""
        found: dict[str, dict[str, str]] = {}
        seen, url = control.exchange, control.exchange.header("location")
        until, pause = time.monotonic() + self._patience, 0.01
        while url is not None and time.monotonic() < until:
            path = self.local(url)
            match = None if path is None else self.service.find(path)
            if path is None or match is None:
                break
            found[match[0]] = match[1]
            if seen.status not in {202, 303} or self.service.get("GET", match[0]) is None:
                break
            now = self.send(Request(method="GET", target=path, who=control.request.who))
            if now.status == 303:
                seen, url = now, now.header("location")
                continue
            if seen.status == 303 or now.status != 200 or now.header("retry-after") is None:
                break  # it is there, or it has failed
            # A hint for clients (RFC 9110, 10.2.3); we may look sooner.
            if time.monotonic() + pause >= until:
                self._patience = 0.2  # it will not end the next time either
            time.sleep(pause)
            pause = min(pause * 2, 0.3)
        if not found:
            found = self._by_id(control)
        return found

    def _by_id(self, control: Control) -> dict[str, dict[str, str]]:
        """The child of the collection that the content names."""
        value = control.exchange.json
        path = urlsplit(control.request.target).path
        if not isinstance(value, dict):
            return {}
        for template, methods in self.service.by_path.items():
            parent, _, last = template.rpartition("/")
            if parent == path and last.startswith("{") and methods:
                name = last[1:-1]
                for key in (name, "id", name.removesuffix("Id"), name.removesuffix("_id")):
                    if isinstance(value.get(key), str | int):
                        return {template: {name: str(value[key])}}
        return {}

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


def _promises(seen: Exchange) -> bool:
    """Whether it says that the same will work soon."""
    seconds = waiting_time(seen.header("retry-after") or "") if seen.status == 503 else None
    return seconds is not None and 0 < seconds <= _PATIENCE


def _stem(path: str) -> str:
    """The template of the resource that a path is about: up to its last parameter."""
    return path[: path.rindex("}") + 1]


def as_nobody(request: Request) -> Request:
    """The same without credentials."""
    return replace(request.without("Authorization"), who=Who.NOBODY)
