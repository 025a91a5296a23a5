"""A layer: spike arbiter, weight memory and a row of neurons.

Ref: Stuijt 2021, sections 2.1 and 2.3, Fig. 1C: a granted spike selects the weights of its source
for every neuron of the layer, and all neurons integrate in the same phase.

Timing: the *scale* input is sampled with the grant at tick a, which is integrated at a + 1; a
neuron that fires on it has its spike up after a + 1, for one tick, so that the next arbiter sees
its edge at a + 2. In ``cell`` the neurons integrate :data:`INTEGRATE_PS` after the grant, and
their spikes rise :data:`goldspike.model.mubrain.neuron.SPIKE_PS` later.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from goldspike.model.jit import index, kernel
from goldspike.model.mubrain.arbiter import ArbiterModel, ArbiterParams, ArbiterRun, Policy
from goldspike.model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams
from goldspike.model.mubrain.neuron import (
    NeuronParams,
    NeuronsState,
    fires,
    integrate,
    make_neurons,
    scaled_words,
)
from goldspike.model.mubrain.shared.spikes import Room, Spikes, one_sample
from goldspike.model.mubrain.weight_memory import Storage, WeightMemoryParams
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout, distinct

__all__ = ["INTEGRATE_PS", "LayerBatch", "LayerModel", "LayerParams", "LayerRun"]

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


@kernel
def integrate_grants(
    neurons: NeuronsState,
    words: np.ndarray,
    level: np.ndarray,
    threshold: int,
    grants: Spikes,
    spikes: Spikes,
    history: np.ndarray,
) -> bool:
    """Integrate all samples' grants in turn, each sample from cleared potentials; fill `spikes`.

    Returns whether there was room for all of them.

    Parameters
    ----------
    words : int (2, inputs, neurons)
        What a source adds, without and with *scale*.
    level : uint8 (grants,)
        The *scale* input of every grant.
    history : int (grants or 0, neurons), written
        Potentials after every grant.
    """
    potential = neurons.potential
    spike = 0
    for s in range(grants.bounds.size - 1):
        for j in range(potential.size):
            potential[j] = 0
        for g in range(index(grants.bounds[s]), index(grants.bounds[s + 1])):
            if integrate(potential, words[level[g], grants.line[g]], threshold):
                if spike + potential.size > spikes.tick.size:
                    return False
                count = fires(neurons, threshold)
                for k in range(count):
                    spikes.tick[spike + k] = grants.tick[g] + INTEGRATE_DELAY
                    spikes.line[spike + k] = neurons.fired[k]
                spike += count
            if history.shape[0] > 0:
                for j in range(history.shape[1]):
                    history[g, j] = potential[j]
        spikes.bounds[s + 1] = spike
    return True


class LayerBatch(NamedTuple):
    """What a layer did with the edges of a batch of samples: grants, merges and spikes."""

    grants: Spikes
    merges: Spikes
    spikes: Spikes


@dataclass(frozen=True)
class LayerRun:
    """What a layer did with a run's edges.

    Attributes
    ----------
    arbiter : ArbiterRun
        Grants and merges.
    tick, line : int64 (spikes,)
        When each spike rises (the tick after which it is up), and of which neuron.
    potential : int (neurons,)
        Potentials at the end.
    history : int (grants, neurons) or None
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
        self.words = scaled_words(self.weights, params.neuron)
        self.per_grant = 1  # spikes for which there is room

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
        served = self.arbiter.run(tick, line)
        grants = served.tick.size
        if isinstance(scale, tuple):
            level = np.append(False, scale[1])[np.searchsorted(scale[0], served.tick)]
        elif np.ndim(scale) == 0:
            level = np.broadcast_to(scale, grants)
        else:
            level = np.asarray(scale)[served.tick]
        room = Room()
        history = np.empty((grants if traced else 0, self.params.neurons), self.words.dtype)
        spikes = self.integrate_all(
            one_sample(served.tick, served.line), level.astype(np.uint8), room, "layer", history
        )
        return LayerRun(
            served,
            spikes.tick + (self.integrate + self.spike - INTEGRATE_DELAY),
            spikes.line.astype(np.int64),
            self.neurons(room, "layer").potential[: self.params.neurons],
            history if traced else None,
        )

    def run_batch(
        self, edges: Spikes, room: Room, name: str = "layer", *, scale: bool = False
    ) -> LayerBatch:
        """Serve a batch of samples, under one level of *scale*; the result lies in `room`."""
        served = self.arbiter.run_batch(edges, room, name)
        level = room.take(f"{name} level", served.grants.total, np.uint8)
        level[:] = scale
        spikes = self.integrate_all(served.grants, level, room, name, self.words[0, :0])
        return LayerBatch(served.grants, served.merges, spikes)

    def operations(self, grants: Spikes) -> np.ndarray:
        """Return the weights that each sample's grants add: int64 (samples,)."""
        return grants.per_sample * self.params.neurons

    def integrate_all(
        self, grants: Spikes, level: np.ndarray, room: Room, name: str, history: np.ndarray
    ) -> Spikes:
        """Integrate a batch's grants; return the spikes."""
        neurons = self.neurons(room, name)
        while True:
            size = self.per_grant * grants.total + neurons.potential.size
            spikes = room.spikes(f"{name} spikes", size, grants.samples)
            if integrate_grants(
                neurons, self.words, level, self.params.neuron.threshold, grants, spikes, history
            ):
                return spikes.filled()
            self.per_grant *= 2

    def neurons(self, room: Room, name: str) -> NeuronsState:
        """Return the layer's neurons, as the last sample left them."""
        kinds = (self.params.neurons, self.words.dtype)
        return room.keep(f"{name} neurons", kinds, lambda k: make_neurons(*k))

    def records(self, run: LayerRun) -> np.ndarray:
        """Return a traced run as trace records, one per tick with any event."""
        assert run.history is not None, "the run was not traced"
        grant_tick = run.arbiter.tick + self.integrate
        ticks = distinct(np.concatenate([grant_tick, run.tick, run.arbiter.merge_tick]))
        records = np.zeros(ticks.size, self.params.trace.record_dtype)
        records["tick"] = ticks
        records["integrated"][np.searchsorted(ticks, grant_tick)] = 1
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
