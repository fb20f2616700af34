"""Recurrences that LLVM compiles for the processor at hand: a call for a sequence, not one a step.

From the top: `scope` says where they are used, `unroll` makes one an operation of TensorFlow,
`functions` has it compiled, `forward` and `backward` write its loops over the steps, `packing` and
`panels` the products, `cells` and `activations` the equations, all in the vectors of `code`.
"""
