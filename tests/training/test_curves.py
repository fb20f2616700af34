"""The picture of a run: made of whatever metrics.jsonl holds."""

import json

import pytest

from tfrnn.training.axes import Axis
from tfrnn.training.curves import draw
from tfrnn.training.run import METRICS

PNG = b"\x89PNG\r\n\x1a\n"


def record(step, loss=2.0, **more):
    return {"step": step, "loss": loss, "grad_norm": 0.5, "skipped": loss is None} | more


@pytest.mark.parametrize(
    "records",
    [
        [record(1)],
        [record(1), record(2, valid_loss=1.5)],
        [record(1), record(2, loss=None), record(3, valid_loss=None)],
    ],
    ids=["one step", "an evaluation", "numbers that were not finite"],
)
def test_a_run_is_drawn(tmp_path, records):
    (tmp_path / METRICS).write_text("".join(json.dumps(r) + "\n" for r in records))
    picture = draw(tmp_path)
    assert picture == tmp_path / "curves.png"
    assert picture.read_bytes().startswith(PNG)


@pytest.mark.parametrize("text", [None, "", json.dumps(record(1, loss=None)) + "\n"])
def test_a_run_without_a_finite_step_has_no_picture(tmp_path, text):
    if text is not None:
        (tmp_path / METRICS).write_text(text)
    assert draw(tmp_path) is None
    assert not (tmp_path / "curves.png").exists()


def test_a_figure_in_another_unit_has_a_panel_of_its_own(tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    panels, save = [], Figure.savefig

    def watch(figure, *args, **kwargs):
        panels.append([axis.get_ylabel() for axis in figure.axes])
        save(figure, *args, **kwargs)

    monkeypatch.setattr(Figure, "savefig", watch)
    records = [record(1), record(2, valid_loss=0.5)]
    (tmp_path / METRICS).write_text("".join(json.dumps(r) + "\n" for r in records))
    draw(tmp_path)
    draw(tmp_path, Axis("nats", 1.0), Axis("% wrong", 100))
    assert panels == [
        ["bits a character", "gradient norm"],
        ["nats", "% wrong", "gradient norm"],
    ]
