"""Whether a contract keeps the rules of its own format, as public validators see it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from apicheck.errors import ApicheckError
from apicheck.model import Change, Direction, Place
from apicheck.store.rules import INVALID, STILL_INVALID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from apicheck.model import Contract
    from apicheck.sources import Document

__all__ = ["Problem", "changes", "problems"]

#: What openapi-spec-validator says of an operation, without saying where.
_OPERATION = re.compile(r"'(?P<method>\w+)' (?:operation )?in '(?P<path>[^']*)'")
_LONG = 200
_DRAFT = re.compile(r"draft[-/]0*(20\d\d-\d\d|\d+)", re.IGNORECASE)
#: Iglu's self-describing schemas are of draft 4.
_IGLU = re.compile(r"/schema/jsonschema/\d+-\d+-\d+")
_DRAFTS = {
    "3": "Draft3Validator",
    "4": "Draft4Validator",
    "6": "Draft6Validator",
    "7": "Draft7Validator",
    "2019-09": "Draft201909Validator",
    "2020-12": "Draft202012Validator",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a document, and where; ``text`` is one line."""

    text: str
    place: Place

    @property
    def key(self) -> tuple[str, str]:
        """What stays the same when the document changes elsewhere: no lines, no indexes."""
        return self.text, "/".join(str(s) for s in self.place.pointer if not isinstance(s, int))


def problems(contract: Contract) -> Iterator[Problem]:
    """What is wrong with a contract that could be read.

    Reading is the whole check of an interface description and of Avro: their parsers accept
    nothing that is wrong.
    """
    check = _CHECKS.get(contract.format)
    if check is not None:
        yield from check(contract)


def changes(found: Iterable[Problem], before: Iterable[Problem] = ()) -> Iterator[Change]:
    """Problems as changes; those that were there before are told more quietly."""
    known = {each.key for each in before}
    for each in found:
        path = tuple(str(step) for step in each.place.pointer)
        yield Change(
            rule=STILL_INVALID if each.key in known else INVALID,
            path=path,
            label=_label(path),
            direction=Direction.BOTH,
            new=each.place,
            values={"problem": each.text},
        )


def _label(path: tuple[str, ...]) -> str:
    """``GET /orders > parameters/0`` or ``schema Order``, as comparisons name places."""
    if len(path) > 2 and path[0] == "paths":
        head, rest = f"{path[2].upper()} {path[1]}", path[3:]
    elif len(path) > 2 and path[0] == "components":
        kind = {"requestBodies": "request body"}.get(path[1], path[1].removesuffix("s"))
        head, rest = f"{kind} {path[2]}", path[3:]
    else:
        head, rest = "/".join(path) or "document", ()
    return f"{head} > {'/'.join(rest)}" if rest else head


def _openapi(contract: Contract) -> Iterator[Problem]:
    document = contract.document
    if type(document.data) is not dict:
        yield Problem(text="the document is no object", place=_at(document))
        return
    yield from _openapi_document(document)


def _openapi_document(document: Document) -> Iterator[Problem]:
    from openapi_spec_validator.shortcuts import get_validator_cls
    from openapi_spec_validator.validation.exceptions import ValidatorDetectError

    try:
        # Written as a number (swagger: 2.0), the version is none that the validator knows.
        chosen = get_validator_cls(document.data)
    except (ValidatorDetectError, TypeError):
        yield Problem(text="no version of OpenAPI that can be checked", place=_at(document))
        return
    shape = list(_each(_shape(document, chosen), document))
    yield from shape
    if shape:
        return  # what follows takes the document to have the right shape
    files = _Files(document)
    yield from _each(_meaning(document, chosen, files), document)
    for ref, why in files.missing.items():
        yield Problem(text=f"{ref}: {why}", place=_at(document))


def _shape(document: Document, chosen: Any) -> Iterator[Any]:
    """Errors against the JSON Schema of the OpenAPI version.

    The validator's own backend (in Rust where that is installed) only says whether there are
    any; their wording is always that of jsonschema, so that it is the same on every machine.
    """
    from jsonschema.validators import validator_for
    from openapi_spec_validator.schemas.utils import get_schema_content

    if next(chosen.schema_validator.iter_errors(document.data), None) is None:
        return
    name = "swagger" if "swagger" in document.data else "openapi"
    schema = get_schema_content(".".join(str(document.data[name]).split(".")[:2]))
    yield from validator_for(schema)(schema).iter_errors(document.data)


def _meaning(document: Document, chosen: Any, files: _Files) -> Iterator[Any]:
    """Unique operationIds, path parameters, schemas, defaults and the like."""
    from jsonschema_path.paths import SchemaPath

    path = SchemaPath.from_dict(
        document.data,
        base_uri=f"file:///{document.path}",
        resolved_cache_maxsize=1024,
        handlers=cast("Mapping[str, Callable[[str], Any]]", files),
    )
    validator = chosen(path)
    schemas = validator.keyword_validators_registry["schema"]
    schemas.visited_schema_ids, schemas.meta_checked_schema_ids = _Seen(), _Seen()
    yield from validator.root_validator(path)


class _Seen(set[int]):
    """A set where the validator keeps a list that it searches: 10 MB take half the time."""

    append = set.add


class _Files:
    """Gives the validator the files that references name, through our own bounded door.

    A mapping of every URI scheme, since the validator fetches what it finds no handler for.
    What cannot be read is taken for a schema that allows anything, and kept in ``missing``.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self.missing: dict[str, str] = {}

    def __contains__(self, scheme: object) -> bool:
        return True

    def __getitem__(self, scheme: str) -> Any:
        return self._read

    def _read(self, uri: str) -> Any:
        from urllib.parse import unquote

        path = unquote(uri.removeprefix("file:///").partition("#")[0])
        if path == self._document.path:
            return self._document.data
        if not uri.startswith("file:///"):
            self.missing[uri] = "is remote, and not followed"
            return {}
        try:
            return self._document.tree.document(path).data
        except ApicheckError as problem:
            self.missing[path] = str(problem).partition("\n")[0].removeprefix(f"{path}: ")
            return {}


def _json_schema(contract: Contract) -> Iterator[Problem]:
    """Errors against the metaschema of the draft, however ``$schema`` spells its name."""
    import jsonschema

    for document in contract.document.members or (contract.document,):
        data = document.data
        said = data.get("$schema") if type(data) is dict else None
        if contract.document.members and type(said) is not str:
            continue  # what else is in the folder
        chosen = getattr(jsonschema, _DRAFTS.get(_draft(said), "Draft202012Validator"))
        checker = jsonschema.validators.validator_for(chosen.META_SCHEMA, default=chosen)
        yield from _each(checker(chosen.META_SCHEMA).iter_errors(data), document)


def _draft(said: Any) -> str:
    """``7`` of ``http://json-schema.org/draft-07/schema#``; "" where no draft is named."""
    text = said if type(said) is str else ""
    if _IGLU.search(text) is not None:
        return "4"
    found = _DRAFT.search(text)
    return found[1] if found is not None else "7" if "json-schema.org" in text else ""


def _asyncapi(contract: Contract) -> Iterator[Problem]:
    """What every AsyncAPI document must have, and what its comparison could not make sense of."""
    from datetime import date

    from apicheck import formats

    document = contract.document
    data = document.data
    old = str(data.get("asyncapi", "")).startswith("2")
    for path in (("info",), ("info", "title"), ("info", "version"), *([("channels",)] * old)):
        value = data
        for step in path:
            value = value.get(step) if type(value) is dict else None
        if value is None:
            yield Problem(
                text=f"{path[-1]!r} is a required property", place=_nearest(document, path)
            )
            if len(path) == 1:
                break
    for change in formats.named("asyncapi").compare(contract, contract, date.min):
        if change.rule.unknown and change.new is not None:
            text = change.rule.message.format_map(_Values(change.values))
            yield Problem(text=text, place=change.new)


class _Values(dict[str, Any]):
    """Values of a message, where one that is not there is left out."""

    def __missing__(self, key: str) -> str:
        return ""


_CHECKS: Mapping[str, Callable[[Contract], Iterator[Problem]]] = {
    "openapi": _openapi,
    "asyncapi": _asyncapi,
    "jsonschema": _json_schema,
}


def _each(errors: Iterator[Any], document: Document) -> Iterator[Problem]:
    """Errors of a validator as problems; where the validator itself gives up, that is one."""
    from jsonschema.exceptions import best_match

    told = set()
    try:
        for error in errors:
            deepest = best_match(iter([error])) or error
            problem = Problem(text=_text(deepest), place=_place(deepest, document))
            if (problem.text, problem.place.pointer) not in told:
                told.add((problem.text, problem.place.pointer))
                yield problem
    except Exception as problem:  # noqa: BLE001 - whatever the validator stumbles over is bad input
        yield Problem(text=f"could not be checked to the end: {_why(problem)}", place=_at(document))


def _why(problem: BaseException) -> str:
    """The first line of our own error behind an exception, or what the exception says."""
    behind: BaseException | None = problem
    while behind is not None:
        if isinstance(behind, ApicheckError):
            return str(behind).partition("\n")[0]
        behind = behind.__cause__ or behind.__context__
    first = str(problem).strip().partition("\n")[0]
    return f"{type(problem).__name__}: {first[:_LONG]}".rstrip(": ")


def _text(error: Any) -> str:
    """The message in one line; a message that repeats the whole document is cut."""
    text = " ".join(str(error.message).split())
    shown = " ".join(repr(error.instance).split()) if hasattr(error, "instance") else ""
    if len(shown) > 80 and text.startswith(shown):
        text = f"{shown[:60]}… {text[len(shown) :].strip()}"
    return text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"


def _place(error: Any, document: Document) -> Place:
    """Where an error stands.

    Errors on the shape of the document know; of the others, the operation is named in the
    message, or the schema or value concerned is found again by identity.
    """
    named = _OPERATION.search(str(error.message))
    if named is not None:
        return _nearest(document, ("paths", named["path"], named["method"]))
    for value in (error.instance, error.schema):
        if type(value) in {dict, list}:
            found = _find(value, document)
            if found is not None:
                return found
    return _nearest(document, tuple(error.absolute_path))


def _nearest(document: Document, pointer: tuple[str | int, ...]) -> Place:
    value = document.data
    steps: list[str | int] = []
    for step in pointer:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            break
        steps.append(step)
    return Place(document=document, pointer=tuple(steps))


def _find(wanted: Any, document: Document) -> Place | None:
    """The place of this very object in the document or a file that it refers to."""
    for each in (document, *document.tree.documents.values()):
        pending: list[tuple[Any, tuple[str | int, ...]]] = [(each.data, ())]
        while pending:
            value, at = pending.pop()
            if value is wanted:
                return Place(document=each, pointer=at)
            if type(value) is dict:
                pending += [(child, (*at, name)) for name, child in value.items()]
            elif type(value) is list:
                pending += [(child, (*at, index)) for index, child in enumerate(value)]
    return None


def _at(document: Document) -> Place:
    return Place(document=document, pointer=())
