"""The processes of the libraries, started once, and a way to save what was measured."""

import json

import pytest

from benchmarks import results
from benchmarks.sides import Stage


@pytest.fixture(scope="session")
def stage():
    with Stage() as stage:
        yield stage


@pytest.fixture
def saved(tmp_path):
    """What writes rows and their picture, and returns the rows that the file holds."""

    def saved(rows, module):
        path = tmp_path / "new" / "found.json"
        results.write(rows, {"cores": 2}, path)
        module.draw(rows, path.with_suffix(".png"))
        assert path.with_suffix(".png").stat().st_size > 5000
        return json.loads(path.read_text())["rows"]

    return saved
