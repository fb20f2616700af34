"""A flipped bit, a cut, missing or unreadable file: the state before it, and never a wrong one."""

import hashlib
import io
import logging
import zipfile

import numpy as np
import pytest

from tests.training.faults import permissions_that_bind
from tfrnn.errors import DataError, StorageError
from tfrnn.training.checkpoint import load, newest, prune, restore, save
from tfrnn.training.checkpoint_files import ARRAYS, MANIFEST, META, find_damage

FILES = (ARRAYS, META, MANIFEST)


def state(step):
    return {"kernel": np.random.default_rng(step).normal(size=(20, 3)), "bias": np.ones(3)}


@pytest.fixture
def run(tmp_path):
    for step in (1, 2):
        save(tmp_path, step, state(step), {"best_step": step})
    return tmp_path


def files_of(path):
    return {name: (path / name).read_bytes() for name in FILES}


@pytest.mark.parametrize("name", FILES)
def test_every_single_bit_flip_is_found(run, name):
    files = files_of(run / "step-00000002")
    good = files[name]
    for bit in range(8 * len(good)):
        flipped = bytearray(good)
        flipped[bit // 8] ^= 1 << bit % 8
        assert find_damage({**files, name: bytes(flipped)}), f"bit {bit} of {name}"
    assert find_damage(files) is None


@pytest.mark.parametrize("name", FILES)
def test_every_cut_is_found(run, name):
    files = files_of(run / "step-00000002")
    for length in range(len(files[name])):
        assert find_damage({**files, name: files[name][:length]}), f"{name} cut at {length}"
    assert find_damage({**files, name: files[name] + b"\0"})


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_on_disk_gives_the_state_before(run, name, caplog):
    """F09, through the whole of `restore`; the damage is at random places."""
    random = np.random.default_rng(FILES.index(name))
    path = run / "step-00000002"
    good = (path / name).read_bytes()
    for trial in range(20):
        bad = bytearray(good)
        bad[random.integers(len(bad))] ^= 1 << random.integers(8)
        if trial % 2:
            bad = bad[: random.integers(len(bad))]
        (path / name).write_bytes(bad)
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            found = restore(run)
        assert (found.step, found.meta) == (1, {"best_step": 1})
        np.testing.assert_array_equal(found.arrays["kernel"], state(1)["kernel"])
        (warning,) = [record.getMessage() for record in caplog.records]
        assert warning.startswith(f"{path}/")
        assert warning.endswith("This checkpoint is now bad-step-00000002.")
        (run / "bad-step-00000002").rename(path)
    (path / name).write_bytes(good)
    assert restore(run).step == 2


@pytest.mark.parametrize("name", FILES)
def test_the_damaged_file_is_named(run, name):
    path = run / "step-00000002" / name
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 4
    path.write_bytes(data)
    blamed = {ARRAYS: ARRAYS, META: META, MANIFEST: ARRAYS}[name]  # its entry comes first there
    with pytest.raises(DataError, match=f"step-00000002/{blamed} was cut or changed"):
        load(path.parent)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file(run, name):
    (run / "step-00000002" / name).unlink()
    assert newest(run).step == 1
    with pytest.raises(DataError, match=f"step-00000002/{name} cannot be read: No such file"):
        load(run / "step-00000002")


def test_files_of_two_steps_mixed(run):
    (run / "step-00000001" / META).replace(run / "step-00000002" / META)
    with pytest.raises(DataError, match="none is whole"):
        newest(run)


def test_a_folder_or_a_file_in_the_wrong_place(run):
    (run / "step-00000002" / ARRAYS).unlink()
    (run / "step-00000002" / ARRAYS).mkdir()
    (run / "step-00000003").write_text("a file")
    (run / "step-00000004").mkdir()
    (run / "step-00000005").symlink_to("nowhere")
    (run / "step-notes").mkdir()
    assert restore(run).step == 1
    assert len(list(run.glob("bad-step-*"))) == 4


def test_all_damaged_is_an_error_each_time_and_nothing_is_touched(run):
    for step in (1, 2):
        (run / f"step-0000000{step}" / META).write_text("{}")
    (run / "tmp-step-00000003").mkdir()
    before = sorted(run.iterdir())
    for _ in range(2):
        with pytest.raises(DataError) as raised:
            restore(run)
        assert str(raised.value) == (
            f"{run} has 2 checkpoints and none is whole: {run}/step-00000002/meta.json was cut or "
            "changed after it was saved: its size or sha256 is not the one in MANIFEST.json. "
            "Put one back from a copy, or choose another --out to start afresh."
        )
        assert sorted(run.iterdir()) == before


def test_only_ones_set_aside_is_not_a_fresh_start(tmp_path):
    save(tmp_path, 1, {}, {}).rename(tmp_path / "bad-step-00000001")
    for read in (restore, newest):
        with pytest.raises(DataError, match="bad-step-00000001 was set aside"):
            read(tmp_path)


def test_an_unreadable_file(run):
    with permissions_that_bind(run):
        (run / "step-00000002" / ARRAYS).chmod(0)
        with pytest.raises(DataError, match=r"arrays\.npz cannot be read: Permission denied"):
            load(run / "step-00000002")
        assert restore(run).step == 1
    assert (run / "bad-step-00000002").is_dir()


def test_a_read_only_folder_can_be_read(run):
    (run / "step-00000002" / META).unlink()
    with permissions_that_bind(run):
        run.chmod(0o500)
        assert newest(run).step == 1
        with pytest.raises(StorageError, match="cannot be tidied up: Permission denied"):
            restore(run)
        run.chmod(0o700)


def test_prune_keeps_what_a_damaged_newest_needs(run):
    (run / "step-00000002" / ARRAYS).write_bytes(b"")
    prune(run, keep=1)
    assert restore(run).step == 1


def write_by_hand(folder, arrays, described):
    folder.mkdir()
    entries = []
    for name, data in ((ARRAYS, arrays), (META, described)):
        (folder / name).write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        entries.append(f'  "{name}": {{"bytes": {len(data)}, "sha256": "{digest}"}}')
    (folder / MANIFEST).write_text("{\n" + ",\n".join(entries) + "\n}\n")


def npz(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return stream.getvalue()


def npy(header, data=b""):
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data


def pickled():
    stream = io.BytesIO()
    np.save(stream, np.array([{"a": 1}], object), allow_pickle=True)
    return stream.getvalue()


def compressed():
    stream = io.BytesIO()
    np.savez_compressed(stream, zeros=np.zeros(1000))
    return stream.getvalue()


GOOD = b'{"step": 1, "meta": {}}'

HOSTILE = {
    "pickle": (npz(a=pickled()), GOOD),
    "compressed": (compressed(), GOOD),
    "no zip": (b"PK", GOOD),
    "no npy": (npz(a=b"hello"), GOOD),
    "a header that lies": (
        npz(a=npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776, 4)}")),
        GOOD,
    ),
    "a header that calls": (npz(a=npy("__import__('os').abort()")), GOOD),
    "no step": (npz(), b'{"meta": {}}'),
    "no object": (npz(), b"[]"),
    "no JSON": (npz(), b"\xff"),
    "deep": (npz(), b"[" * 100_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_content_with_a_fitting_manifest_is_bad_data(tmp_path, name):
    arrays, described = HOSTILE[name]
    write_by_hand(tmp_path / "made", arrays, described)
    with pytest.raises(DataError, match="made is not a checkpoint of this program: "):
        load(tmp_path / "made")


def test_the_hand_that_wrote_those_can_write_a_good_one(tmp_path):
    write_by_hand(
        tmp_path / "made",
        npz(a=npy("{'descr': '<i2', 'fortran_order': False, 'shape': (1,)}", b"\2\1")),
        GOOD,
    )
    assert load(tmp_path / "made").arrays["a"].tolist() == [258]
