"""A folder of small models and the preset of intents, exported once, and a client of them."""

import pytest

from tests.serving import toys


@pytest.fixture(scope="session")
def exports(tmp_path_factory):
    root = tmp_path_factory.mktemp("served")
    toys.numbers(root / "numbers" / "3")
    toys.save(toys.Tags(), root / "tags", "tag_text")
    toys.save(toys.Captions(), root / "captions", "caption")
    toys.save(toys.Writer(towards=False), root / "letters", "compose")
    toys.save(toys.Writer(towards=True), root / "lengths", "compose")
    toys.preset("intent", root)
    return root


@pytest.fixture(scope="session")
def arithmetic(exports):
    """The folder of one model, which is loaded in a moment."""
    return exports / "numbers"


@pytest.fixture(scope="session")
def service(exports):
    return toys.opened(exports)


@pytest.fixture(scope="session")
def client(service):
    with toys.client_of(service) as client:
        yield client
