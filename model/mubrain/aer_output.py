"""AER output: the spikes of the last layer leave one by one, as an address and a strobe.

Ref: Stuijt 2021, section 2.2: "the strobe is then kept high for a few ns to indicate a time
duration that the address data remain valid". The paper does not show how spikes that come together
are ordered: here an output arbiter of the same kind as a layer's does it. Every spike leaves once,
or, when its predecessor still waits, merges with it and is counted.

Timing: a grant of the output arbiter at tick a raises the strobe; it is up after ticks
a .. a + hold - 1, and the address keeps until the next grant.
"""

from dataclasses import dataclass, field

import numpy as np

from goldspike.model.mubrain.arbiter import (
    ArbiterModel,
    ArbiterParams,
    ArbiterRun,
    Policy,
    Served,
)
from goldspike.model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams
from goldspike.model.mubrain.shared.spikes import Room, Spikes
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout, distinct

__all__ = ["AerOutputModel", "AerOutputParams"]


@dataclass(frozen=True, kw_only=True)
class AerOutputParams:
    """An AER output.

    Parameters
    ----------
    lines : int
        Number of lines, 1..512.
    hold : int
        Ticks for which the strobe stays up; shorter than an oscillation, so that it falls between
        two spikes. Default 4 (40 ns).
    policy, oscillator
        As in the parameters of the arbiter.
    """

    lines: int = 10
    hold: int = 4
    policy: Policy = Policy.ROUND_ROBIN
    oscillator: MultiPhaseOscillatorParams = field(default_factory=MultiPhaseOscillatorParams)

    def __post_init__(self) -> None:
        require_int("lines", self.lines, 1, 512)
        require_int("hold", self.hold, 1, self.oscillator.period - 1)
        object.__setattr__(self, "policy", self.arbiter.policy)

    @property
    def arbiter(self) -> ArbiterParams:
        """The output arbiter."""
        return ArbiterParams(inputs=self.lines, policy=self.policy, oscillator=self.oscillator)

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick on which the strobe rises or falls or a spike merges."""
        return TraceLayout(
            (
                Field("strobe", 1),
                Field("address", self.arbiter.address_bits),
                Field("merged", self.lines, bitmap=True),
            )
        )


class AerOutputModel:
    """Golden AER output: spikes in, ``(tick at which the strobe rises, address)`` out."""

    def __init__(self, params: AerOutputParams) -> None:
        self.params = params
        self.arbiter = ArbiterModel(params.arbiter)

    def run(self, tick: np.ndarray, line: np.ndarray) -> ArbiterRun:
        """Send the edges ``(tick, line)``, sorted by tick; each grant is one event sent."""
        return self.arbiter.run(tick, line)

    def run_batch(self, edges: Spikes, room: Room) -> Served:
        """Send a batch of samples' edges; the result lies in `room`."""
        return self.arbiter.run_batch(edges, room, "output")

    def records(self, run: ArbiterRun) -> np.ndarray:
        """Return a run as trace records; a pulse that outlasts the run falls all the same."""
        falls = run.tick + self.params.hold
        ticks = distinct(np.concatenate([run.tick, falls, run.merge_tick]))
        records = np.zeros(ticks.size, self.params.trace.record_dtype)
        records["tick"] = ticks
        last = np.searchsorted(run.tick, ticks, side="right") - 1
        seen = last >= 0
        records["strobe"][seen] = ticks[seen] < falls[last[seen]]
        records["address"][seen] = run.line[last[seen]]
        for tick, line in zip(run.merge_tick, run.merge_line, strict=True):
            records["merged"][np.searchsorted(ticks, tick), line // 8] |= 1 << line % 8
        return records
