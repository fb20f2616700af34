"""What a captioner reads of its pictures, made once: the zoo's hook between data and model."""

from hashlib import sha256
from pathlib import Path

import numpy as np

from models.configs import CaptionerConfig
from models.networks import PictureReader, open_network
from tfrnn.cli import report
from tfrnn.data.captioned import CaptionData
from tfrnn.data.captions import feature_rows
from tfrnn.data.options import CaptionsOptions
from tfrnn.data.picture_cache import stored
from tfrnn.data.scenes import SIZE
from tfrnn.errors import DataError, MissingInputError, UsageError

ROWS = 32  # pictures that a network reads together
BEFORE = 1  # changes when the way from pixels to rows does, so that no old cache is used


def encoder_of(config: CaptionerConfig, options: CaptionsOptions) -> str:
    """Returns what reads the pictures, where the config leaves it to the data; "" is nothing."""
    if options.features:
        return ""
    if config.encoder != "auto":
        return config.encoder
    return "mobilenet_v2" if options.source else "small"


def reader_of(config: CaptionerConfig, options: CaptionsOptions, weights: Path | None):
    """Returns the `PictureReader` of a run, its network with `weights` if that is frozen."""
    name, size = encoder_of(config, options), size_of(config, options)
    learns = name == "small" or config.fine_tune
    return PictureReader(size) if learns else PictureReader(size, name, weights)


def size_of(config: CaptionerConfig, options: CaptionsOptions) -> int:
    """Returns the pixels of a side to which pictures are brought."""
    return config.picture_size if options.source else SIZE


def prepared(data: CaptionData, config: CaptionerConfig, options: CaptionsOptions) -> CaptionData:
    """Returns the data as training wants it: also with what a network starts from that learns.

    Raises what `with_rows` and `models.networks.open_network` raise, and:
        UsageError: If an option is for pictures that are read otherwise.
    """
    _check(config, options)
    if config.fine_tune:
        size = size_of(config, options)
        network = open_network(encoder_of(config, options), size, config.encoder_weights)
        data = data._replace(start=network.get_weights())
    return with_rows(data, config, options)


def with_rows(data: CaptionData, config: CaptionerConfig, options: CaptionsOptions) -> CaptionData:
    """Returns the data with what the model reads of each picture, from the cache if it is there.

    Raises:
        DataError: If a picture cannot be used and `options.skip_bad` does not leave it out.
    """
    if options.features:
        return data._replace(rows=_given(data, options))
    reader = reader_of(config, options, config.encoder_weights)
    if not options.source and not reader.network:  # drawn as the model reads them
        return data._replace(rows=np.stack([load() for load in data.found.loaders()]))
    count = sum(len(part) for part in data.found[:3])
    name = encoder_of(config, options)
    key = [f"v{BEFORE}", name, data.found.stamp, str(reader.size), *_digest(reader)]
    kind = "uint8" if reader.network is None else "float16"
    shape = (count, *reader.shape())
    found = stored(
        options.cache, key, shape, kind, lambda rows: _fill(rows, data, reader, options.skip_bad)
    )
    again = "from the cache" if found.again else "kept"
    report.say("pictures", f"{count:,} x {shape[1:]} by {name}, {again} in {options.cache}")
    if found.ill and not options.skip_bad:
        raise DataError(f"{next(iter(found.ill.values()))} --data.skip-bad leaves such out.")
    if found.ill:
        first = next(iter(found.ill.values()))
        report.say("warning", f"{len(found.ill):,} bad pictures left out (first: {first})")
    data = data._replace(rows=found.rows, network=reader.network)
    return data.without(found.ill) if found.ill else data


def _check(config, options):
    name = encoder_of(config, options)
    if config.fine_tune and name in ("", "small"):
        raise UsageError(
            "--model.fine-tune is for a network that reads pictures: --model.encoder mobilenet_v2."
        )
    if config.jitter and name != "small" and not config.fine_tune:
        raise UsageError(
            "--model.jitter changes pixels, and a frozen network has read them before: with "
            "--model.encoder small, or --model.fine-tune."
        )


def _fill(rows: np.ndarray, data: CaptionData, reader: PictureReader, skip: bool) -> dict[int, str]:
    import tensorflow as tf

    ill: dict[int, str] = {}
    read = tf.function(reader.read, reduce_retracing=True)
    with report.Progress("pictures", len(rows)) as bar:
        waiting: list[tuple[int, np.ndarray]] = []
        for place, load in enumerate(data.found.loaders()):
            try:
                waiting.append((place, reader.shaped(load()).numpy()))
            except DataError as error:
                if not skip:
                    raise
                ill[place] = str(error)
            if len(waiting) == ROWS or place == len(rows) - 1:
                places, pixels = zip(*waiting) if waiting else ((), ())
                if places:
                    rows[list(places)] = read(np.stack(pixels)).numpy()
                waiting = []
                bar.update(place + 1, "")
    return ill


def _given(data: CaptionData, options: CaptionsOptions) -> np.ndarray:
    """Reads --data.features into the order of the data."""
    path = options.features
    try:
        given = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError as error:
        raise MissingInputError(f"{path}: no such file of features.") from error
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: not an array of numpy (.npy): {error}.") from error
    rows = feature_rows(options)
    if given.ndim not in (2, 3) or len(given) != len(rows) or not given.shape[-1] > 3:
        raise DataError(
            f"{path}: shape {given.shape}, expected ({len(rows)}, features) or ({len(rows)}, places"
            f", features): a row for each picture of {options.captions}."
        )
    order = [rows[shown.name] for part in data.found[:3] for shown in part]
    chosen = np.asarray(given[order], np.float32)
    if not np.isfinite(chosen).all():
        raise DataError(f"{path}: holds numbers that are not finite.")
    places = chosen.shape[1] if chosen.ndim == 3 else 1
    return chosen.reshape(len(order), places, 1, chosen.shape[-1])


def _digest(reader: PictureReader) -> list[str]:
    """Names the weights of a frozen network by what is in them."""
    if reader.network is None:
        return []
    found = sha256()
    for weight in reader.network.weights:
        found.update(np.ascontiguousarray(weight.numpy()).tobytes())
    return [found.hexdigest()]
