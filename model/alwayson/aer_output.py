"""AER output: the potentials of the output neurons leave one by one, and then the winner.

Ref: Chundi 2021, "Chip Prototype": an output encoder converts to binary addresses; "Neuron Block":
the neuron with the highest potential determines the classification result. The paper shows no more.
Here a readout is asked for, once the output core is frozen: all potentials follow, neuron 0 first,
and then the winner, the neuron of the highest potential, the first of several.

Timing: `start` is up on tick t, while no readout is under way (else it is ignored). After tick
t + k + 1 `valid` is up with address k and value k, sampled on that tick, for k = 0 .. lines - 1;
after t + lines + 1 `valid` is down and `done` is up, for one tick, with the winner. From
t + lines + 2 on the next `start` counts.
"""

from dataclasses import dataclass

import numpy as np

from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["AerOutputModel", "AerOutputParams"]


@dataclass(frozen=True, kw_only=True)
class AerOutputParams:
    """An AER output.

    Parameters
    ----------
    lines : int
        Number of output neurons, 1..512.
    bits : int
        Width of a potential, 2..16, signed.
    """

    lines: int = 10
    bits: int = 12

    def __post_init__(self) -> None:
        require_int("lines", self.lines, 1, 512)
        require_int("bits", self.bits, 2, 16)

    @property
    def address_bits(self) -> int:
        """Width of the address, in bits."""
        return max(1, (self.lines - 1).bit_length())

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick on which any of it changed; zeros where nothing is said.

        `value` in two's complement, with `valid`; `winner` with `done`.
        """
        return TraceLayout(
            (
                Field("valid", 1),
                Field("address", self.address_bits),
                Field("value", self.bits),
                Field("done", 1),
                Field("winner", self.address_bits),
            )
        )


class AerOutputModel:
    """Golden AER output, tick by tick.

    Attributes
    ----------
    word : tuple of int
        Registers, in the trace's order.
    """

    def __init__(self, params: AerOutputParams) -> None:
        self.params = params
        self.word = (0, 0, 0, 0, 0)
        self.next: int | None = None
        self.best: tuple[int, int] = (0, 0)  # value, neuron

    def tick(self, potentials: np.ndarray, *, start: bool) -> bool:
        """Advance one tick; return the pin `busy` on it.

        Parameters
        ----------
        potentials : int array (lines,)
            As they are on this tick.
        start : bool
        """
        busy = start or self.next is not None or any(self.word)
        k = self.next
        if k is None:
            self.word = (0, 0, 0, 0, 0)
            self.next = 0 if start else None
        elif k < self.params.lines:
            value = int(potentials[k])
            self.word = (1, k, value % (1 << self.params.bits), 0, 0)
            self.best = (value, k) if k == 0 or value > self.best[0] else self.best
            self.next = k + 1
        else:
            self.word = (0, 0, 0, 1, self.best[1])
            self.next = None
        return busy
