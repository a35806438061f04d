"""The pytest plugin: ``apicheck_fuzz`` holds an application against its contract.

def test_errors(apicheck_fuzz):
    apicheck_fuzz(app, contract="openapi.yaml", token="…")

Nothing of apicheck is imported before a test asks for the fixture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from apicheck.model import Report

__all__ = ["apicheck_fuzz", "pytest_addoption", "pytest_configure"]

_MARKER = "apicheck(**options): options of apicheck fuzz, such as contract or token, for a test"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The contract, and the options of each call that names none of its own."""
    parser.addini(
        "apicheck_contract", "The OpenAPI document that apicheck_fuzz holds apps against."
    )
    parser.addini(
        "apicheck_options",
        "Options of apicheck fuzz, NAME = VALUE, one a line.",
        type="linelist",
        default=[],
    )


def pytest_configure(config: pytest.Config) -> None:
    """The marker."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def apicheck_fuzz(request: pytest.FixtureRequest) -> Callable[..., Report]:
    """Hold an application against its contract; AssertionError tells what is wrong.

    ``apicheck_fuzz(target, **options)``: ``target`` is an ASGI or WSGI application, an address,
    ``module:app`` or a command. ``options`` are those of ``apicheck fuzz`` (``second_token`` for
    ``--second-token``) and ``fail_on``; those that are missing come from the marker ``apicheck``,
    then from the ini file, then from ``[fuzz]`` of apicheck.toml. Only probes are made unless
    ``phases`` says more. Gives the report.
    """
    ini: dict[str, Any] = {}
    contract = request.config.getini("apicheck_contract")
    if contract:
        ini["contract"] = str(request.config.rootpath / contract)
    for line in request.config.getini("apicheck_options"):
        name, equals, value = line.partition("=")
        if not equals:
            raise pytest.UsageError(f"apicheck_options: {line!r} is not of the form NAME = VALUE")
        ini[name.strip().replace("-", "_")] = value.strip()
    for marker in reversed(list(request.node.iter_markers("apicheck"))):
        ini |= marker.kwargs

    def fuzz(target: Any, **options: Any) -> Report:
        __tracebackhide__ = True
        from apicheck.errors import ApicheckError
        from apicheck.testing.assertion import checked

        try:
            report, wrong = checked(target, {**ini, **options})
        except ApicheckError as problem:
            raise problem.with_traceback(None) from None  # where in us is no help
        if wrong:
            raise AssertionError(wrong)
        return report

    return fuzz
