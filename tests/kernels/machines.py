"""What the machine at hand must have for a test of compiled kernels."""

import pytest

from tfrnn.kernels.llvm.machine import machine

HOST = machine()
needs_vectors = pytest.mark.skipif(HOST is None, reason="no vectors that the kernels know")
needs_bfloat16 = pytest.mark.skipif(
    HOST is None or not HOST.bfloat16, reason="no products of bfloat16"
)
