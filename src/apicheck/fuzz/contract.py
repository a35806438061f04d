"""The operations of an OpenAPI document as probes need them: everything in reach, no references."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from apicheck.nodes import Node

__all__ = [
    "METHODS",
    "MISSING",
    "Answer",
    "Body",
    "Contents",
    "Operation",
    "Parameter",
    "Scheme",
    "Service",
    "read",
]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
MISSING: Any = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter; ``example`` is MISSING where the contract gives none.

    ``place`` is path, query, header or cookie; ``style`` a style of OpenAPI 3, ``tabDelimited``,
    or ``json`` for a value that is written as JSON.
    """

    name: str
    place: str
    required: bool
    schema: Any
    example: Any
    style: str = ""
    explode: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One media type that an operation takes; its schema is written out when it is asked for."""

    media: str
    example: Any
    written: Callable[[], Any]

    @property
    def schema(self) -> Any:
        """The schema, without references."""
        return self.written()


class Contents(Mapping[str, Any]):
    """Schemas by media type, written out when asked for."""

    def __init__(self, bodies: Mapping[str, Body]) -> None:
        self._bodies = bodies

    def __getitem__(self, media: str) -> Any:
        return self._bodies[media].schema

    def __iter__(self) -> Iterator[str]:
        return iter(self._bodies)

    def __len__(self) -> int:
        return len(self._bodies)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A documented response; ``headers`` by lower-case name, True where it is required."""

    headers: Mapping[str, bool]
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """A way to say who one is: ``kind`` is bearer, basic, key or other.

    A key goes into the header, the query or the cookie (``place``) of a name (``field``).
    """

    name: str
    kind: str
    place: str = "header"
    field: str = "Authorization"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation; ``answers`` by status code, ``4XX`` or ``default``."""

    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    bodies: tuple[Body, ...]
    body_required: bool
    answers: Mapping[str, Answer]
    secured: bool
    scopes: tuple[str, ...]
    deprecated: bool
    node: Node
    text: str = ""
    #: Names of the security schemes that it takes: one of these groups, whole.
    security: tuple[tuple[str, ...], ...] = ()
    #: Whether its contract says that it needs no credentials, in so many words.
    open: bool = False
    #: Seconds that one answer of it may take, where it has a limit of its own.
    deadline: float | None = None

    @property
    def label(self) -> str:
        """``GET /orders/{orderId}``."""
        return f"{self.method} {self.path}"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the path parameters, in order."""
        return tuple(re.findall(r"\{([^{}]+)\}", self.path))

    def answer(self, status: int) -> Answer | None:
        """What is documented for a status, or None."""
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in self.answers:
                return self.answers[key]
        return None

    def documents(self, *statuses: int) -> bool:
        """Whether one of these statuses is named itself."""
        return any(str(status) in self.answers for status in statuses)

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of that name, whatever its case."""
        return next((p for p in self.parameters if p.name.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """All operations of a document; ``base`` is the path of its first server."""

    base: str
    operations: tuple[Operation, ...]
    by_path: Mapping[str, Mapping[str, Operation]] = field(default_factory=dict)
    schemes: Mapping[str, Scheme] = field(default_factory=dict)
    #: Each template with what its paths look like and the names of its parameters.
    routes: tuple[tuple[str, re.Pattern[str], tuple[str, ...]], ...] = ()
    #: What it was read from.
    document: Any = None

    def find(self, path: str) -> tuple[str, dict[str, str]] | None:
        """The template that a path (below the base) fits, with its bindings; literal ones first."""
        return next(self.fitting(path), None)

    def methods(self, path: str) -> set[str]:
        """The methods of every template that a path fits: ``/orders/{id}`` fits ``/orders/all``."""
        return {each for template, _ in self.fitting(path) for each in self.by_path[template]}

    def asked(self, method: str, path: str) -> Operation | None:
        """The operation that a request is for: the first template that has its method."""
        by = (self.by_path[template] for template, _ in self.fitting(path))
        return next((each[method] for each in by if method in each), None)

    def fitting(self, path: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Every template that a path fits, with its bindings; literal ones first."""
        for template, pattern, names in self.routes:
            found = pattern.fullmatch(path)
            if found:
                yield template, dict(zip(names, map(unquote, found.groups()), strict=True))

    def get(self, method: str, path: str) -> Operation | None:
        """The operation of a method on a template."""
        return self.by_path.get(path, {}).get(method)

    def reader(self, path: str) -> Operation | None:
        """The GET of this template or of the nearest one above it that has the same parameters."""
        while path:
            found = self.get("GET", path)
            if found is not None:
                return found
            path = path.rpartition("/")[0]
        return None


def read(document: Any) -> Service:
    """The operations of a document; UnsupportedFeature where it is no OpenAPI document."""
    from apicheck.fuzz.document import service_of

    return service_of(document)
