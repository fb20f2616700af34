"""docs/keras-drop-in.md: its examples run, and it names what is refused."""

import re
from pathlib import Path

from tfrnn.drop_in import GRU, LSTM, SimpleRNN

PAGE = (Path(__file__).parents[2] / "docs" / "keras-drop-in.md").read_text("utf-8")
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SMALL = {'compare("LSTM", 256, 100)': 'compare("LSTM", 2, 3, updates=1, rounds=2)'}


def test_the_examples_run_from_top_to_bottom(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    source = "\n".join(BLOCK.findall(PAGE))
    for written, run in SMALL.items():
        assert written in source
        source = source.replace(written, run)
    exec(compile(source, "keras-drop-in.md", "exec"), {})
    refusal, *times = capsys.readouterr().out.splitlines()
    assert refusal in " ".join(re.findall(r"^# (.*)", source, re.MULTILINE))
    assert [line.split(":")[0] for line in times] == [
        f"LSTM 2, 3 steps, {clock}" for clock in ("wall", "processor")
    ]
    assert (tmp_path / "for-others.keras").exists()


def test_every_limit_is_in_the_table():
    rows = re.findall(r"^\| `(\w+)`", PAGE, re.MULTILINE)
    limits = {limit.argument for layer in (GRU, LSTM, SimpleRNN) for limit in layer.limits}
    assert sorted(rows) == sorted(limits)
