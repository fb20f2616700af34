"""What a recurrence is compiled for."""

from typing import NamedTuple

from llvmlite import ir

from tfrnn.kernels.llvm.cells import Cell
from tfrnn.kernels.llvm.code import BFLOAT, FLOAT, HALF


class Form(NamedTuple):
    """The shape of a recurrence; the number of steps is known when it runs.

    rows: Of the batch. units: A multiple of the machine's lanes. bfloat16: Whether products,
    outputs and their gradients are; all else is float32. biased: Whether the recurrent product has
    a bias of its own. masked, dropped: Whether there is a mask, and a factor of the hidden state
    on its way into the product. gathers: Whether the input is rows of a table.
    """

    cell: Cell
    rows: int
    units: int
    bfloat16: bool
    biased: bool
    masked: bool
    dropped: bool
    gathers: bool = False

    @property
    def columns(self) -> int:
        """Of the kernel."""
        return self.cell.gates * self.units

    @property
    def apart(self) -> bool:
        """Whether the gradient of the input is another array than that of the recurrent product.

        That of rows of a table is added up, from whatever type it has.
        """
        return (self.bfloat16 and not self.gathers) or self.cell.sums > 1

    @property
    def product(self) -> ir.Type:
        """What products read."""
        return BFLOAT if self.bfloat16 else FLOAT

    @property
    def kept(self) -> ir.Type:
        """What the gradient sees again of the gates.

        Beside products of bfloat16, whose 8 bits round their gradients anyway, 11 bits are enough.
        With 8 a gate that forgets next to nothing would forget nothing.
        """
        return HALF if self.bfloat16 else FLOAT
