"""Whether a contract keeps the rules of its own format, as public validators see it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from apicheck.errors import ApicheckError, UnsupportedFeature
from apicheck.model import Change, Direction, Place
from apicheck.store.rules import INVALID, STILL_INVALID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from apicheck.sources import Document

__all__ = ["Problem", "changes", "problems"]

#: What openapi-spec-validator says of an operation, without saying where.
_OPERATION = re.compile(r"'(?P<method>\w+)' (?:operation )?in '(?P<path>[^']*)'")
_LONG = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a document, and where; ``text`` is one line."""

    text: str
    place: Place

    @property
    def key(self) -> tuple[str, str]:
        """What stays the same when the document changes elsewhere: no lines, no indexes."""
        return self.text, "/".join(str(s) for s in self.place.pointer if not isinstance(s, int))


def problems(document: Document) -> Iterator[Problem]:
    """What is wrong with an OpenAPI or JSON Schema document.

    Nothing for any other format: what is wrong with those is said when they are read.
    """
    data = document.data
    if type(data) is not dict:
        if not _known(document):
            yield Problem(text="the document is no object", place=_at(document))
    elif "openapi" in data or "swagger" in data:
        yield from _openapi(document)
    elif "$schema" in data:
        yield from _json_schema(document)


def _known(document: Document) -> bool:
    from apicheck import formats

    try:
        formats.detect(document)
    except UnsupportedFeature:
        return False
    return True


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


def _openapi(document: Document) -> Iterator[Problem]:
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


def _json_schema(document: Document) -> Iterator[Problem]:
    from jsonschema.validators import validator_for

    chosen = validator_for(document.data)
    checker = validator_for(chosen.META_SCHEMA, default=chosen)(chosen.META_SCHEMA)
    yield from _each(checker.iter_errors(document.data), document)


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
