"""Secrets in a request: added for who asks, or bad ones in place of good ones."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from apicheck.fuzz.model import Who

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from apicheck.fuzz.model import Key, Request

__all__ = ["carrying", "in_kind", "spelled"]


def carrying(request: Request, keys: Iterable[Key]) -> Request:
    """The request with the keys, but for those that it brings along."""
    cookies = [value for name, value in request.headers if name.lower() == "cookie"]
    baked = len(cookies)
    for key in keys:
        name, pair = quote(key.name, safe=""), f"{key.name}={quote(key.value, safe='')}"
        if key.place == "header" and request.header(key.name) is None:
            request = replace(request, headers=(*request.headers, (key.name, key.value)))
        elif key.place == "query" and f"{name}=" not in request.target.partition("?")[2]:
            joined = "&" if "?" in request.target else "?"
            target = f"{request.target}{joined}{name}={quote(key.value, safe='')}"
            request = replace(request, target=target)
        elif key.place == "cookie" and not any(f"{key.name}=" in each for each in cookies):
            cookies.append(pair)
    if len(cookies) == baked:
        return request
    return request.having(("Cookie", "; ".join(cookies)))


def in_kind(request: Request, tokens: Mapping[Who, str], keys: Iterable[Key]) -> Request:
    """A bearer token that a request brings along, as what is asked for here.

    Checks speak of tokens; where good credentials are a password or a key, bad ones must be too.
    """
    said, good = request.header("Authorization") or "", tokens.get(Who.FIRST)
    ours = [each for each in keys if each.proves]
    if good is None or not said.startswith("Bearer "):
        return request
    token = said.removeprefix("Bearer ")
    if good.startswith("Basic "):
        pair = base64.b64encode(f"probe:{token}".encode()).decode()
        request = request.having(("Authorization", f"Basic {pair}"))
    elif not good and ours:
        request = request.without("Authorization")
    return carrying(request, (replace(each, value=token) for each in ours))


_NAMES = {Who.FIRST: "$TOKEN", Who.SECOND: "$OTHER_TOKEN"}


def spelled(text: str, tokens: Mapping[Who, str], keys: Mapping[Who, tuple[Key, ...]]) -> str:
    """A curl command that says ``Bearer $TOKEN``, with what takes its place here."""
    for who, name in _NAMES.items():
        good = tokens.get(who, "Bearer")
        words = [f'-H "Authorization: {good.partition(" ")[0]} {name}"'] if good else []
        for number, key in enumerate(keys.get(who, ())):
            value = name if not words and not number else f"{name}_{number}"
            shown = f"{key.name}={value}"
            words.append(
                {"query": f'--url-query "{shown}"', "cookie": f'-b "{shown}"'}.get(
                    key.place, f'-H "{key.name}: {value}"'
                )
            )
        text = text.replace(f'-H "Authorization: Bearer {name}"', " ".join(words))
    return text
