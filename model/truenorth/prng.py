"""The core's source of random bits: a Galois shift register that leaps.

Ref: Cassidy 2013 draws from a shift register per core and does not say which. Ours: 32 bits,
polynomial 0x80200003, shifted right. A draw shifts it :attr:`PrngParams.shifts` times and gives the
low bits of what it then holds; 19 shares no factor with 2**32 - 1, so the draws go through every
state but 0 before they repeat. Up to two draws fall on a tick (a stochastic leak and a threshold).
"""

from dataclasses import dataclass

from goldspike.model.jit import step
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["PrngParams", "advanced", "draws"]


@dataclass(frozen=True, kw_only=True)
class PrngParams:
    """A shift register.

    Parameters
    ----------
    bits : int
        Its length.
    taps : int
        What is exclusive-ored into it when the bit shifted out is 1; has the highest bit set.
    shifts : int
        Shifts of a draw.
    draw_bits : int
        Bits given by a draw.
    """

    bits: int = 32
    taps: int = 0x80200003
    shifts: int = 19
    draw_bits: int = 18

    def __post_init__(self) -> None:
        require_int("bits", self.bits, 2, 32)
        require_int("taps", self.taps, 1 << (self.bits - 1), (1 << self.bits) - 1)
        require_int("shifts", self.shifts, 1, 64)
        require_int("draw_bits", self.draw_bits, 1, self.bits)

    @property
    def trace(self) -> TraceLayout:
        """Traced on every tick on which it is loaded or drawn from: what it holds then."""
        return TraceLayout((Field("state", self.bits),))


@step
def advanced(state: int, taps: int, shifts: int) -> int:
    """Return the register after a draw; the draw is its low bits."""
    for _ in range(shifts):
        out = state & 1
        state >>= 1
        if out:
            state ^= taps
    return state


def draws(seed: int, count: int, params: PrngParams | None = None) -> list[int]:
    """Return the first draws after `seed` was loaded."""
    params = params or PrngParams()
    found, state = [], seed
    for _ in range(count):
        state = advanced(state, params.taps, params.shifts)
        found.append(state & ((1 << params.draw_bits) - 1))
    return found
