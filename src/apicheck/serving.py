"""A service that is started to be asked: ``module:app``, or a command that prints its address.

It runs in a process group of its own and is ended with the block.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from apicheck.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["served"]

_APP = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*(\(\))?")
_ADDRESS = re.compile(r"https?://[^\s'\"<>]+")
#: Seconds that a service that is told to end may take.
_GRACE = 5.0
#: Most characters of a started service's output that are kept to say why it failed.
_KEPT = 2000


@contextmanager
def served(target: str, *, extra: str, seconds: float = 20.0) -> Iterator[str]:
    """The address of what is started, for as long as the block lasts.

    ``extra`` is what to install where uvicorn is not there. SourceError where nothing starts
    within so many seconds.
    """
    if _APP.fullmatch(target):
        port = _free_port()
        command = [sys.executable, "-m", "apicheck.hosting", target, str(port), extra]
        with _started(command, target) as (child, output):
            _until_it_listens(child, output, port, target, seconds)
            yield f"http://127.0.0.1:{port}"
    else:
        command = shlex.split(target)
        if not command:
            raise SourceError("TARGET", "is empty", "give a URL, module:app or a command")
        with _started(command, target) as (child, output):
            yield _printed(child, output, target, seconds).rstrip("/")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def _started(
    command: list[str], target: str
) -> Iterator[tuple[subprocess.Popen[bytes], list[str]]]:
    """The process, and the lines that it has printed so far."""
    try:
        child = subprocess.Popen(  # noqa: S603 - the user gave the command
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as problem:
        raise SourceError(
            target, f"cannot be started: {problem.strerror}", "give a URL, module:app or a command"
        ) from None
    output: list[str] = []

    def listen() -> None:
        assert child.stdout is not None
        for line in child.stdout:
            output.append(line.decode("utf-8", "replace").rstrip())
            del output[:-200]

    reading = threading.Thread(target=listen, daemon=True)
    reading.start()
    try:
        with _told_to_end():
            yield child, output
    finally:
        _ended(child)
        reading.join(1.0)
        if child.stdout is not None and not reading.is_alive():
            child.stdout.close()


@contextmanager
def _told_to_end() -> Iterator[None]:
    """Take being told to end for ^C, so that what was started does not go on alone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def _ended(child: subprocess.Popen[bytes]) -> None:
    """Tell its group to end, and see to it."""
    for told in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        with suppress(OSError):
            if os.name == "posix":
                os.killpg(child.pid, told)
            else:
                child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE)
            return


def _until_it_listens(
    child: subprocess.Popen[bytes], output: list[str], port: int, target: str, seconds: float
) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        _still_there(child, output, target)
        time.sleep(0.05)
    raise SourceError(target, f"did not listen within {seconds:g} s", _last(output))


def _printed(child: subprocess.Popen[bytes], output: list[str], target: str, seconds: float) -> str:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = _ADDRESS.search("\n".join(output))
        if found is not None:
            return found[0].rstrip(".,;)")
        _still_there(child, output, target)
        time.sleep(0.02)
    raise SourceError(
        target,
        f"printed no address within {seconds:g} s",
        _last(output) or "it must print http://… when it is ready",
    )


def _still_there(child: subprocess.Popen[bytes], output: list[str], target: str) -> None:
    code = child.poll()
    if code is not None:
        time.sleep(0.1)  # for its last words
        raise SourceError(target, f"ended with exit code {code}", _last(output))


def _last(output: list[str]) -> str:
    return " | ".join(output[-3:])[-_KEPT:]
