"""A layer: spike arbiter, weight memory and a row of neurons.

Ref: Stuijt 2021, sections 2.1 and 2.3, Fig. 1C: a granted spike selects the weights of its source
for every neuron of the layer, and all neurons integrate in the same phase.

Timing: the *scale* input is sampled with the grant at tick a, which is integrated at a + 1; a
neuron that fires on it has its spike up after a + 1, for one tick, so that the next arbiter sees
its edge at a + 2. In ``cell`` the neurons integrate :data:`INTEGRATE_PS` after the grant, and
their spikes rise :data:`goldspike.model.mubrain.neuron.SPIKE_PS` later.
"""

from dataclasses import dataclass, field

import numpy as np

from goldspike.model.jit import njit
from goldspike.model.mubrain.arbiter import ArbiterModel, ArbiterParams, ArbiterRun, Policy
from goldspike.model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams
from goldspike.model.mubrain.neuron import NeuronParams, fires, integrate
from goldspike.model.mubrain.weight_memory import Storage, WeightMemoryParams
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["INTEGRATE_PS", "LayerModel", "LayerParams", "LayerRun"]

INTEGRATE_DELAY = 1
"""Ticks from a grant to the neurons' new potentials and spikes."""

INTEGRATE_PS = 5_000
"""Picoseconds from a grant to the integration in ``cell``; longer than the memory's way."""


@dataclass(frozen=True, kw_only=True)
class LayerParams:
    """A fully connected layer.

    Parameters
    ----------
    inputs, neurons : int
        Sources (1..1024) and neurons (1..512).
    policy, oscillator, neuron, storage
        As in the parameters of arbiter, neuron and weight memory.
    """

    inputs: int = 256
    neurons: int = 64
    policy: Policy = Policy.ROUND_ROBIN
    oscillator: MultiPhaseOscillatorParams = field(default_factory=MultiPhaseOscillatorParams)
    neuron: NeuronParams = field(default_factory=NeuronParams)
    storage: Storage = Storage.REGISTERS

    def __post_init__(self) -> None:
        require_int("inputs", self.inputs, 1, 1024)
        require_int("neurons", self.neurons, 1, 512)
        object.__setattr__(self, "policy", self.arbiter.policy)
        object.__setattr__(self, "storage", self.weights.storage)

    @property
    def arbiter(self) -> ArbiterParams:
        """The layer's arbiter."""
        return ArbiterParams(inputs=self.inputs, policy=self.policy, oscillator=self.oscillator)

    @property
    def weights(self) -> WeightMemoryParams:
        """The layer's weight memory."""
        return WeightMemoryParams(
            sources=self.inputs, neurons=self.neurons, neuron=self.neuron, storage=self.storage
        )

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick on which the neurons integrate or an edge merges.

        `source` and `potential` are those of the last integration; `integrated` says whether it
        was on this tick.
        """
        return TraceLayout(
            (
                Field("integrated", 1),
                Field("source", self.arbiter.address_bits),
                Field("potential", self.neuron.potential_bits, self.neurons),
                Field("fired", self.neurons, bitmap=True),
                Field("merged", self.inputs, bitmap=True),
            )
        )

    @property
    def cell_trace(self) -> TraceLayout:
        """What the ``cell`` circuit shows.

        A line of `spikes` or `merges` changes with every spike or merge; `integrations` counts.
        """
        return TraceLayout(
            (
                Field("integrations", 8),
                Field("source", self.arbiter.address_bits),
                Field("potential", self.neuron.potential_bits, self.neurons),
                Field("spikes", self.neurons, bitmap=True),
                Field("merges", self.inputs, bitmap=True),
            )
        )


@njit
def integrate_grants(
    potential: np.ndarray,
    weights: np.ndarray,
    gain: np.ndarray,
    threshold: int,
    grant_tick: np.ndarray,
    grant_line: np.ndarray,
    spike_tick: np.ndarray,
    spike_line: np.ndarray,
    history: np.ndarray,
) -> int:
    """Integrate the grants in turn; return the number of spikes written.

    `history` (grants, neurons) receives the potentials after every grant, if it has rows.
    """
    fired = np.empty(potential.size, np.int64)
    spikes = 0
    for g in range(grant_tick.size):
        highest = integrate(potential, weights[grant_line[g]], gain[g])
        if highest >= threshold:
            count = fires(potential, threshold, fired)
            for k in range(count):
                spike_tick[spikes] = grant_tick[g] + INTEGRATE_DELAY
                spike_line[spikes] = fired[k]
                spikes += 1
        if history.shape[0] > 0:
            history[g] = potential
    return spikes


@dataclass(frozen=True)
class LayerRun:
    """What a layer did with a run's edges.

    Attributes
    ----------
    arbiter : ArbiterRun
        Grants and merges.
    tick, line : int64 (spikes,)
        When each spike rises (the tick after which it is up), and of which neuron.
    potential : int16 (neurons,)
        Potentials at the end.
    history : int16 (grants, neurons) or None
        Potentials after every grant.
    """

    arbiter: ArbiterRun
    tick: np.ndarray
    line: np.ndarray
    potential: np.ndarray
    history: np.ndarray | None


class LayerModel:
    """Golden layer with its weights.

    Parameters
    ----------
    params : LayerParams
    weights : int8 (inputs, neurons)
    integrate, spike : int
        From a grant to the integration, and from there to the spikes: INTEGRATE_PS and SPIKE_PS in
        ``cell``.
    """

    def __init__(
        self,
        params: LayerParams,
        weights: np.ndarray,
        *,
        integrate: int = INTEGRATE_DELAY,
        spike: int = 0,
    ) -> None:
        if weights.shape != (params.inputs, params.neurons):
            raise ValueError(
                f"weights must have shape {(params.inputs, params.neurons)}, not {weights.shape}"
            )
        self.params = params
        self.integrate, self.spike = integrate, spike
        self.arbiter = ArbiterModel(params.arbiter)
        self.weights = np.ascontiguousarray(weights, np.int8)

    def run(
        self,
        tick: np.ndarray,
        line: np.ndarray,
        *,
        scale: bool | np.ndarray | tuple[np.ndarray, np.ndarray] = False,
        traced: bool = False,
    ) -> LayerRun:
        """Serve the edges ``(tick, line)`` from cleared potentials until nothing waits.

        Parameters
        ----------
        tick, line : int (edges,)
            Sorted by tick.
        scale : bool or bool (ticks,) or (time, bool) of int (changes,), bool (changes,)
            The *scale* input: constant, or its level as sampled on each tick of the run; a
            grant takes the level of its own tick. Or (``cell``) its level from each time on; a
            grant takes the level from before.
        traced : bool
            Keep the potentials after every grant.
        """
        neuron = self.params.neuron
        served = self.arbiter.run(tick, line)
        grants = served.tick.size
        scaled = 1 << neuron.scale_shift
        if isinstance(scale, tuple):
            level = np.append(False, scale[1])[np.searchsorted(scale[0], served.tick)]
        elif np.ndim(scale) == 0:
            level = np.broadcast_to(scale, grants)
        else:
            level = np.asarray(scale)[served.tick]
        gain = np.where(level, scaled, 1)
        potential = np.zeros(self.params.neurons, np.int16)
        history = np.empty((grants if traced else 0, self.params.neurons), np.int16)
        # every spike takes a threshold from what its neuron was given
        given = grants * max(0, int(self.weights.max())) * scaled
        room = self.params.neurons * min(grants, given // neuron.threshold)
        spike_tick, spike_line = np.empty(room, np.int64), np.empty(room, np.int64)
        spikes = integrate_grants(
            potential, self.weights, gain, neuron.threshold,
            served.tick, served.line, spike_tick, spike_line, history,
        )  # fmt: skip
        return LayerRun(
            served,
            spike_tick[:spikes] + (self.integrate + self.spike - INTEGRATE_DELAY),
            spike_line[:spikes].copy(),
            potential,
            history if traced else None,
        )

    def records(self, run: LayerRun) -> np.ndarray:
        """Return a traced run as trace records, one per tick with any event."""
        assert run.history is not None, "the run was not traced"
        grant_tick = run.arbiter.tick + self.integrate
        ticks = np.unique(np.concatenate([grant_tick, run.tick, run.arbiter.merge_tick]))
        records = np.zeros(ticks.size, self.params.trace.record_dtype)
        records["tick"] = ticks
        records["integrated"] = np.isin(ticks, grant_tick)
        last = np.searchsorted(grant_tick, ticks, side="right") - 1  # grant seen last, -1: none yet
        seen = last >= 0
        records["source"][seen] = run.arbiter.line[last[seen]]
        records["potential"][seen] = run.history[last[seen]]
        set_bits(records["fired"], np.searchsorted(ticks, run.tick), run.line)
        rows = np.searchsorted(ticks, run.arbiter.merge_tick)
        set_bits(records["merged"], rows, run.arbiter.merge_line)
        return records


def set_bits(bitmaps: np.ndarray, rows: np.ndarray, lines: np.ndarray) -> None:
    """Set bit ``lines[k]`` in bitmap ``rows[k]`` of ``(rows, bytes)`` for every k."""
    np.bitwise_or.at(bitmaps, (rows, lines >> 3), (1 << (lines & 7)).astype(np.uint8))
