"""What every test may ask for: ``--accept`` rewrites the files that tests compare with."""

import pytest


def pytest_addoption(parser):
    parser.addoption(
        "--accept", action="store_true", help="rewrite expected files with what was found"
    )


@pytest.fixture
def accept(request):
    """Whether expected files are to be rewritten instead of compared with."""
    return request.config.getoption("--accept")
