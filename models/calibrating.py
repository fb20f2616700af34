"""Fits on validation texts what a classifier needs beyond its weights: how sure it may be."""

from pathlib import Path

import numpy as np

from models.calibration import Calibration
from models.sentences import open_labeller
from tfrnn.data.sentences import SentenceData
from tfrnn.metrics.calibration import expected_calibration_error, fit_temperature, softmax
from tfrnn.metrics.out_of_scope import at_threshold, choose_threshold, keep_accuracy

LOSES = 0.02  # share of the right answers that may be rejected where no text out of scope is known


def calibrate(folder: Path, data: SentenceData) -> list[tuple[str, str]]:
    """Fits the temperature and the threshold of a finished run and writes calibration.json.

    The threshold has the best mean of two shares: of the texts out of scope that are rejected,
    and of the others that are accepted and get their label. Where validation has no text out of
    scope, it rejects what it may at the cost of `LOSES`, and nothing where --data.oos-label is
    empty.

    Returns:
        Lines that say what came of it, each a label and a text.
    """
    labeller = open_labeller(folder, calibrated=False)
    logits, familiarity = labeller.readings([text for text, _ in data.valid])
    ids = {label: i for i, label in enumerate(labeller.labels)}
    labels = np.array([ids.get(label, -1) for _, label in data.valid])
    outside = labels < 0
    right = logits.argmax(1) == labels
    temperature = fit_temperature(logits[~outside], labels[~outside])
    before, after = (
        expected_calibration_error(softmax(logits[~outside], t), labels[~outside])
        for t in (1.0, temperature)
    )
    threshold = None
    if outside.any():
        threshold = choose_threshold(familiarity, right, outside)
    elif data.outside:
        least = (1 - LOSES) * right.mean()
        threshold = keep_accuracy(familiarity, right, outside, least)
    Calibration(temperature, threshold).save(folder)
    lines = [
        (
            "validated",
            f"temperature {temperature:.2f} brings the calibration error on validation from "
            f"{before:.3f} to {after:.3f}",
        )
    ]
    if threshold is None:
        return lines
    told = at_threshold(familiarity, right, outside, threshold)
    found = f"{told.recall:.1%} of what is out of scope is found, " if outside.any() else ""
    return [
        *lines,
        (
            "rejects",
            f"below {threshold:.2f}: {found}{told.accuracy:.1%} of the other texts still get their "
            "label (validation)",
        ),
    ]
