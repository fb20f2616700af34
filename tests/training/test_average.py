"""The running average of weights: its numbers, and that a run with it resumes exactly."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfrnn.data.batch import Batch, Splits
from tfrnn.errors import UsageError
from tfrnn.training.average import WeightAverage
from tfrnn.training.config import LEAST_STEPS, TrainConfig
from tfrnn.training.loop import make_average, train
from tfrnn.training.losses import missed
from tfrnn.training.run import Standing, run

BATCH = Batch(
    {"x": tf.constant([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])},
    tf.constant([0, 1, 1]),
    tf.constant([1.0, 1.0, 0.0]),
)


@keras.saving.register_keras_serializable("tests")
class Line(keras.Model):
    def __init__(self):
        super().__init__(name="line")
        self.logits = keras.layers.Dense(2, name="logits")

    def build(self, input_shape=None):
        self.logits.build((None, 2))
        self.built = True

    def call(self, inputs, training=False):
        return self.logits(inputs["x"])


def line(seed=0):
    keras.utils.set_random_seed(seed)
    model = Line()
    model.build()
    return model


def splits():
    return Splits(
        train=lambda start: tf.data.Dataset.from_tensors(BATCH).repeat(),
        valid=[BATCH],
        test=[BATCH],
        sizes={},
        epoch=3,
    )


def nats(logits, batch):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(batch.targets, logits)


def config(**values):
    fixed = {"precision": "float32", "compile": "graph", "shards": 1, "warmup": 1}
    return TrainConfig(**{"learning_rate": 0.1, "steps": 12, "evaluate_every": 4} | fixed | values)


def test_the_average_by_its_formula():
    model = line()
    average = WeightAverage(model, 0.9)
    rng, wanted = np.random.default_rng(0), model.logits.kernel.numpy().astype(np.float64)
    for updates in range(1, 200):
        value = rng.normal(size=(2, 2))
        model.logits.kernel.assign(value)
        average.update(tf.constant(updates))
        keep = min(0.9, (1 + updates) / (10 + updates))
        wanted = keep * wanted + (1 - keep) * value
    np.testing.assert_allclose(average.named()["logits/kernel"], wanted, atol=1e-5)
    own = model.logits.kernel.numpy()
    with average.in_place():
        np.testing.assert_allclose(model.logits.kernel, wanted, atol=1e-5)
    np.testing.assert_array_equal(model.logits.kernel, own)


def test_weights_come_back_even_after_a_failure():
    model = line()
    average = WeightAverage(model, 0.5)
    model.logits.kernel.assign(tf.ones([2, 2]))
    with pytest.raises(RuntimeError), average.in_place():
        raise RuntimeError
    assert (model.logits.kernel.numpy() == 1).all()


def test_validation_scores_the_average():
    model = line()
    chosen = config(average=0.99, evaluate_every=12)
    average = make_average(model, chosen)
    *_, last = train(model, nats, chosen, splits(), average=average)
    with average.in_place():
        wanted = float(tf.reduce_sum(nats(model(BATCH.inputs), BATCH)[:2]) / 2)
    assert last.valid_loss == pytest.approx(wanted)
    assert float(tf.reduce_sum(nats(model(BATCH.inputs), BATCH)[:2]) / 2) < wanted
    assert make_average(model, config()) is None


def test_a_judge_decides_what_validation_means():
    losses = [p.valid_loss for p in train(line(), nats, config(), splits(), judge=missed)]
    assert set(losses[3::4]) <= {0.0, 0.5, 1.0}  # shares of the two targets that count
    assert losses[-1] == 0.0
    assert all(loss is None for i, loss in enumerate(losses, 1) if i % 4)


def test_a_score_of_its_own_sees_the_weights_that_are_used():
    model, seen = line(), []

    def score():
        seen.append(float(model.weights[0].value[0, 0]))
        return float(len(seen))

    settings = config(average=0.9)
    average = make_average(model, settings)
    losses = [
        p.valid_loss for p in train(model, nats, settings, splits(), score=score, average=average)
    ]
    assert [loss for loss in losses if loss is not None] == list(range(1, len(seen) + 1))
    with average.in_place():
        assert seen[-1] == float(model.weights[0].value[0, 0])
    assert seen[-1] != float(model.weights[0].value[0, 0])


def test_a_step_tells_how_many_targets_counted():
    assert {p.targets for p in train(line(), nats, config(), splits())} == {2}


def test_a_run_with_an_average_resumes_exactly(tmp_path):
    chosen = config(average=0.9)
    for name in ("whole", "cut"):
        (tmp_path / name).mkdir()
    whole = line()
    for _ in run(whole, nats, chosen, splits(), tmp_path / "whole"):
        pass
    steps, cut = [], line()
    for now in run(cut, nats, chosen, splits(), tmp_path / "cut", stop=lambda: len(steps) == 5):
        steps.append(now.progress.step)
    assert steps == [1, 2, 3, 4, 5, 6]
    again = line(seed=7)
    for now in run(again, nats, chosen, splits(), tmp_path / "cut"):
        steps.append(now.progress.step)
    assert steps == [*range(1, 13)]
    assert isinstance(now.standing, Standing) and now.standing.finished
    for name in ("arrays.npz",):
        with (
            np.load(tmp_path / "whole" / "step-00000012" / name) as wanted,
            np.load(tmp_path / "cut" / "step-00000012" / name) as found,
        ):
            assert sum(key.startswith("average/") for key in wanted) == 2
            for key in wanted:
                np.testing.assert_array_equal(found[key], wanted[key])


def test_passes_become_steps():
    chosen = TrainConfig(epochs=20, evaluate_every=0, learning_rate=1.0)
    assert chosen.settle(300).steps == 6000
    assert chosen.settle(300).evaluate_every == 300
    assert chosen.settle(10).steps == LEAST_STEPS
    assert chosen.settle(10).evaluate_every == 50
    fixed = TrainConfig(steps=7, evaluate_every=3, learning_rate=1.0)
    assert fixed.settle(0) == fixed == fixed.settle(99)
    with pytest.raises(UsageError, match=r"not read in passes: --train\.steps"):
        chosen.settle(0)


@pytest.mark.parametrize(
    ("values", "flag"),
    [
        ({"steps": 0}, "--train.steps must be 1 or more"),
        ({"steps": 5, "epochs": -1}, "--train.epochs must be 0 or more"),
        ({"steps": 5, "average": 1.0}, "--train.average must be 0 or more, below 1"),
        ({"steps": 5, "evaluate_every": -1}, "--train.evaluate-every must be 0 or more"),
    ],
)
def test_numbers_that_cannot_be(values, flag):
    with pytest.raises(UsageError, match=flag):
        TrainConfig(learning_rate=1.0, **values)
