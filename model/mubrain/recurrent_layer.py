"""A recurrent layer: its neurons' spikes are inputs of its own arbiter.

Ref: Stuijt 2021, section 2.1 ("lateral synaptic connections (that can leverage recurrent
connectivity)") and section 3.1, Fig. 4: a layer of 256 neurons with one input synapse each and
about 30 % random lateral connectivity, used as a reservoir. Its arbiter has twice as many inputs as
there are neurons: inputs 0..N-1 from outside, inputs N..2N-1 from the layer's own neurons.

Timing, and the tie rule (rule 9 of :mod:`goldspike.model.timebase`): a grant at tick a is
integrated at a + 1; a neuron that fires on it has its spike up after a + 1, and that spike is an
edge at the layer's own arbiter, as at the next one's, at a + 2.

With feedback, layers cannot be followed grant list by spike list; :func:`serve` goes from event to
event of the whole layer. A layer that keeps itself awake never comes to rest, on the chip as here:
after :data:`MOST_GRANTS` grants the model gives up.
"""

from dataclasses import dataclass, field

import numpy as np

from goldspike.model.errors import InputError
from goldspike.model.jit import njit
from goldspike.model.mubrain.arbiter import (
    ACCESS,
    LOAD,
    N_WAITING,
    SELECT,
    ArbiterParams,
    ArbiterRun,
    ArbiterState,
    Policy,
    access,
    load,
    make_state,
    note_edge,
    select,
)
from goldspike.model.mubrain.layer import INTEGRATE_DELAY, LayerModel, LayerRun
from goldspike.model.mubrain.multi_phase_oscillator import (
    DUE_TICK,
    MultiPhaseOscillatorParams,
    advance,
    begin,
)
from goldspike.model.mubrain.neuron import NeuronParams, fires, integrate
from goldspike.model.mubrain.shared.connectivity import Connectivity
from goldspike.model.mubrain.sparse_memory import SparseMemoryParams
from goldspike.model.mubrain.weight_memory import Storage
from goldspike.model.timebase import NEVER
from goldspike.model.trace import Field, TraceLayout

__all__ = ["MOST_GRANTS", "RecurrentLayerModel", "RecurrentLayerParams"]

SPIKE_DELAY = 1
"""Ticks from the tick after which a spike is up to the edge that an arbiter sees."""

MOST_GRANTS = 1 << 20
"""Grants after which a layer counts as one that never comes to rest."""


@dataclass(frozen=True, kw_only=True)
class RecurrentLayerParams:
    """A recurrent layer.

    Parameters
    ----------
    lateral : Connectivity
        Which neurons reach which; gives the number of neurons, and of inputs from outside.
    policy, oscillator, neuron
        As in the parameters of arbiter and neuron.
    """

    lateral: Connectivity = field(default_factory=Connectivity)
    policy: Policy = Policy.ROUND_ROBIN
    oscillator: MultiPhaseOscillatorParams = field(default_factory=MultiPhaseOscillatorParams)
    neuron: NeuronParams = field(default_factory=NeuronParams)

    def __post_init__(self) -> None:
        object.__setattr__(self, "policy", self.arbiter.policy)

    @property
    def neurons(self) -> int:
        """Number of neurons."""
        return self.lateral.neurons

    @property
    def inputs(self) -> int:
        """Number of inputs from outside: one per neuron."""
        return self.lateral.neurons

    @property
    def storage(self) -> Storage:
        """What holds the weights."""
        return self.weights.storage

    @property
    def arbiter(self) -> ArbiterParams:
        """The layer's arbiter, with inputs from outside and from the neurons."""
        return ArbiterParams(
            inputs=self.inputs + self.neurons, policy=self.policy, oscillator=self.oscillator
        )

    @property
    def weights(self) -> SparseMemoryParams:
        """The layer's weight memory."""
        return SparseMemoryParams(lateral=self.lateral, neuron=self.neuron)

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick on which the neurons integrate or an edge merges.

        As a layer's; `source` and `merged` count the lateral inputs behind those from outside.
        """
        return TraceLayout(
            (
                Field("integrated", 1),
                Field("source", self.arbiter.address_bits),
                Field("potential", self.neuron.potential_bits, self.neurons),
                Field("fired", self.neurons, bitmap=True),
                Field("merged", self.arbiter.inputs, bitmap=True),
            )
        )


@njit
def serve(
    state: ArbiterState,
    delays: np.ndarray,
    round_robin: bool,
    potential: np.ndarray,
    weights: np.ndarray,
    scale: np.ndarray,
    scaled_gain: int,
    threshold: int,
    edge_tick: np.ndarray,
    edge_line: np.ndarray,
    grant: np.ndarray,
    merge: np.ndarray,
    spike: np.ndarray,
    history: np.ndarray,
) -> tuple[int, int, int, bool]:
    """Go from event to event until nothing is left; return (grants, merges, spikes, finished).

    Parameters
    ----------
    scale : bool (ticks,)
        Level of the *scale* input on each tick; the last one holds forever.
    edge_tick, edge_line : int64 (edges,)
        Edges from outside, sorted by tick.
    grant : int64 (room, 3), written
        Tick, line and other grants that it waited for.
    merge, spike : int64 (room, 2), written
        Tick and line; a spike's line is its neuron, its tick the one after which it is up.
    history : int16 (room or 0, neurons), written
        Potentials after every grant.

    Where the room for grants or spikes runs out, `finished` is False.
    """
    oscillator = state.oscillator
    neurons = potential.size
    outside = state.pending.size - neurons
    fired = np.empty(neurons, np.int64)
    fed_back = 0  # how many of `fired` are still on their way back,
    back_tick = NEVER  # and when they are edges
    grants = merges = spikes = edge = 0
    while True:
        tick = min(oscillator[DUE_TICK], back_tick)
        if edge < edge_tick.size:
            tick = min(tick, edge_tick[edge])
        if tick == NEVER:
            return grants, merges, spikes, True

        # first what the oscillator's phase does: it sees the state of the tick before
        firing = 0
        if oscillator[DUE_TICK] == tick:
            phase = advance(oscillator, delays)
            if phase == LOAD:
                load(state)
            elif phase == SELECT:
                select(state, round_robin)
            elif phase == ACCESS:
                if grants == grant.shape[0] or spikes + neurons > spike.shape[0]:
                    return grants, merges, spikes, False
                line = access(state)
                grant[grants, 0] = tick
                grant[grants, 1] = line
                grant[grants, 2] = grants - state.since[line]
                level = scale[min(tick, scale.size - 1)]
                highest = integrate(potential, weights[line], scaled_gain if level else 1)
                if highest >= threshold:
                    firing = fires(potential, threshold, fired)
                for k in range(firing):
                    spike[spikes, 0] = tick + INTEGRATE_DELAY
                    spike[spikes, 1] = fired[k]
                    spikes += 1
                if history.shape[0] > 0:
                    history[grants] = potential
                grants += 1

        # then the edges of this tick, from outside and from the layer's own neurons
        while edge < edge_tick.size and edge_tick[edge] == tick:
            line = edge_line[edge]
            if note_edge(state, line, grants):
                merge[merges, 0] = tick
                merge[merges, 1] = line
                merges += 1
            edge += 1
        if back_tick == tick:
            for k in range(fed_back):
                line = outside + fired[k]
                if note_edge(state, line, grants):
                    merge[merges, 0] = tick
                    merge[merges, 1] = line
                    merges += 1
            back_tick = NEVER
        if firing > 0:  # grants are at least four ticks apart: `fired` has been used by now
            fed_back = firing
            back_tick = tick + INTEGRATE_DELAY + SPIKE_DELAY

        # last, whether an oscillation starts
        if state.words[N_WAITING] > 0 and oscillator[DUE_TICK] == NEVER:
            begin(oscillator, delays, tick)


class RecurrentLayerModel(LayerModel):
    """Golden recurrent layer with its weights.

    Parameters
    ----------
    params : RecurrentLayerParams
    weights : int8 (2 neurons, neurons)
        Inputs from outside first; zero where there is no synapse.
    """

    params: RecurrentLayerParams  # type: ignore[assignment]

    def __init__(self, params: RecurrentLayerParams, weights: np.ndarray) -> None:
        mask = params.weights.mask
        if weights.shape != mask.shape:
            raise ValueError(f"weights must have shape {mask.shape}, not {weights.shape}")
        if weights[~mask].any():
            raise ValueError("weights must be zero where there is no synapse")
        self.params = params
        self.integrate = INTEGRATE_DELAY
        self.weights = np.ascontiguousarray(weights, np.int8)

    def run(  # type: ignore[override]  # no changes over time: it has no `cell` circuit
        self,
        tick: np.ndarray,
        line: np.ndarray,
        *,
        scale: bool | np.ndarray = False,
        traced: bool = False,
        most: int = MOST_GRANTS,
    ) -> LayerRun:
        """Serve the edges ``(tick, line)`` from outside until nothing waits and nothing fires.

        Parameters
        ----------
        tick, line, scale, traced
            As those of :meth:`goldspike.model.mubrain.layer.LayerModel.run`; beyond its end,
            `scale` keeps its last level.
        most : int
            Grants after which the layer counts as one that never comes to rest.

        Raises
        ------
        ValueError
            If the ticks are not sorted or a line is not an input.
        InputError
            If the layer does not come to rest within `most` grants.
        """
        params = self.params
        tick, line = np.asarray(tick, np.int64), np.asarray(line, np.int64)
        if tick.size and (np.any(np.diff(tick) < 0) or tick[0] < 0):
            raise ValueError("edges must be sorted by tick, from tick 0 on")
        if line.size and (line.min() < 0 or line.max() >= params.inputs):
            raise ValueError(f"edges must be on inputs 0..{params.inputs - 1}")
        room = min(4 * tick.size + 64, most)
        while True:
            potential = np.zeros(params.neurons, np.int16)
            grant = np.empty((room, 3), np.int64)
            spike = np.empty((2 * room + params.neurons, 2), np.int64)
            merge = np.empty((tick.size + len(spike), 2), np.int64)  # every edge may merge
            history = np.empty((room if traced else 0, params.neurons), np.int16)
            grants, merges, spikes, finished = serve(
                make_state(params.arbiter),
                np.array(params.oscillator.delays, np.int64),
                params.policy is Policy.ROUND_ROBIN,
                potential, self.weights, np.atleast_1d(np.asarray(scale, bool)),
                1 << params.neuron.scale_shift, params.neuron.threshold,
                tick, line, grant, merge, spike, history,
            )  # fmt: skip
            if finished:
                break
            if room >= most:
                raise InputError(
                    f"The recurrent layer of {params.neurons} neurons keeps itself awake: it was "
                    f"expected to come to rest within {most} grants."
                )
            room = min(4 * room, most)
        served = ArbiterRun(
            *np.ascontiguousarray(grant[:grants].T), *np.ascontiguousarray(merge[:merges].T)
        )
        spike_tick, spike_line = np.ascontiguousarray(spike[:spikes].T)
        return LayerRun(
            served, spike_tick, spike_line, potential, history[:grants] if traced else None
        )
