"""Spike arbiter: many inputs, one spike at a time.

Ref: Stuijt 2021, section 2.3, Fig. 2A and 2C; order of phases from section 2.4. An edge leaves its
input pending; the multi-phase oscillator runs while anything is pending: *load* copies the pending
set to the spike register, *select* lets the priority encoder pick one, *access* hands it to the
weight memory (the grant) and the input stops being pending.

Where the paper is silent: the spikes that were not selected simply stay pending, which is what
Fig. 2C's feedback of the remaining spikes amounts to; round robin starts its search after the
input granted last, and at input 0 after a clear; two edges of one input that no grant separates
merge, and are counted.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

import numpy as np

from goldspike.model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams, Phase
from goldspike.model.mubrain.shared.arbitration import (
    ArbiterTrace,
    arbitrate_samples,
    make_state,
    make_trace,
)
from goldspike.model.mubrain.shared.spikes import Room, Spikes, one_sample
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["ArbiterModel", "ArbiterParams", "ArbiterRun", "Policy", "Served"]


class Policy(Enum):
    """In which order waiting inputs are served."""

    ROUND_ROBIN = "round_robin"
    """Search upwards from the input after the one granted last: none waits for over N-1 others."""
    LINEAR = "linear"
    """Lowest index first: high inputs can starve."""


@dataclass(frozen=True, kw_only=True)
class ArbiterParams:
    """A spike arbiter.

    Parameters
    ----------
    inputs : int
        Number of inputs N, 1..1024, any number.
    policy : Policy or str
        Order of service.
    oscillator : MultiPhaseOscillatorParams
        Delays of the phases, in ticks.
    """

    inputs: int = 256
    policy: Policy = Policy.ROUND_ROBIN
    oscillator: MultiPhaseOscillatorParams = field(default_factory=MultiPhaseOscillatorParams)

    def __post_init__(self) -> None:
        require_int("inputs", self.inputs, 1, 1024)
        try:
            object.__setattr__(self, "policy", Policy(self.policy))
        except ValueError:
            raise ValueError(f"policy must be round_robin or linear, not {self.policy!r}") from None

    @property
    def address_bits(self) -> int:
        """Width of a granted address, in bits; 1 for a single input."""
        return max(1, (self.inputs - 1).bit_length())

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick with a phase, an edge or both."""
        return TraceLayout(
            (
                Field("phase", 4),
                Field("address", self.address_bits),
                Field("pending", self.inputs, bitmap=True),
                Field("register", self.inputs, bitmap=True),
                Field("merged", self.inputs, bitmap=True),
                Field("access", 1),
                Field("grant", 1),
                Field("merging", 1),
            )
        )

    @property
    def cell_trace(self) -> TraceLayout:
        """What the ``cell`` circuit shows.

        Bit k of `taps` changes with every phase k, a line of `merges` with every merge; `grants`
        counts the rising edges of the clock of *access*, so that a spurious one cannot hide.
        """
        return TraceLayout(
            (
                Field("taps", 4),
                Field("grants", 8),
                Field("address", self.address_bits),
                Field("pending", self.inputs, bitmap=True),
                Field("register", self.inputs, bitmap=True),
                Field("merges", self.inputs, bitmap=True),
            )
        )


class Served(NamedTuple):
    """What an arbiter did with the edges of a batch of samples; `waited` is as in a run's."""

    grants: Spikes
    waited: np.ndarray
    merges: Spikes


@dataclass(frozen=True)
class ArbiterRun:
    """What an arbiter did with a run's edges.

    Attributes
    ----------
    tick, line : int64 (grants,)
        When each grant was given, and to which input.
    waited : int64 (grants,)
        How many other grants were given while that spike waited.
    merge_tick, merge_line : int64 (merges,)
        Edges that merged with a spike that still waited on their input.
    trace : structured array or None
        One record per tick on which anything happened.
    """

    tick: np.ndarray
    line: np.ndarray
    waited: np.ndarray
    merge_tick: np.ndarray
    merge_line: np.ndarray
    trace: np.ndarray | None = None


class ArbiterModel:
    """Golden spike arbiter.

    A grant comes load + select + access ticks after the later of its edge and the end of the
    oscillation before; one grant per period at most.
    """

    def __init__(self, params: ArbiterParams) -> None:
        self.params = params
        self.delays = np.array(params.oscillator.delays, np.int64)
        self.untraced = make_trace(params.inputs, 0)

    def run(self, tick: np.ndarray, line: np.ndarray, *, traced: bool = False) -> ArbiterRun:
        """Serve the edges ``(tick, line)``, sorted by tick, from rest until nothing waits.

        Raises
        ------
        ValueError
            If the ticks are not sorted or a line is not an input.
        """
        tick, line = np.asarray(tick, np.int64), np.asarray(line, np.int64)
        n = self.params.inputs
        if tick.size and ((tick[1:] < tick[:-1]).any() or tick[0] < 0):
            raise ValueError("edges must be sorted by tick, from tick 0 on")
        if line.size and (line.min() < 0 or line.max() >= n):
            raise ValueError(f"edges must be on inputs 0..{n - 1}")
        rows = 5 * tick.size if traced else 0  # a grant takes four phases, an edge is one more tick
        trace = make_trace(n, rows)
        served, used = self.serve(one_sample(tick, line), Room(), trace)
        return ArbiterRun(
            served.grants.tick,
            served.grants.line.astype(np.int64),
            served.waited,
            served.merges.tick,
            served.merges.line.astype(np.int64),
            self.records(trace, used) if traced else None,
        )

    def run_batch(self, edges: Spikes, room: Room, name: str = "arbiter") -> Served:
        """Serve a batch of samples; what it returns lies in `room`, under `name`."""
        return self.serve(edges, room, self.untraced, name)[0]

    def serve(
        self, edges: Spikes, room: Room, trace: ArbiterTrace, name: str = "arbiter"
    ) -> tuple[Served, int]:
        """Serve a batch of samples; return what was done and the rows of `trace` used."""
        grants = room.spikes(f"{name} grants", edges.total, edges.samples)
        merges = room.spikes(f"{name} merges", edges.total, edges.samples)
        waited = room.take(f"{name} waited", edges.total, np.int64)
        rows = arbitrate_samples(
            room.keep(f"{name} state", self.params.inputs, make_state),
            self.delays,
            self.params.policy is Policy.ROUND_ROBIN,
            edges, grants, waited, merges, trace,
        )  # fmt: skip
        grants = grants.filled()
        return Served(grants, waited[: grants.total], merges.filled()), rows

    def records(self, trace: ArbiterTrace, used: int) -> np.ndarray:
        """Return the snapshots as trace records."""
        records = np.zeros(used, self.params.trace.record_dtype)
        for name, column in trace._asdict().items():
            records[name] = column[:used]
        # what the circuit shows to others on that tick, and of the grant a tick later
        records["access"] = records["grant"] = records["phase"] == 1 << Phase.ACCESS
        records["merging"] = records["merged"].any(axis=1)
        return records
