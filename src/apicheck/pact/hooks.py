"""Functions of a provider that pacts call by name: states to be brought into, messages to make.

    from apicheck.pact.hooks import message, state

    @state("an item is in stock")
    def in_stock(sku, quantity=1):
        store.put(sku, quantity)
        yield                      # what follows is done when the interaction is over
        store.clear()

    @message("an order is confirmed")
    async def confirmed():
        return event_of(order), {"type": "OrderConfirmed"}

A function whose name is made of the same words needs no decorator: ``an_item_is_in_stock``.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from apicheck.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

__all__ = ["HookError", "Hooks", "Message", "arguments", "load", "message", "state"]

_STATES, _MESSAGES = "__pact_states__", "__pact_messages__"
_Function = TypeVar("_Function", bound="Callable[..., Any]")


class HookError(Exception):
    """A function that is not there, does not fit, or failed: why nothing could be verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message with all that belongs to it: bytes and text as they are, anything else as JSON."""

    content: Any
    metadata: Mapping[str, Any] = field(default_factory=dict)
    content_type: str = ""


def state(*names: str) -> Callable[[_Function], _Function]:
    """Say that a function brings the provider into the states of these names."""
    return _marking(_STATES, names)


def message(*descriptions: str) -> Callable[[_Function], _Function]:
    """Say that a function makes the messages of these descriptions."""
    return _marking(_MESSAGES, descriptions)


def _marking(mark: str, names: tuple[str, ...]) -> Callable[[_Function], _Function]:
    if not names or not all(isinstance(each, str) for each in names):
        raise TypeError("give the name that pacts use, in brackets and quotes")

    def marked(function: _Function) -> _Function:
        setattr(function, mark, (*getattr(function, mark, ()), *names))
        return function

    return marked


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """The functions of one module: marked ones, and all by their names in plain words."""

    source: str
    states: Mapping[str, Callable[..., Any]]
    messages: Mapping[str, Callable[..., Any]]
    named: Mapping[str, Callable[..., Any]]

    def state(self, name: str) -> Callable[..., Any]:
        """The function of a state; HookError where there is none."""
        return self._found(self.states, name, "state")

    def message(self, description: str) -> Callable[..., Any]:
        """The function that makes a message; HookError where there is none."""
        return self._found(self.messages, description, "message")

    def _found(
        self, marked: Mapping[str, Callable[..., Any]], name: str, what: str
    ) -> Callable[..., Any]:
        found = marked.get(name) or self.named.get(_words(name))
        if found is not None:
            return found
        there = sorted(marked) or sorted(each.__name__ for each in self.named.values())
        shown = ", ".join(map(repr, there[:8])) + (", …" if len(there) > 8 else "")
        raise HookError(
            f"{self.source} has no function for the {what} {name!r}; it has {shown or 'none'}"
        )


def load(source: str) -> Hooks:
    """The functions of a module (``package.module``) or a file (``tests/states.py``).

    SourceError where it cannot be imported, or has none.
    """
    module = _imported(source)
    functions: list[Callable[..., Any]] = [
        each
        for name, each in vars(module).items()
        if inspect.isfunction(each) and not name.startswith("_")
    ]
    own = [each for each in functions if each.__module__ == module.__name__]
    hooks = Hooks(
        source=source,
        states=_table(functions, _STATES, source),
        messages=_table(functions, _MESSAGES, source),
        named={_words(each.__name__): each for each in own},
    )
    if not (hooks.states or hooks.messages or hooks.named):
        raise SourceError(source, "has no functions", "see: apicheck.pact.hooks")
    return hooks


def _imported(source: str) -> ModuleType:
    path = Path(source)
    if not (source.endswith(".py") or len(path.parts) > 1):
        imported: ModuleType = _run(source, lambda: importlib.import_module(source))
        return imported
    if not path.is_file():
        raise SourceError(source, "there is no such file", "give FILE.py or package.module")
    found = path.resolve()
    for known in list(sys.modules.values()):
        # The application may have imported it already; a second copy would have other variables.
        at = getattr(known, "__file__", None)
        if isinstance(at, str) and Path(at).resolve() == found:
            return known
    name = found.stem if found.stem not in sys.modules else f"_{found.stem}_of_pacts"
    spec = importlib.util.spec_from_file_location(name, found)
    if spec is None or spec.loader is None:
        raise SourceError(source, "is no Python file")
    module, loader = importlib.util.module_from_spec(spec), spec.loader
    # What stands beside it can be imported, as by a script.
    sys.path.insert(0, str(found.parent))
    sys.modules[name] = module
    _run(source, lambda: loader.exec_module(module))
    return module


def _run(source: str, imports: Callable[[], Any]) -> Any:
    try:
        return imports()
    except ModuleNotFoundError as problem:
        raise SourceError(source, f"cannot be imported: {problem}") from None
    except Exception as problem:
        raise SourceError(source, f"failed when it was imported: {told(problem)}") from problem


def told(problem: BaseException) -> str:
    """An exception in one line, with the last place of it that is not ours."""
    at, trace = "", problem.__traceback__
    here = str(Path(__file__).parent)
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if not name.startswith((here, "<frozen")):
            at = f" ({Path(name).name}:{trace.tb_lineno})"
        trace = trace.tb_next
    words = " ".join(str(problem).split())
    return f"{type(problem).__name__}: {words}{at}" if words else f"{type(problem).__name__}{at}"


def _table(
    functions: list[Callable[..., Any]], mark: str, source: str
) -> dict[str, Callable[..., Any]]:
    found: dict[str, Callable[..., Any]] = {}
    for each in functions:
        for name in getattr(each, mark, ()):
            if found.setdefault(name, each) is not each:
                raise SourceError(source, f"two functions are for {name!r}")
    return found


def _words(name: str) -> str:
    return re.sub(r"\W+|_+", "_", name).strip("_").lower()


def arguments(
    function: Callable[..., Any], given: Mapping[str, Any], ours: Mapping[str, Any]
) -> dict[str, Any]:
    """What a function is called with: what it asks for by name, of ``given`` before ``ours``.

    HookError where it does not take one that the pact gives, unless it asks for all ``params``, or
    needs one that nobody gives.
    """
    wanted = inspect.signature(function).parameters
    takes_all = any(each.kind is each.VAR_KEYWORD for each in wanted.values())
    values = {name: value for name, value in ours.items() if name in wanted}
    for name, value in given.items():
        if takes_all or name in wanted:
            values[name] = value
        elif "params" not in wanted:
            what = f"{function.__name__}() takes no parameter {name!r}"
            raise HookError(f"{what}, which the pact gives")
    for name, each in wanted.items():
        plain = each.kind not in {each.VAR_KEYWORD, each.VAR_POSITIONAL}
        if plain and each.default is each.empty and name not in values:
            raise HookError(f"{function.__name__}() needs {name!r}, which the pact does not give")
    return values
