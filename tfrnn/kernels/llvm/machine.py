"""The processor at hand: what its vectors hold, and LLVM's compiler for it."""

import functools
import os
from typing import NamedTuple

# Of the processor's features, the widest first: what must be there, float32 numbers in a
# vector register, registers.
_VECTORS = (
    ({"avx512f", "avx512vl", "avx512dq"}, 16, 32),
    ({"avx2", "fma"}, 8, 16),
    ({"neon"}, 4, 32),
)


class Machine(NamedTuple):
    """What code is written for.

    lanes: float32 numbers in a vector register. registers: How many of those there are.
    bfloat16: Whether products of bfloat16 pairs are an instruction.
    name, features: The processor in LLVM's words.
    """

    lanes: int
    registers: int
    bfloat16: bool
    name: str
    features: str


@functools.cache
def machine() -> Machine | None:
    """Returns the machine at hand; None where its vectors are none that the kernels know."""
    from llvmlite import binding  # a library of 150 MB, which only a compiler needs

    has = {name for name, there in binding.get_host_cpu_features().items() if there}
    for needed, lanes, registers in _VECTORS:
        if needed <= has:
            features = ",".join(f"+{name}" for name in sorted(has))
            # LLVM takes 256 of 512 bits otherwise, for processors that slow down with all.
            features += ",-prefer-256-bit" if lanes == 16 else ""
            bfloat16 = lanes == 16 and "avx512bf16" in has
            return Machine(lanes, registers, bfloat16, binding.get_host_cpu_name(), features)
    return None


def runs(product_dtype: str) -> bool:
    """Whether the kernels run here, with products in `product_dtype`."""
    there = machine()
    return there is not None and (
        product_dtype == "float32" or (product_dtype == "bfloat16" and there.bfloat16)
    )


def cores() -> int:
    """How many this process may use; where the system does not tell, how many there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def fits(units: int) -> bool:
    """Whether the kernels run here with so many units: whole vectors of them."""
    there = machine()
    return there is not None and units % there.lanes == 0


class Compiled:
    """Machine code in memory; `address` of a function in it is valid as long as this lives."""

    def __init__(self, source: str, target: Machine):
        from llvmlite import binding

        binding.initialize_native_target()
        binding.initialize_native_asmprinter()
        triple = binding.Target.from_triple(binding.get_process_triple())
        options = {"cpu": target.name, "features": target.features, "opt": 3, "jit": True}
        processor = triple.create_target_machine(**options)
        module = binding.parse_assembly(source)
        module.verify()
        # The code is in vectors already: what looks for more of them only takes time.
        tuning = binding.create_pipeline_tuning_options(speed_level=3)
        tuning.loop_vectorization = tuning.slp_vectorization = False
        passes = binding.create_pass_builder(processor, tuning)
        passes.getModulePassManager().run(module, passes)
        self._engine = binding.create_mcjit_compiler(module, processor)
        self._engine.finalize_object()

    def address(self, name: str) -> int:
        """Returns where the function `name` begins."""
        return self._engine.get_function_address(name)
