"""Parameters and headers, which are text: what the contract may read a text as."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from apicheck.schema.relation import readings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from apicheck.pact.provider import Parameter
    from apicheck.pact.schemas import Schemas

__all__ = ["refusal"]

#: Collection formats (2.0) and styles (3.x) of lists in one text.
_SEPARATORS = {
    "pipeDelimited": "|",
    "pipes": "|",
    "spaceDelimited": " ",
    "ssv": " ",
    "tsv": "\t",
}
_JSON = re.compile(r"[\w.+-]+/(?:[\w.+-]+\+)?json\b", re.IGNORECASE)


def refusal(schemas: Schemas, parameter: Parameter, texts: Sequence[str]) -> str:
    """Why a parameter refuses what is sent, in words; "" where it takes it or where that is open.

    A text may be read as several things (12 is a number and a text): it is refused if none fits.
    Objects are written in too many ways to be judged.
    """
    schema = parameter.schema
    if schema is None:
        return ""
    types = schemas.views.of(schemas.views.resolve(schema)).types
    if "content" in parameter.node.value:
        values = _documents(parameter, texts)
    elif types is not None and "object" in types:
        return ""
    else:
        values = _read(parameter, list(texts), types)
    reason = ""
    for value in values:
        found = next(schemas.problems(schema, value), None)
        if found is None:
            return ""
        reason = reason or found[1]
    return reason


def _documents(parameter: Parameter, texts: Sequence[str]) -> Iterator[Any]:
    """The value of a parameter that is JSON; nothing where it is something else."""
    kinds = parameter.node.value["content"]
    if type(kinds) is dict and len(texts) == 1 and all(map(_JSON.match, kinds)):
        try:
            yield json.loads(texts[0])
        except ValueError:
            yield texts[0]


def _read(parameter: Parameter, texts: list[str], types: Any) -> Iterator[Any]:
    """Everything that the texts may be read as."""
    said = parameter.node.value.get("style") or parameter.node.value.get("collectionFormat")
    explode = parameter.node.value.get("explode")
    if said in {"label", "matrix"}:
        texts = _unfolded(parameter.name, str(said), texts)
    if len(texts) == 1:
        yield texts[0]
        yield from readings(texts[0])
        if texts[0] in {"true", "false"}:
            yield texts[0] == "true"
    if types is None or "array" in types:
        by = _SEPARATORS.get(str(said), ",")
        whole = [texts]
        # Where each item is a parameter of its own, nothing is put together.
        if said != "multi" and not (explode is True and parameter.place == "query"):
            whole.append([part.strip() for text in texts for part in text.split(by)])
        for listed in whole:
            yield listed
            yield [next(iter(readings(each)), each) for each in listed]
            yield [each == "true" if each in {"true", "false"} else each for each in listed]


def _unfolded(name: str, style: str, texts: list[str]) -> list[str]:
    """The values of ``.1.2`` and ``;p=1;p=2`` (RFC 6570, sections 3.2.5 and 3.2.7)."""
    found: list[str] = []
    for text in texts:
        sign = "." if style == "label" else ";"
        if not text.startswith(sign):
            return texts
        parts = text[1:].split(sign)
        found += [each.removeprefix(f"{name}=") if sign == ";" else each for each in parts]
    return found
