"""Flickr8k as a TensorFlow data set, made of its own files on the disk.

Hodosh, Young and Hockenmaier 2013, "Framing Image Description as a Ranking Task",
https://doi.org/10.1613/jair.3994. Importing this module makes `flickr8k` known to tfds.
"""

from collections.abc import Iterator
from pathlib import Path

import tensorflow_datasets as tfds

from tfrnn.data.caption_files import caption_lines, find_captions, read_lists
from tfrnn.data.examples import Refusals
from tfrnn.errors import CannotCreateError, DataError, MissingInputError, StorageError

PARTS = {"train": "train", "validation": "valid", "test": "test"}


class Flickr8k(tfds.core.GeneratorBasedBuilder):
    """8,000 photographs with five captions each, in the splits of its lists.

    A row has `image` (the JPEG as it is, decoded when it is read) and `captions`, as they were
    written.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "Image, captions; the splits of the lists."}  # noqa: RUF012
    MANUAL_DOWNLOAD_INSTRUCTIONS = """
    A folder with Flickr8k.token.txt, Flickr_8k.trainImages.txt, Flickr_8k.devImages.txt,
    Flickr_8k.testImages.txt, and the pictures in it or below it:
    python -m models.prepare flickr8k FOLDER
    """

    def _info(self):
        features = {
            "image": tfds.features.Image(shape=(None, None, 3), encoding_format="jpeg"),
            "captions": tfds.features.Sequence(tfds.features.Text()),
        }
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(features),
            homepage="https://doi.org/10.1613/jair.3994",
            description=self.__doc__,
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager):
        folder = Path(dl_manager.manual_dir)
        lists, told = read_lists(folder), captions_as_written(find_captions(folder))
        if not lists:
            raise DataError(f"{folder}: no lists of its pictures (Flickr_8k.trainImages.txt, ...).")
        files = {path.name: path for path in folder.rglob("*.jpg")}
        return {
            split: self._generate_examples(lists[part], told, files)
            for split, part in PARTS.items()
        }

    def _generate_examples(self, names, told, files):
        for number, name in enumerate(names):
            if name not in files or name not in told:
                what = "picture" if name not in files else "caption"
                raise DataError(f"{name} is in the lists and has no {what}; complete the folder.")
            yield number, {"image": files[name], "captions": told[name]}


def captions_as_written(path: Path) -> dict[str, list[str]]:
    """Returns the captions of each picture, in the order of the file."""
    told: dict[str, list[str]] = {}
    for name, caption, _ in caption_lines(path, Refusals(False, "captions")):
        told.setdefault(name, []).append(caption.strip())
    return told


def prepare(folder: Path, data_dir: Path | None = None) -> Path:
    """Makes the data set of a folder; one that is there already stays.

    Args:
        folder: Of Flickr8k's files.
        data_dir: Of tfds; None is its own, ~/tensorflow_datasets.

    Returns:
        Where it is.

    Raises:
        MissingInputError: If there is no such folder, or a file of it is missing.
        DataError: If it is not Flickr8k's.
        CannotCreateError: If the data set cannot be written.
    """
    if not folder.is_dir():
        raise MissingInputError(f"{folder}: no such folder.")
    config = tfds.download.DownloadConfig(manual_dir=str(folder))
    builder = Flickr8k(data_dir=data_dir and str(data_dir))
    try:
        builder.download_and_prepare(download_config=config)
    except PermissionError as error:
        raise CannotCreateError(f"{builder.data_path}: {error.strerror}.") from error
    except OSError as error:
        raise StorageError(f"{builder.data_path}: {error.strerror or error}.") from error
    return Path(builder.data_path)


def splits(path: Path) -> Iterator[tuple[str, int]]:
    """Yields the splits of a data set that was made, and how many rows each has."""
    for name, split in tfds.builder_from_directory(str(path)).info.splits.items():
        yield name, split.num_examples
