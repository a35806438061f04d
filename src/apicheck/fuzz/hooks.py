"""What a team does around a run: Python functions in a file, or an address that is told by POST.

``before_run(base)`` and ``after_run()`` frame a run; ``before_operation(label)`` is called before
an operation is probed; ``resource(template)`` gives the path parameters of a resource that is
there (``{"orderId": "17"}``), or None where it knows none.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apicheck.errors import ConfigError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["NAMES", "Hooks", "hooks_of"]

NAMES = ("before_run", "before_operation", "resource", "after_run")
#: Seconds that an address may take to do what it is told.
_PATIENCE = 60.0
_LARGEST = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """The hooks that there are, by name; none of them must be."""

    known: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    def call(self, name: str, *given: str) -> Any:
        """What a hook gives; None where it is not there."""
        hook = self.known.get(name)
        return None if hook is None else hook(*given)

    def resource(self, template: str) -> dict[str, str] | None:
        """Path parameters of a resource that is there; ConfigError where they are no such thing."""
        given = self.call("resource", template)
        if given is None:
            return None
        if not isinstance(given, dict) or not all(
            isinstance(name, str) and isinstance(each, str | int) for name, each in given.items()
        ):
            raise ConfigError(
                "--hooks",
                f"resource({template!r})",
                f"gave {given!r:.200}",
                'it must give None or path parameters, such as {"orderId": "17"}',
            )
        missing = [e for e in _parameters(template) if e not in given]
        if missing:
            raise ConfigError(
                "--hooks", f"resource({template!r})", f"gave no value for {', '.join(missing)}"
            )
        return {name: str(each) for name, each in given.items()}


def _parameters(template: str) -> list[str]:
    return [each.partition("}")[0] for each in template.split("{")[1:]]


def hooks_of(said: str) -> Hooks:
    """The hooks of a Python file, a module, or an address."""
    if said.startswith(("http://", "https://")):
        return Hooks(known={name: _asking(said, name) for name in NAMES})
    module = _loaded(said)
    known = {name: getattr(module, name) for name in NAMES if callable(getattr(module, name, None))}
    if not known:
        raise ConfigError(
            "--hooks", said, "has none of the functions", f"known: {', '.join(NAMES)}"
        )
    return Hooks(known={name: _guarded(said, name, hook) for name, hook in known.items()})


def _loaded(said: str) -> Any:
    path = Path(said)
    if path.suffix != ".py" and not path.is_file():
        return _imported(said)
    if not path.is_file():
        raise ConfigError("--hooks", said, "there is no such file")
    spec = importlib.util.spec_from_file_location(f"apicheck_hooks_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as problem:  # noqa: BLE001 - whatever a file of the user does
        raise SourceError(said, f"cannot be loaded: {_where(problem)}") from None
    return module


def _imported(said: str) -> Any:
    sys.path.insert(0, str(Path.cwd()))
    try:
        return importlib.import_module(said)
    except Exception as problem:  # noqa: BLE001 - whatever a module of the user does
        raise SourceError(
            said, f"cannot be imported: {_where(problem)}", "give a file, a module or an address"
        ) from None
    finally:
        sys.path.pop(0)


def _guarded(said: str, name: str, hook: Callable[..., Any]) -> Callable[..., Any]:
    """The hook, whose mistakes are its own and not a bug of ours."""

    def called(*given: str) -> Any:
        try:
            return hook(*given)
        except Exception as problem:  # noqa: BLE001 - whatever a hook does
            raise SourceError(f"{said} {name}", f"failed: {_where(problem)}") from None

    return called


def _where(problem: BaseException) -> str:
    """The exception, and the line of the user's that it comes from."""
    frames = traceback.extract_tb(problem.__traceback__)
    last = frames[-1] if frames else None
    line = f" ({last.filename}:{last.lineno})" if last else ""
    return f"{type(problem).__name__}: {problem}{line}"


def _asking(url: str, name: str) -> Callable[..., Any]:
    """Tell an address by POST; what it answers as JSON is what the hook gives."""

    def asked(*given: str) -> Any:
        import urllib.error
        import urllib.request

        # The machine's proxies are no way to an address of this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

        content = json.dumps({"hook": name, "arguments": list(given)}).encode()
        request = urllib.request.Request(  # noqa: S310 - http or https, by hooks_of
            url, data=content, headers={"Content-Type": "application/json"}, method="POST"
        )
        try:
            with opener.open(request, timeout=_PATIENCE) as answer:
                body = answer.read(_LARGEST)
        except urllib.error.HTTPError as refused:
            with refused:
                told = f"answered the hook {name} with {refused.code}"
                raise SourceError(url, told, "answer with 200 and JSON, or 204") from None
        except (OSError, ValueError) as problem:
            raise SourceError(url, f"cannot be told of the hook {name}: {problem}") from None
        try:
            return json.loads(body) if body.strip() else None
        except ValueError:
            raise SourceError(url, f"answered the hook {name} with what is no JSON") from None

    return asked
