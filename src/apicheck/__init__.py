"""apicheck: does this API change break anyone, and for whom?

The public names are those of ``__all__``; they are served on first use, so that
``import apicheck`` costs next to nothing.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0.dev0"

#: Public name -> module that defines it.
_HOME: dict[str, str] = {}

__all__ = sorted([*_HOME, "__version__"])


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'apicheck' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return list(__all__)
