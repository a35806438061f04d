"""Parameters and headers, which are text: what the contract may read a text as."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.schema.relation import readings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from apicheck.pact.provider import Parameter
    from apicheck.pact.schemas import Schemas

__all__ = ["refusal"]

_SEPARATORS = {
    "pipeDelimited": "|",
    "pipes": "|",
    "spaceDelimited": " ",
    "ssv": " ",
    "tsv": "\t",
}


def refusal(schemas: Schemas, parameter: Parameter, texts: Sequence[str]) -> str:
    """Why a parameter refuses what is sent, in words; "" where it takes it or where that is open.

    A text may be read as several things (12 is a number and a text): it is refused if none fits.
    Objects are written in too many ways to be judged.
    """
    schema = parameter.schema
    if schema is None:
        return ""
    types = schemas.views.of(schemas.views.resolve(schema)).types
    if (types is not None and "object" in types) or "content" in parameter.node.value:
        return ""
    reason = ""
    for value in _read(parameter, list(texts), types):
        found = next(schemas.problems(schema, value), None)
        if found is None:
            return ""
        reason = reason or found[1]
    return reason


def _read(parameter: Parameter, texts: list[str], types: Any) -> Iterator[Any]:
    """Everything that the texts may be read as."""
    if len(texts) == 1:
        yield texts[0]
        yield from readings(texts[0])
        if texts[0] in {"true", "false"}:
            yield texts[0] == "true"
    if types is None or "array" in types:
        said = parameter.node.value.get("style") or parameter.node.value.get("collectionFormat")
        by = _SEPARATORS.get(str(said), ",")
        whole = [texts, [part for text in texts for part in text.split(by)]]
        for listed in whole:
            yield listed
            yield [next(iter(readings(each)), each) for each in listed]
