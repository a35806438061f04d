"""What the tests of Avro share: contracts from values, and what is found between two."""

import importlib.util
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("avro_making", Path(__file__).parent / "making.py")
making = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(making)


@pytest.fixture
def avro():
    """The helpers of ``making.py``."""
    return making
