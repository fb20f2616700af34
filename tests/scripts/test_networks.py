"""Captioners over a network of keras.applications: frozen, then fine-tuned, and what they export.

Its weights are drawn at random: nothing is fetched.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import evaluate
import export
import generate
import train
from models import networks
from models.captions import open_describer
from models.commands import caption_scores
from models.files import best_checkpoint
from models.networks import TunedNetwork
from tfrnn.data.scenes import draw_scenes

LAST = 9  # layers of the network that learn: its last block
SIDE = 32
TINY = [
    "--train.steps=3", "--train.evaluate-every=3", "--train.precision=float32",
    "--train.warmup=1", "--train.average=0", "--train.compile=graph", "--train.shards=1",
    "--data.batch-size=4", "--data.least=1", f"--model.picture-size={SIDE}", "--model.embed=12",
    "--model.units=16", "--model.attention-units=8",
]  # fmt: skip


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("network") / "network.weights.h5"
    keras.utils.set_random_seed(1)
    build = keras.applications.MobileNetV2
    build(include_top=False, weights=None, input_shape=(SIDE, SIDE, 3)).save_weights(path)
    return path


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Pictures with captions; the last is a JPEG of a camera that was held upright."""
    folder = tmp_path_factory.mktemp("photos")
    scenes, lines = draw_scenes(31, seed=2), []
    for n, scene in enumerate(scenes[:30]):
        Image.fromarray(scene.pixels).save(folder / f"{n}.png")
        lines.append(f"{n}.png\t{scene.caption}\n")
    (folder / "captions.tsv").write_text("".join(lines))
    exif = Image.Exif()
    exif[0x0112] = 6
    large = Image.fromarray(scenes[30].pixels).resize((96, 64))
    large.save(folder.parent / "held.jpg", quality=95, exif=exif)
    return folder


@pytest.fixture(scope="module")
def frozen(weights, photos, tmp_path_factory):
    root = tmp_path_factory.mktemp("frozen")
    words = ["captioner", f"--data.source={photos}", f"--data.cache={root / 'cache'}"]
    train.main([*words, f"--out={root / 'run'}", f"--model.encoder-weights={weights}", *TINY])
    return root / "run"


@pytest.fixture(scope="module")
def tuned(frozen, photos, tmp_path_factory):
    """A run that goes on from the frozen one, whose network learns as well."""
    root = tmp_path_factory.mktemp("tuned")
    words = ["captioner", f"--data.source={photos}", f"--data.cache={root / 'cache'}", *TINY]
    words += [f"--init={frozen}", f"--model.encoder-weights={frozen / 'network.weights.h5'}"]
    more = [f"--model.fine-tune={LAST}", "--model.jitter=0.1", "--train.learning-rate=0.001"]
    train.main([*words, *more, f"--out={root / 'run'}"])
    return root / "run"


def eye_of(run):
    """The weights of the network within the model of a run."""
    model = open_describer(run).model
    assert isinstance(model.eye, TunedNetwork)
    return model.eye


def test_the_last_layers_learn_and_no_others(tuned, weights):
    eye = eye_of(tuned)
    learning = {id(variable) for variable in eye.trainable_variables}
    before = keras.applications.MobileNetV2(
        include_top=False, weights=str(weights), input_shape=(SIDE, SIDE, 3)
    )
    moved = [
        bool(np.abs(new.numpy() - old.numpy()).max() > 0)
        for new, old in zip(eye.body.weights, before.weights, strict=True)
    ]
    assert moved == [id(variable) in learning for variable in eye.body.weights]
    assert 0 < sum(moved) < 5  # convolutions of the last block, no batch normalisation


def test_it_goes_on_from_the_frozen_run(frozen, tuned):
    assert (frozen / "network.weights.h5").exists()
    assert not (tuned / "network.weights.h5").exists()  # it is a part of the model
    old, new = (best_checkpoint(run).arrays for run in (frozen, tuned))
    name = "model/readout/kernel"
    moved = np.abs(new[name] - old[name]).mean()
    assert 0 < moved < 0.003  # of weights of about 0.2: three steps of at most 0.001 each


@pytest.mark.parametrize("kind", ["frozen", pytest.param("tuned", marks=pytest.mark.slow)])
def test_the_export_captions_a_turned_photograph_as_the_run_does(
    kind, photos, call, tmp_path, request
):
    run = request.getfixturevalue(kind)
    out = tmp_path / "captioner"
    assert call(export.main, run, "--out", out).code == 0
    photo = photos.parent / "held.jpg"
    words = [photo, "--nbest=3"]
    known = call(generate.main, "captioner", "--from", run, *words)
    served = call(generate.main, "captioner", "--from", out, *words)
    assert known.code == served.code == 0, served.err
    pairs = [[line.split("\t") for line in done.out.splitlines()] for done in (known, served)]
    assert [text for _, text in pairs[0]] == [text for _, text in pairs[1]]
    for (one, _), (other, _) in zip(*pairs):
        assert float(one) == pytest.approx(float(other), abs=0.02)
    # generate.py hands an export pixels; a client hands it the file itself.
    caption = tf.saved_model.load(str(out / "1")).signatures["caption"]
    texts = caption(image=tf.constant([photo.read_bytes()]))["text"]
    assert texts.numpy()[0][0].decode() == pairs[0][0][1]


def test_a_tuned_run_is_scored_by_what_it_holds(tuned, call, tmp_path, monkeypatch):
    def build(**given):
        assert given["weights"] is None, "scoring fetched or opened weights of a network"
        return network.build(**given)

    network = networks.NETWORKS["mobilenet_v2"]
    monkeypatch.setitem(networks.NETWORKS, "mobilenet_v2", network._replace(build=build))
    done = call(evaluate.main, tuned, "--out", tmp_path)
    assert done.code == 0, done.err
    assert "CIDEr-D, beam 3" in done.out


def test_the_nearest_picture_of_a_tuned_run_goes_by_what_its_network_sees(tuned):
    model = open_describer(tuned).model
    rows = np.random.default_rng(0).integers(0, 256, (35, SIDE, SIDE, 3)).astype(np.uint8)
    vectors = caption_scores._vectors(rows, model)
    np.testing.assert_allclose(vectors, model.eye(rows).numpy().mean((1, 2)), atol=1e-5)


def test_what_does_not_fit_is_one_line(refused, photos, weights, tmp_path):
    words = ["captioner", f"--data.source={photos}", f"--out={tmp_path / 'run'}", *TINY]
    frozen = [f"--model.encoder-weights={weights}", "--model.jitter=0.1"]
    refused(64, "--model.jitter changes pixels", train.main, *words, *frozen)
    small = ["--model.encoder=small", "--model.fine-tune=3"]
    refused(64, "--model.fine-tune is for a network", train.main, *words, *small)
    drawn = ["captioner", f"--out={tmp_path / 'run'}", *TINY[:-4], "--model.fine-tune=3"]
    refused(64, "--model.fine-tune is for a network", train.main, *drawn)


def test_without_a_network_it_says_what_to_fetch(refused, photos, tmp_path, monkeypatch):
    def build(**_):
        raise Exception("URL fetch failure on https://example.org/weights.h5: None -- no route")

    network = networks.NETWORKS["mobilenet_v2"]._replace(build=build)
    monkeypatch.setitem(networks.NETWORKS, "mobilenet_v2", network)
    words = ["captioner", f"--data.source={photos}", f"--out={tmp_path / 'run'}", *TINY]
    line = refused(74, "fetch https://example.org/weights.h5 elsewhere", train.main, *words)
    assert line.endswith("and name it: --model.encoder-weights.")
