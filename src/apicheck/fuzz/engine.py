"""The one door to schemathesis: its engine makes requests, and nothing else of it is used.

Every request leaves by our own client, so its deadline, its limit of bytes and its refusal to
follow redirects hold here too; every answer is shown as our own exchange to whoever watches. The
engine's checks are off: what they look at is looked at by us, on the wire. The engine promises less
than schemathesis's front door does: this is written for the versions that pyproject.toml names.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import sys
import tempfile
import unicodedata
import warnings
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import hypothesis.configuration
import requests
import schemathesis
from hypothesis.internal.conjecture import providers
from requests.adapters import BaseAdapter, HTTPAdapter
from schemathesis.core.transport import USER_AGENT
from schemathesis.engine import events
from schemathesis.engine.context import EngineContext
from schemathesis.engine.core import Engine, EventStream
from schemathesis.engine.observations import Observations
from schemathesis.engine.run import TESTING_PHASES, Phase, PhaseName
from schemathesis.transport.requests import ManagedCookiesSession
from urllib3 import HTTPResponse
from urllib3._collections import HTTPHeaderDict
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from apicheck.fuzz.bundle import bundled
from apicheck.fuzz.lab import SAFE, NotApplicable
from apicheck.fuzz.model import Exchange, Request, Skipped, Who
from apicheck.fuzz.tame import tamed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from apicheck.fuzz.lab import Lab

__all__ = ["explore"]

#: Fields that the engine's library adds to every request, or that belong to the connection.
_CARRIED = {
    "accept-encoding",
    "connection",
    "content-length",
    "host",
    "transfer-encoding",
    "x-schemathesis-testcaseid",
}
_PLAIN = {("accept", "*/*"), ("user-agent", USER_AGENT)}
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_TARGET = re.compile(r"/[\x21-\x7e]*")
_METHOD = re.compile(r"[A-Z]+")


def explore(
    lab: Lab,
    watch: Callable[[Exchange, str], None],
    *,
    phases: Sequence[str],
    examples: int,
    seed: int,
    labels: Sequence[str] = (),
) -> tuple[Skipped, ...]:
    """Send what the engine makes of the contract; gives what it could not make.

    Each answer is shown with the phase that it was asked in. ``examples`` are the most inputs per
    operation (fuzzing) and chains of requests (stateful); ``labels`` are the operations, all if
    empty. Spent and Gone are raised as a lab does.
    """
    untold: dict[Skipped, None] = {}
    with warnings.catch_warnings(), _nothing_left_behind():
        warnings.simplefilter("ignore")
        door = _Door(lab, watch)
        for event in _stream(lab, door, _settings(lab, phases, examples, seed), labels):
            if isinstance(event, events.PhaseStarted):
                door.phase = event.phase.name.value
            elif isinstance(event, events.NonFatalError) and not _of_network(event.value):
                untold[_skipped(event)] = None
            elif isinstance(event, events.FatalError):
                raise event.exception
            elif isinstance(event, events.Interrupted) and door.ended is None:
                raise KeyboardInterrupt
        if door.ended is not None:
            raise door.ended
    return tuple(untold)


def _settings(lab: Lab, phases: Sequence[str], examples: int, seed: int) -> dict[str, Any]:
    """The engine's settings in the words of its own file; no such file is read."""
    keys = lab.client.keys.get(Who.FIRST, ())
    return {
        "base-url": lab.client.base,
        "seed": seed,
        "workers": 1,
        "headers": {**dict(lab.client.headers), **_marks(lab)},
        "max-redirects": 0,
        "request-timeout": lab.client.deadline,
        "generation": {
            "max-examples": examples,
            "database": "none",
            # There is nothing to shrink: no check of the engine fails.
            "no-shrink": True,
            # What goes into queries and cookies is put there by our client.
            "with-security-parameters": all(each.place == "header" for each in keys),
        },
        "phases": {name: {"enabled": name in phases} for name in _TESTS},
        "checks": {"enabled": False},
        "suppress-health-check": ["all"],
        "cache": {"enabled": False},
        "analysis": {"constants": {"enabled": False}},
    }


def _marks(lab: Lab) -> dict[str, str]:
    """Headers by which the engine's requests show that they are asked by who may do everything."""
    token = lab.client.tokens.get(Who.FIRST)
    keys = lab.client.keys.get(Who.FIRST, ())
    marks = {each.name: each.value for each in keys if each.place == "header"}
    return marks if token is None else {"Authorization": token, **marks}


_TESTS = tuple(each.value for each in TESTING_PHASES)


def _stream(
    lab: Lab, door: _Door, settings: dict[str, Any], labels: Sequence[str]
) -> Iterator[events.EngineEvent]:
    config = schemathesis.Config.from_dict(settings)
    # A copy: it writes into what it is given.
    document = tamed(bundled(lab.service.document))
    schema: Any = schemathesis.openapi.from_dict(document, config=config)
    if labels:
        schema = schema.include(lambda each: each.operation.label in labels)
    # Servers refuse NUL before an application sees it.
    schema.adapt_to_null_byte_in_header_failure()
    yield from _Engine(schema, door).execute()


@contextmanager
def _nothing_left_behind() -> Iterator[None]:
    """Keep what Hypothesis remembers in a folder that goes with the block.

    Nor does it read the modules of who calls us for constants: the same seed is to ask the same
    wherever it is used.
    """
    before = getattr(hypothesis.configuration, "__hypothesis_home_directory", None)
    read: set[int] = getattr(providers, "_seen_modules", set())
    known = set(read)
    read.update(map(id, sys.modules.values()))
    with tempfile.TemporaryDirectory() as folder:
        hypothesis.configuration.set_hypothesis_home_dir(folder)
        _what_utf8_can_say(Path(folder))
        try:
            yield
        finally:
            hypothesis.configuration.set_hypothesis_home_dir(before)
            read.intersection_update(known)


def _what_utf8_can_say(folder: Path) -> None:
    """All code points but surrogates: what Hypothesis would work out for two seconds, and keep."""
    place = folder / "unicode_data" / unicodedata.unidata_version
    place.mkdir(parents=True)
    known = [[[0, 0xD7FF], [0xE000, sys.maxunicode]], []]
    (place / "codec-v2-utf-8.json.gz").write_bytes(gzip.compress(json.dumps(known).encode()))


def _of_network(problem: Exception) -> bool:
    """Whether it tells of an answer that did not come: that has been shown already."""
    return isinstance(problem, requests.RequestException)


def _skipped(event: events.NonFatalError) -> Skipped:
    phase = "fuzzing" if event.phase is None else event.phase.value
    why = " ".join(event.info.message.split()) or event.info.title
    return Skipped(check=phase, operation=event.label, why=why[:300])


class _Stopped(KeyboardInterrupt):
    """Ends a worker of the engine as ^C would; why is known to the door."""


class _Door(BaseAdapter):
    """Where the requests of the engine's library leave: by our client, one at a time."""

    def __init__(self, lab: Lab, watch: Callable[[Exchange, str], None]) -> None:
        super().__init__()
        self._lab = lab
        self._watch = watch
        self._base = urlsplit(lab.client.base).path.rstrip("/")
        self._own = {name.lower() for name, _ in lab.client.headers}
        self._marks = {name.lower(): value for name, value in _marks(lab).items()}
        self._build = HTTPAdapter().build_response
        self.phase = ""
        self.stop = Event()
        self.ended: Exception | None = None

    def send(  # type: ignore[override] # requests gives the options by name
        self, request: requests.PreparedRequest, *, timeout: Any = None, **_: Any
    ) -> requests.Response:
        """Send it on; _Stopped where the run is to end."""
        ours = self._request(request)
        if ours is None:
            return self._answer(request, _REFUSED, 0.0)
        began = monotonic()
        try:
            # The engine waits less for an operation that did not answer before.
            short = isinstance(timeout, int | float) and timeout < self._lab.client.deadline
            seen = self._lab.send(ours, patient=False, deadline=timeout if short else None)
            self._watch(seen, self.phase)
        except NotApplicable:
            # Its operation does not answer any more: nothing was sent.
            return self._answer(request, _REFUSED, 0.0)
        except Exception as problem:
            # Spent, Gone, or a mistake of ours: the thread that asked is to know.
            self.ended = problem
            self.stop.set()
            raise _Stopped from problem
        finally:
            self._lab.sent.clear()
        if not seen.status:
            raise _failure(request, seen)
        return self._answer(request, seen, monotonic() - began)

    def close(self) -> None:
        """Nothing is kept open."""

    def _request(self, request: requests.PreparedRequest) -> Request | None:
        """Our own form of it; None for what no server would let through to an application."""
        target = str(request.path_url)
        if not target.startswith(f"{self._base}/") or not _TARGET.fullmatch(target):
            return None
        headers, missing = [], dict(self._marks)
        for name, value in request.headers.items():
            text = value.decode("latin-1") if isinstance(value, bytes) else value
            lower = name.lower()
            if lower in missing and text == missing[lower]:
                del missing[lower]
            elif lower in _CARRIED | self._own or (lower, text) in _PLAIN:
                continue
            elif not _NAME.fullmatch(name) or not _VALUE.fullmatch(text):
                return None
            else:
                headers.append((name, text))
        method = request.method or "GET"
        if not _METHOD.fullmatch(method) or (self._lab.client.safe and method not in SAFE):
            return None
        return Request(
            method=method,
            target=target.removeprefix(self._base),
            headers=tuple(headers),
            body=_bytes(request.body),
            who=Who.NOBODY if missing else Who.FIRST,
        )

    def _answer(
        self, request: requests.PreparedRequest, seen: Exchange, seconds: float
    ) -> requests.Response:
        """What the library would have made of the answer, the content as it was read."""
        gone = {"content-encoding", "content-length", "transfer-encoding"}
        raw = HTTPResponse(
            body=io.BytesIO(seen.body),
            headers=HTTPHeaderDict(pair for pair in seen.headers if pair[0] not in gone),
            status=seen.status,
            version=11,
            preload_content=False,
            request_method=request.method,
        )
        made = self._build(request, raw)
        made.elapsed = timedelta(seconds=seconds)
        return made


def _failure(request: requests.PreparedRequest, seen: Exchange) -> requests.RequestException:
    """That there was no answer, in the form in which the library says so."""
    if "deadline" in seen.failure:
        late = ReadTimeoutError(None, seen.request.target, "Read timed out. (read timeout=1)")  # type: ignore[arg-type] # it has no pool
        return requests.ReadTimeout(late, request=request)
    return requests.ConnectionError(
        ProtocolError("Connection aborted.", seen.failure), request=request
    )


def _bytes(body: Any) -> bytes | None:
    if body is None or isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    parts = [body.read()] if hasattr(body, "read") else body
    return b"".join(each.encode() if isinstance(each, str) else each for each in parts)


_REFUSED = Exchange(request=Request(method="GET", target="/"), status=400)


class _Engine(Engine):
    """The engine with our door, and without its phases that ask for anything but tests."""

    def __init__(self, schema: Any, door: _Door) -> None:
        super().__init__(schema)
        self._door = door

    def get_phase_config(self, phase_name: PhaseName, **options: Any) -> Phase:
        phase = super().get_phase_config(phase_name, **options)
        if phase_name not in TESTING_PHASES:
            phase.is_enabled = False
        return phase

    def execute(self) -> EventStream:
        stop = self._door.stop
        plan = self._create_execution_plan()
        context = _Context(schema=self.schema, stop_event=stop, observations=Observations())
        context.session = _session(self._door)
        return EventStream(plan.execute(context), stop)


class _Context(EngineContext):
    """The state of a run whose requests all leave by one door."""

    session: requests.Session

    def get_session(self, *, operation: Any = None) -> requests.Session:  # noqa: ARG002 - one for all
        return self.session


def _session(door: _Door) -> requests.Session:
    """A session without the machine's proxies and passwords; its cookies live for one request."""
    session = ManagedCookiesSession()
    session.trust_env = False
    session.headers.clear()
    for scheme in ("http://", "https://"):
        session.mount(scheme, door)
    return session
