"""Check whether a change of an API breaks anyone, and for whom.

The public names are those of ``__all__``; they are served on first use, so that
``import apicheck`` costs next to nothing.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0.dev0"

#: Public name -> module that defines it.
_HOME = {
    "Settings": "apicheck.api",
    "catalogue": "apicheck.api",
    "check": "apicheck.api",
    "compare": "apicheck.api",
    "contains": "apicheck.schema.relation",
    "load": "apicheck.api",
}

__all__ = ["Settings", "__version__", "catalogue", "check", "compare", "contains", "load"]


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'apicheck' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    return list(__all__)
