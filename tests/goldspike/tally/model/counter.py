"""Counter: how many ticks its input was up, modulo a power of two."""

from dataclasses import dataclass

import numpy as np

from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["CounterModel", "CounterParams"]


@dataclass(frozen=True, kw_only=True)
class CounterParams:
    """A counter of `bits`, 1..16."""

    bits: int = 8

    def __post_init__(self) -> None:
        require_int("bits", self.bits, 1, 16)

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick that was counted."""
        return TraceLayout((Field("count", self.bits),))


class CounterModel:
    """Golden counter."""

    def __init__(self, params: CounterParams) -> None:
        self.params = params

    def run(self, up: np.ndarray) -> np.ndarray:
        """Return the count after each tick, from the input on each, bool (ticks,)."""
        return np.cumsum(up) % (1 << self.params.bits)
