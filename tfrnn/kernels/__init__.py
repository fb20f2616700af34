"""Fused unrolls with their own gradients: the hot path, one file a cell."""
