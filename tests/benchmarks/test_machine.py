"""What the processor can do is read from what the system says of it."""

import pytest

from benchmarks import machine


@pytest.fixture
def cpuinfo(tmp_path, monkeypatch):
    path = tmp_path / "cpuinfo"
    monkeypatch.setattr(machine, "Path", lambda name: path if name == "/proc/cpuinfo" else None)
    return path


@pytest.mark.parametrize(
    ("lines", "able"),
    [
        ("model name\t: X\nflags\t\t: fpu avx2 avx512f avx512_bf16\n", True),
        ("model name\t: X\nflags\t\t: fpu avx2 amx_bf16 amx_int8\n", True),
        ("model name\t: X\nflags\t\t: fpu avx2 avx512f\n", False),
        ("Features\t: fp asimd bf16 i8mm\n", True),
        ("Features\t: fp asimd\n", False),
    ],
)
def test_products_in_bfloat16_are_a_flag_of_their_own(cpuinfo, lines, able):
    cpuinfo.write_text(lines)
    assert machine.multiplies_bfloat16() is able
