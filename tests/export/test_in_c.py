"""An export in a program without Python: TensorFlow's C library alone loads and runs it."""

import shutil
import subprocess
from pathlib import Path

import pytest
import tensorflow as tf
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

import export
from models import load
from models.files import PRESETS

SOURCE = Path(__file__).parent.parent.parent / "docs" / "examples" / "classify.c"
LIBRARIES = ("libtensorflow_cc.so.2", "libtensorflow_framework.so.2")
COMPILER = shutil.which("cc")
FOLDER = Path(tf.sysconfig.get_lib())


@pytest.mark.skipif(
    COMPILER is None or not all((FOLDER / name).exists() for name in LIBRARIES),
    reason="no C compiler, or TensorFlow came without its libraries",
)
def test_a_program_in_c_names_what_a_text_wants(tmp_path):
    program, exported = tmp_path / "classify", tmp_path / "intent" / "1"
    words = [COMPILER, "-Wall", "-Wextra", "-Werror", SOURCE, f"-I{FOLDER}/include", f"-L{FOLDER}"]
    words += [*(f"-l:{name}" for name in LIBRARIES), f"-Wl,-rpath,{FOLDER}", "-o", program]
    subprocess.run([str(word) for word in words], check=True, timeout=120)
    export.main([str(PRESETS / "intent"), f"--out={exported.parent}"])
    saved = SavedModel.FromString((exported / "saved_model.pb").read_bytes())
    signature = saved.meta_graphs[0].signature_def["classify"]
    names = signature.inputs["text"].name, signature.outputs["labels"].name
    texts = ["what time is it in lisbon", "", "日本 🎵", "freeze my bank account"]
    wanted = [answer.label for answer in load("intent").answer(texts)]
    for text, label in zip(texts, wanted):
        asked = [str(program), str(exported), *names, text]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"{label}\n"
    nowhere = subprocess.run([str(program), str(tmp_path), *names, "a"], capture_output=True)
    assert nowhere.returncode == 1
    assert subprocess.run([str(program)], capture_output=True).returncode == 64
