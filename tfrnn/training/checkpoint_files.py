"""The three files of a checkpoint as bytes: arrays.npz, meta.json, MANIFEST.json.

Nothing here touches a disk. The same state gives the same bytes, so two runs are equal when
their manifests are.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import ml_dtypes
import numpy as np

ARRAYS, META, MANIFEST = "arrays.npz", "meta.json", "MANIFEST.json"
BFLOAT16 = np.dtype(ml_dtypes.bfloat16)

# numpy's file format has no name for bfloat16. Two raw bytes stand for it, and for nothing else.
_RAW = np.dtype("V2")


def pack(
    step: int, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]
) -> dict[str, bytes | memoryview]:
    """The files of a state by name, the manifest last.

    Raises:
        ValueError: a name, a dtype or a meta value cannot be stored.
    """
    text = json.dumps({"step": step, "meta": dict(meta)}, indent=1, allow_nan=False)
    if json.loads(text)["meta"] != meta:
        raise ValueError(f"save needs meta that JSON gives back unchanged, got {meta}.")
    files = {ARRAYS: _npz(arrays), META: text.encode()}
    return {**files, MANIFEST: _manifest(files)}


def unpack(files: Mapping[str, bytes]) -> tuple[int, dict[str, np.ndarray], dict[str, Any]]:
    """The step, arrays and meta that `pack` was given.

    Raises:
        ValueError: a file is not what `pack` makes, though its manifest fits.
    """
    try:
        described = json.loads(files[META])
        return int(described["step"]), _arrays(files[ARRAYS]), dict(described["meta"])
    except Exception as error:  # made by hand: it may break any of the parsers in any way
        raise ValueError(f"not a checkpoint of this program: {error}") from error


def find_damage(files: Mapping[str, bytes]) -> str | None:
    """The name of a file that is not what its manifest says, or None when all are whole."""
    if files[MANIFEST] == _manifest(files):
        return None
    lines = files[MANIFEST].splitlines()
    for name in (ARRAYS, META):
        if not any(line.startswith(_entry(name, files[name]).encode()) for line in lines):
            return name
    return MANIFEST


def _npz(arrays: Mapping[str, np.ndarray]) -> memoryview:
    """What np.load reads, but not np.savez's: any name will do, and no clock is in the bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            if not name or not name.isprintable():
                raise ValueError(f"save needs printable names of arrays, got {name!r}.")
            if array.dtype == BFLOAT16:
                array = array.view(_RAW)
            elif array.dtype.kind not in "biufcSU":
                raise ValueError(f"save cannot store {name}: its dtype is {array.dtype}.")
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
    return stream.getbuffer()


def _arrays(data: bytes) -> dict[str, np.ndarray]:
    arrays = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            if info.compress_type != zipfile.ZIP_STORED:  # a few bytes could unpack to a terabyte
                raise ValueError(f"{info.filename} is compressed")
            with archive.open(info) as member:
                array = np.lib.format.read_array(member, allow_pickle=False)
            array = array.view(BFLOAT16) if array.dtype == _RAW else array
            arrays[info.filename.removesuffix(".npy")] = array
    return arrays


def _manifest(files: Mapping[str, bytes | memoryview]) -> bytes:
    """One canonical text for given files, so that comparing bytes is verifying."""
    entries = ",\n".join(_entry(name, files[name]) for name in (ARRAYS, META))
    return f"{{\n{entries}\n}}\n".encode()


def _entry(name: str, data: bytes | memoryview) -> str:
    digest = hashlib.sha256(data).hexdigest()
    return f'  "{name}": {{"bytes": {len(data)}, "sha256": "{digest}"}}'
