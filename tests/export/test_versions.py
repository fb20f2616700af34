"""Folders of versions: the next one, the newest one, and what is in the way."""

import pytest

from tfrnn.errors import CannotCreateError
from tfrnn.export.versions import newest, next_version


def export(folder):
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"")


def test_versions_count_on(tmp_path):
    assert next_version(tmp_path / "new") == tmp_path / "new" / "1"
    assert newest(tmp_path / "new") == tmp_path / "new"
    for number in (1, 9, 10):
        export(tmp_path / str(number))
    (tmp_path / "tmp-11").mkdir()  # of an export that was killed
    assert next_version(tmp_path) == tmp_path / "11"
    assert newest(tmp_path) == tmp_path / "10"
    (tmp_path / "12").mkdir()  # nothing is in it
    assert newest(tmp_path) == tmp_path / "10"
    assert next_version(tmp_path) == tmp_path / "13"
    assert newest(tmp_path / "9") == tmp_path / "9"


def test_what_is_somebody_elses_stays(tmp_path):
    export(tmp_path / "flat")
    for folder, name in ((tmp_path, "flat"), (tmp_path / "flat", "saved_model.pb")):
        with pytest.raises(CannotCreateError, match=f"exists already and holds {name}"):
            next_version(folder)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CannotCreateError, match="cannot be made: Not a directory"):
        next_version(tmp_path / "file")
