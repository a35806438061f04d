"""The tools that answer, each in a worker process that may hang, crash or be slow.

A worker takes (a, b, dialect) and gives (answer, CPU milliseconds, detail); the answer is
``yes``, ``no`` or ``unknown``. One that does not answer in time is killed and started anew.
"""

from __future__ import annotations

import contextlib
import io
import json
import multiprocessing
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

__all__ = ["TOOLS", "Answer", "Worker"]

_CONTEXT = multiprocessing.get_context("spawn")
#: Megabytes of memory that a worker may take: some answers would take them all.
_MEMORY = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a tool said: ``yes``, ``no`` or ``unknown``, with the reason or the witness."""

    said: str
    ms: float
    detail: Any = None
    #: The tool gave a value; of peers none does.
    shown: bool = False


def apicheck() -> Callable[[Any, Any, str], tuple[str, Any]]:
    """Our own engine."""
    from apicheck.schema.relation import Proved, Refuted, contains

    def ask(a: Any, b: Any, dialect: str) -> tuple[str, Any]:
        answer = contains(a, b, dialect_a=dialect, dialect_b=dialect)
        match answer:
            case Proved():
                return "yes", None
            case Refuted():
                return "no", answer.witness
            case _:
                return "unknown", answer.reason

    return ask


def jsonsubschema() -> Callable[[Any, Any, str], tuple[str, Any]]:
    """IBM's prover; exceptions are its way to say that it cannot tell."""
    import warnings

    warnings.simplefilter("ignore")
    from jsonsubschema import isSubschema

    def ask(a: Any, b: Any, _dialect: str) -> tuple[str, Any]:
        # It prints remarks, and sometimes returns None.
        with contextlib.redirect_stdout(io.StringIO()):
            said = isSubschema(a, b)
        return {True: "yes", False: "no"}.get(said, "unknown"), None

    return ask


def jsoncompat() -> Callable[[Any, Any, str], tuple[str, Any]]:
    """The Rust checker: what was written under ``old`` is read under ``new``."""
    from jsoncompat import check_compat

    def ask(a: Any, b: Any, _dialect: str) -> tuple[str, Any]:
        said = check_compat(json.dumps(a), json.dumps(b), "deserializer")
        return ("yes" if said else "no"), None

    return ask


#: Name of a tool -> what makes its question, in the worker.
TOOLS = {"apicheck": apicheck, "jsonsubschema": jsonsubschema, "jsoncompat": jsoncompat}


def _work(name: str, line: Connection) -> None:
    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY << 20, _MEMORY << 20))
    ask = TOOLS[name]()
    # Once for what is imported late.
    with contextlib.suppress(Exception):
        ask({"type": "integer"}, {"type": "string"}, "draft-4")
    line.send("ready")
    while True:
        a, b, dialect = line.recv()
        start = time.process_time()
        try:
            said, detail = ask(a, b, dialect)
        except BaseException as problem:  # noqa: BLE001 - a panic in Rust is no Exception
            said, detail = "unknown", f"{type(problem).__name__}: {str(problem)[:120]}"
        line.send((said, (time.process_time() - start) * 1000, detail))


class Worker:
    """One tool in a process of its own."""

    def __init__(self, name: str, limit: float) -> None:
        self.name = name
        self.limit = limit
        self._start()

    def _start(self) -> None:
        self.line, theirs = _CONTEXT.Pipe()
        self.process = _CONTEXT.Process(target=_work, args=(self.name, theirs), daemon=True)
        self.process.start()
        theirs.close()
        assert self.line.recv() == "ready"

    def ask(self, a: Any, b: Any, dialect: str) -> Answer:
        """The tool's answer; ``unknown`` for one that hangs or crashes."""
        self.line.send((a, b, dialect))
        try:
            if self.line.poll(self.limit):
                said, ms, detail = self.line.recv()
                shown = said == "no" and self.name == "apicheck"
                return Answer(said=said, ms=ms, detail=detail, shown=shown)
            problem = f"no answer within {self.limit:g} s"
        except (EOFError, ConnectionError):
            problem = "crashed"
        self.stop()
        self._start()
        return Answer(said="unknown", ms=self.limit * 1000, detail=problem)

    def stop(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.join()
        self.line.close()
