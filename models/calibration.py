"""How sure a classifier of texts may be: two numbers that are fitted on validation texts."""

import json
import math
from pathlib import Path
from typing import NamedTuple

from tfrnn.errors import DataError

CALIBRATION = "calibration.json"  # the file's name in the folder of a run


class Calibration(NamedTuple):
    """What is fitted on validation texts after training.

    temperature: Divides the logits; Guo et al. 2017, https://arxiv.org/abs/1706.04599.
    threshold: Texts with a familiarity below it are out of scope; None where nothing is rejected.
    """

    temperature: float = 1.0
    threshold: float | None = None

    def save(self, folder: Path) -> None:
        """Writes calibration.json."""
        text = json.dumps(self._asdict(), indent=1) + "\n"
        (folder / CALIBRATION).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Calibration":
        """Reads calibration.json; without one, as of a run that was stopped, nothing is fitted.

        Raises:
            DataError: If it is not what `save` wrote.
        """
        path = folder / CALIBRATION
        try:
            found = cls(**json.loads(path.read_text(encoding="utf-8")))
            sound = 0 < found.temperature < float("inf")
            sound = sound and (found.threshold is None or math.isfinite(found.threshold))
        except FileNotFoundError:
            return NOT_FITTED
        except (OSError, ValueError, TypeError) as error:
            raise DataError(f"{path}: cannot be read: {error}.") from error
        if not sound:
            raise DataError(f"{path}: a temperature above 0 and a threshold are wanted.")
        return found


NOT_FITTED = Calibration()
