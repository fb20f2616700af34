"""Fused unrolls with their own gradients: the hot path, one file a cell."""

from tfrnn.kernels.llvm.scope import compiled_by_llvm

__all__ = ["compiled_by_llvm"]
