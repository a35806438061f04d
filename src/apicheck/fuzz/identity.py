"""Who asks: credentials by the schemes of the contract, and what must never stand in a report."""

from __future__ import annotations

import base64
import os
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from apicheck.errors import ConfigError
from apicheck.fuzz.model import Key, Who

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from apicheck.fuzz.contract import Scheme

__all__ = ["Credentials", "credentials_of", "mask", "secret_of"]

#: Seconds that a command may take to print a secret.
_PATIENCE = 60.0
#: Shorter ones stand in too many texts by chance.
_SHORTEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What each identity sends: a value of Authorization, and keys in other places."""

    tokens: Mapping[Who, str] = field(default_factory=dict)
    keys: Mapping[Who, tuple[Key, ...]] = field(default_factory=dict)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text that gives one of them away, the longest first."""
        known = [each.value for keys in self.keys.values() for each in keys]
        for token in self.tokens.values():
            _, _, bare = token.partition(" ")
            known += [token, bare or token]
            head = bare.rpartition(".")[0]
            known += [head] if "." in head else []
            if token.lower().startswith("basic "):
                known.append(_decoded(bare).partition(":")[2])
        known += [quote(each, safe="") for each in known]
        return tuple(sorted({e for e in known if len(e) >= _SHORTEST}, key=len, reverse=True))


def mask(text: str, secrets: Iterable[str]) -> str:
    """The text with asterisks in place of secrets."""
    for each in secrets:
        text = text.replace(each, "***")
    return text


def secret_of(said: str, option: str) -> str:
    """The secret that an option names: ``env:NAME``, ``file:PATH``, ``cmd:COMMAND``, or itself."""
    kind, colon, rest = said.partition(":")
    if colon and kind == "env":
        if not os.environ.get(rest):
            raise ConfigError(option, said, "there is no such variable in the environment")
        return os.environ[rest]
    if colon and kind == "file":
        try:
            found = Path(rest).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as problem:
            why = getattr(problem, "strerror", None) or "it is no text"
            raise ConfigError(option, said, f"cannot be read: {why}") from None
        return _one(found, option, said, "the file is empty")
    if colon and kind == "cmd":
        return _one(_printed(rest, option, said), option, said, "it printed nothing")
    return _one(said, option, said, "is empty")


def _one(text: str, option: str, said: str, otherwise: str) -> str:
    if not text:
        raise ConfigError(option, said, otherwise)
    if any(ord(each) < 32 or ord(each) == 127 for each in text):
        shown = said if said != text else "***"
        raise ConfigError(option, shown, "a secret is one line without control characters")
    return text


def _printed(command: str, option: str, said: str) -> str:
    """What a command prints on its one line."""
    try:
        done = subprocess.run(  # noqa: S603 - the user gave the command
            shlex.split(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, ValueError) as problem:
        why = getattr(problem, "strerror", None) or str(problem)
        raise ConfigError(option, said, f"cannot be run: {why}") from None
    except subprocess.TimeoutExpired:
        raise ConfigError(option, said, f"did not end within {_PATIENCE:g} s") from None
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        last = lines[-1][:300] if lines else ""
        raise ConfigError(option, said, f"ended with exit code {done.returncode}", last)
    return done.stdout.decode("utf-8", "replace").strip()


def credentials_of(
    schemes: Mapping[str, Scheme],
    *,
    tokens: Mapping[Who, tuple[str, str]],
    given: Mapping[Who, Sequence[tuple[str, str]]],
) -> Credentials:
    """Credentials from options: ``tokens`` are (option, token), ``given`` (option, NAME=SECRET).

    NAME is a scheme of the contract; ``NAME: VALUE`` is a header of this identity.
    """
    bearers: dict[Who, str] = {}
    keys: dict[Who, list[Key]] = {}
    for who, (option, said) in tokens.items():
        _takes_bearer(schemes, option)
        bearers[who] = f"Bearer {secret_of(said, option)}"
    for who, several in given.items():
        for option, said in several:
            for kind, each in _given(schemes, option, said):
                if kind == "token":
                    bearers[who] = each.value
                else:
                    keys.setdefault(who, []).append(each)
    # Who has a key has credentials, though there is nothing to say in Authorization.
    bearers |= {who: "" for who in keys if who not in bearers}
    return Credentials(tokens=bearers, keys={who: tuple(each) for who, each in keys.items()})


def _takes_bearer(schemes: Mapping[str, Scheme], option: str) -> None:
    """A token would be of no use where the contract knows only other ways."""
    if schemes and not any(each.kind in {"bearer", "other"} for each in schemes.values()):
        names = ", ".join(schemes)
        raise ConfigError(
            option,
            "TOKEN",
            "the contract takes no bearer token",
            f"give --auth SCHEME=SECRET with one of its schemes: {names}",
        )


def _given(schemes: Mapping[str, Scheme], option: str, said: str) -> list[tuple[str, Key]]:
    name, equals, secret = said.partition("=")
    header, colon, value = said.partition(": ")
    if colon and header.replace("-", "").isalnum():
        proves = header.lower() in {e.field.lower() for e in schemes.values() if e.kind == "key"}
        found = secret_of(value.strip(), option)
        return [("key", Key(place="header", name=header, value=found, proves=proves))]
    if not equals or name not in schemes:
        raise ConfigError(
            option,
            name if equals else "***",
            "no such security scheme in the contract" if equals else "is not SCHEME=SECRET",
            f"known: {', '.join(schemes) or 'none'}; or a header of this identity: 'NAME: VALUE'",
        )
    scheme, secret = schemes[name], secret_of(secret, option)
    if scheme.kind == "key":
        return [("key", Key(place=scheme.place, name=scheme.field, value=secret))]
    if scheme.kind == "basic":
        if ":" not in secret:
            raise ConfigError(option, name, "basic credentials are USER:PASSWORD")
        secret = f"Basic {base64.b64encode(secret.encode()).decode()}"
    elif scheme.kind == "bearer":
        secret = f"Bearer {secret}"
    return [("token", Key(place="header", name="Authorization", value=secret))]


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text).decode()
    except ValueError:
        return ""
