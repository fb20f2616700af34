"""What train.py says of a step."""

import pytest

from tfrnn.training.loop import Progress
from train import describe_skipped


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        ((), ""),
        ((3,), "; look at row 3 of its batch"),
        ((0, 1, 2, 3, 4, 7), "; look at row 0, 1, 2, 3, 4, ... of its batch"),
    ],
)
def test_a_skipped_update_names_the_rows(rows, where):
    progress = Progress(1200, 64, float("nan"), 0.5, True, rows, None)
    expected = f"the update of step 1,200: loss nan, gradient norm 0.5{where}"
    assert describe_skipped(progress) == expected
