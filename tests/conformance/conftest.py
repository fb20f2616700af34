"""The table: every layer of `cases.CASES` on one noisy case, against every test of the folder."""

import pytest
import tensorflow as tf

from tests.conformance.cases import CASES, FEATURES
from tests.conformance.measure import noisy_state, randomized

LENGTHS = [7, 4, 1]  # real steps of the three rows


@pytest.fixture(params=sorted(CASES))
def make(request):
    return CASES[request.param]


@pytest.fixture
def layer(make):
    return randomized(make("float32"))


@pytest.fixture
def x():
    return tf.random.stateless_normal([3, 7, FEATURES], seed=[0, 1])


@pytest.fixture
def lengths():
    return LENGTHS


@pytest.fixture
def mask(lengths):
    return tf.sequence_mask(lengths, 7)


@pytest.fixture
def state(layer):
    return noisy_state(layer)
