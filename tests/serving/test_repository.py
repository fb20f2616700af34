"""Folders of models: versions, changes while the server runs, and what is no model."""

import shutil
import threading
import time

import numpy as np
import pytest

from tests.serving import toys
from tfrnn.errors import DataError, MissingInputError
from tfrnn.export.warmup import write_warmup
from tfrnn.serving.model import Model
from tfrnn.serving.repository import Repository
from tfrnn.serving.warmup import WARMUP, read_warmup


class Named:
    """Stands in for a model that loads at once."""

    def __init__(self, name, version, folder):
        if (folder / "broken").exists():
            raise DataError(f"{folder}: cannot be loaded")
        self.name, self.version, self.folder, self.signatures = name, version, folder, {"f": None}


def put(folder, content="x"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "saved_model.pb").write_text(content)
    return folder


def watched(root):
    lines = []
    repository = Repository(root, Named, lambda label, line: lines.append((label, line)))
    return repository, lines


def versions(repository):
    return {name: model.version for name, model in repository.models.items()}


def test_layouts(tmp_path):
    for place in ("flat", "counted/1", "counted/12", "counted/9", "both", "both/2"):
        put(tmp_path / place)
    for place in ("tmp-half", ".hidden", "counted/tmp-13", "counted/x14", "deep/er/1"):
        put(tmp_path / place)
    (tmp_path / "empty").mkdir()
    (tmp_path / "counted" / "99").mkdir()
    (tmp_path / "file").write_text("")
    repository, lines = watched(tmp_path)
    repository.open()
    assert versions(repository) == {"flat": 1, "counted": 12, "both": 2}
    assert ("model", "counted, version 12: f") in lines


def test_the_folder_of_one_model(tmp_path):
    for place in ("flat", "counted/4"):
        put(tmp_path / place)
    for name, version in (("flat", 1), ("counted", 4)):
        repository, _ = watched(tmp_path / name)
        repository.open()
        assert versions(repository) == {name: version}


def test_a_new_version_takes_over_and_the_last_goes_with_its_folder(tmp_path):
    put(tmp_path / "a" / "1")
    repository, lines = watched(tmp_path)
    repository.open()
    first = repository.models["a"]
    repository.refresh()
    assert repository.models["a"] is first  # nothing is loaded twice
    put(tmp_path / "a" / "2")
    put(tmp_path / "b")
    repository.refresh()
    assert versions(repository) == {"a": 2, "b": 1}
    shutil.rmtree(tmp_path / "a" / "2")
    repository.refresh()
    assert versions(repository) == {"a": 1, "b": 1}
    shutil.rmtree(tmp_path / "a")
    repository.refresh()
    assert versions(repository) == {"b": 1}
    assert set(repository.status) == {"b"}
    assert ("gone", "a") in lines


def test_it_settles_when_something_has_changed(tmp_path):
    looks = []
    put(tmp_path / "a" / "1")

    def settled():
        looks.append(versions(repository))

    repository = Repository(tmp_path, Named, settled=settled)
    for change in (lambda: None, lambda: None, lambda: put(tmp_path / "a" / "2")):
        change()
        repository.refresh()
    shutil.rmtree(tmp_path / "a")
    repository.refresh()
    assert looks == [{"a": 1}, {"a": 2}, {}]


def test_a_model_exported_anew_in_its_place_is_loaded_anew(tmp_path):
    put(tmp_path / "a")
    repository, _ = watched(tmp_path)
    repository.open()
    first = repository.models["a"]
    put(tmp_path / "a", "longer")
    repository.refresh()
    assert repository.models["a"] is not first


def test_a_version_that_is_broken_leaves_the_one_before(tmp_path):
    put(tmp_path / "a" / "1")
    repository, lines = watched(tmp_path)
    repository.open()
    (put(tmp_path / "a" / "2") / "broken").write_text("")
    repository.refresh()
    repository.refresh()
    assert versions(repository) == {"a": 1}
    assert repository.status["a"].version == 2
    warnings = [line for label, line in lines if label == "warning"]
    assert warnings == [f"{tmp_path / 'a' / '2'}: cannot be loaded"]  # once, not at each look
    (tmp_path / "a" / "2" / "broken").unlink()
    put(tmp_path / "a" / "2", "whole")
    repository.refresh()
    assert versions(repository) == {"a": 2}
    assert repository.status["a"].problem == ""


def test_a_folder_that_is_away_for_a_moment_takes_no_model_with_it(tmp_path):
    root = tmp_path / "volume"
    put(root / "a")
    repository, lines = watched(root)
    repository.open()
    root.rename(tmp_path / "away")
    repository.refresh()
    assert versions(repository) == {"a": 1}
    assert lines[-1][0] == "warning"


def test_nothing_to_serve(tmp_path):
    with pytest.raises(MissingInputError, match="holds no exported model: python export"):
        watched(tmp_path)[0].open()
    (put(tmp_path / "a") / "broken").write_text("")
    with pytest.raises(DataError, match="cannot be loaded"):
        watched(tmp_path)[0].open()


def test_what_is_no_saved_model(tmp_path):
    put(tmp_path / "a", "no such thing")
    with pytest.raises(DataError, match=rf"{tmp_path / 'a'}: not a SavedModel"):
        Model("a", 1, tmp_path / "a", toys.opened_workers())
    whole = toys.numbers(tmp_path / "b")
    shutil.rmtree(whole / "variables")
    with pytest.raises(DataError, match=rf"{whole}: cannot be loaded: .+"):
        Model("b", 1, whole, toys.opened_workers())


def test_what_does_not_answer_its_warm_up_request_is_not_served(tmp_path):
    whole = toys.numbers(tmp_path / "a")
    write_warmup(whole, "a", {"multiply": {"x": np.array([1.0], np.float32)}})
    model = Model("a", 1, whole, toys.opened_workers())
    assert set(read_warmup(whole)) == {"multiply"} <= set(model.signatures)
    shutil.rmtree(whole / "assets.extra")
    write_warmup(whole, "a", {"pair": {"x": np.array([1.0], np.float32)}})
    with pytest.raises(DataError, match=rf"{whole}: pair does not answer its warm-up request: .+"):
        Model("a", 1, whole, toys.opened_workers())
    (whole / WARMUP).write_bytes(b"no such thing")
    with pytest.raises(DataError, match=rf"{whole / WARMUP}: holds no warm-up requests"):
        Model("a", 1, whole, toys.opened_workers())


def test_a_new_version_while_requests_run(tmp_path):
    """Answers are of the old or of the new version, and none is lost."""
    root = tmp_path / "exports"
    toys.numbers(root / "numbers" / "1", factor=2.0)
    toys.numbers(tmp_path / "next", factor=3.0)
    service = toys.opened(root)
    service.repository.watch(0.02)
    answers, enough = [], threading.Event()
    with toys.client_of(service) as client:

        def ask():
            while not enough.is_set():
                answers.append(client.predict("numbers", {"instances": [1]}))

        asking = threading.Thread(target=ask)
        asking.start()
        time.sleep(0.1)
        (tmp_path / "next").rename(root / "numbers" / "2")
        deadline = time.monotonic() + 20
        while not (answers and answers[-1].json() == {"predictions": [3.0]}):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        (root / "numbers" / "3").mkdir()
        (root / "numbers" / "3" / "saved_model.pb").write_bytes(b"half")
        while len(states := client.get("/v1/models/numbers").json()["model_version_status"]) == 1:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        enough.set()
        asking.join()
    service.repository.close()
    assert [(state["version"], state["state"]) for state in states] == [
        ("2", "AVAILABLE"), ("3", "END"),
    ]  # fmt: skip
    assert "not a SavedModel" in states[1]["status"]["error_message"]
    assert {answer.status_code for answer in answers} == {200}
    found = [answer.json()["predictions"][0] for answer in answers]
    assert found == sorted(found)
    assert set(found) == {2.0, 3.0}
