"""AER input: address and sign become a spike on one of the two wires of one input neuron.

Ref: Chundi 2021, "Chip Prototype": the input decoder brings the spike pins from 512 down to 9, an
address of 8 bits and a sign. The paper shows no strobe and no handshake. Here, as on µBrain
(:mod:`goldspike.model.mubrain.aer_input`), the rising edge of a strobe says that the address can be
read.

Timing: the strobe is sampled high on tick t, having been low on t - 1; Spk+1 or Spk-1 of the
addressed neuron is up after t, for one tick, so that the neuron sees its edge at t + 1. An address
that names no neuron launches nothing and is counted as invalid. Highs and lows of the strobe last
at least one tick: one event per two ticks at most.
"""

from dataclasses import dataclass

import numpy as np

from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["EVENT_DISTANCE", "AerInputModel", "AerInputParams"]

EVENT_DISTANCE = 2
"""Least distance of two events, in ticks: one high, one low."""


@dataclass(frozen=True, kw_only=True)
class AerInputParams:
    """An AER input.

    Parameters
    ----------
    lines : int
        Number of input neurons, 1..512.
    """

    lines: int = 256

    def __post_init__(self) -> None:
        require_int("lines", self.lines, 1, 512)

    @property
    def address_bits(self) -> int:
        """Width of the address, in bits."""
        return max(1, (self.lines - 1).bit_length())

    @property
    def trace(self) -> TraceLayout:
        """Traced while busy: after the tick on which the strobe rose, and after the next."""
        return TraceLayout(
            (
                Field("plus", self.lines, bitmap=True),
                Field("minus", self.lines, bitmap=True),
                Field("invalid", 1),
            )
        )


class AerInputModel:
    """Golden AER input."""

    def __init__(self, params: AerInputParams) -> None:
        self.params = params

    def check(self, tick: np.ndarray) -> None:
        """Check the ticks on which the strobe rises, in order.

        Raises
        ------
        ValueError
            If two are closer than :data:`EVENT_DISTANCE` ticks.
        """
        if np.any(np.diff(tick) < EVENT_DISTANCE):
            raise ValueError(f"AER events must be at least {EVENT_DISTANCE} ticks apart")

    def lines(
        self, tick: np.ndarray, address: np.ndarray, negative: np.ndarray, ticks: int
    ) -> np.ndarray:
        """Return the wires as the neurons sample them on ticks 1 .. `ticks`.

        Parameters
        ----------
        tick, address, negative : int arrays (events,)
            On which tick the strobe rises, for which neuron, and whether the spike is negative.

        Returns
        -------
        bool (ticks, 2, lines)
            Spk+1 and Spk-1.
        """
        self.check(tick)
        found = np.zeros((ticks, 2, self.params.lines), bool)
        known = (np.asarray(address) < self.params.lines) & (np.asarray(tick) < ticks)
        found[np.asarray(tick)[known], np.asarray(negative)[known], np.asarray(address)[known]] = 1
        return found

    def records(self, tick: np.ndarray, address: np.ndarray, negative: np.ndarray) -> np.ndarray:
        """Return the trace records of the events."""
        self.check(tick)
        records = np.zeros(2 * len(tick), self.params.trace.record_dtype)
        records["tick"][::2] = tick
        records["tick"][1::2] = np.asarray(tick) + 1  # the wire is down again
        for record, line, sign in zip(records[::2], address, negative, strict=True):
            if line < self.params.lines:
                record["minus" if sign else "plus"][line // 8] = 1 << line % 8
            else:
                record["invalid"] = 1
        return records
