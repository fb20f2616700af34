"""Recurrences compiled by LLVM for the processor at hand: one call for a sequence, not one a step."""
