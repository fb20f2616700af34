"""TensorFlow data sets that stand prepared on the disk.

Never downloads: without a network tfds tries again for minutes, and a cut download stays.
"""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tfrnn.errors import MissingInputError, StorageError


def open_prepared(name: str) -> Any:
    """Returns the builder of a data set, without fetching anything.

    Raises:
        MissingInputError: If there is no such data set, or no tfds.
    """
    if importlib.util.find_spec("tensorflow_datasets") is None:
        raise MissingInputError(
            f"tfds:{name}: to read it, pip install tensorflow-datasets importlib_resources."
        )
    import tensorflow_datasets as tfds  # here, because it takes seconds

    import tfrnn.data.flickr8k  # noqa: F401  # which makes that data set known by its name

    try:
        return tfds.builder(name, try_gcs=False)
    except (tfds.core.DatasetNotFoundError, ValueError) as error:
        raise MissingInputError(f"tfds:{name}: no such data set in tensorflow_datasets.") from error


def check_prepared(builder: Any, name: str) -> None:
    """Refuses a data set that does not stand on the disk.

    Raises:
        StorageError: Saying by what command it is prepared.
    """
    if not (Path(builder.data_path) / "dataset_info.json").is_file():
        raise StorageError(
            f"tfds:{name}: not in {builder.data_path}; with a network run python -c 'import"
            f' tensorflow_datasets as tfds; tfds.builder("{name}").download_and_prepare()\''
            " and bring that folder here."
        )


def examples(builder: Any, split: str) -> Iterator[tuple[str, dict]]:
    """Yields the examples of a split as numpy, each after the name that messages give it."""
    for i, example in enumerate(builder.as_dataset(split=split).as_numpy_iterator()):
        yield f"tfds:{builder.name}/{split}#{i}", example
