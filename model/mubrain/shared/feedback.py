"""A layer that feeds its spikes back, from event to event.

:mod:`goldspike.model.mubrain.recurrent_layer` describes it; here it is compiled.
"""

import numpy as np

from goldspike.model.jit import kernel
from goldspike.model.mubrain.layer import INTEGRATE_DELAY
from goldspike.model.mubrain.multi_phase_oscillator import advance, begin
from goldspike.model.mubrain.neuron import NeuronsState, fires, integrate
from goldspike.model.mubrain.shared.arbitration import (
    ACCESS,
    LOAD,
    SELECT,
    ArbiterState,
    access,
    load,
    note_edge,
    select,
)
from goldspike.model.mubrain.shared.spikes import Spikes
from goldspike.model.timebase import NEVER

__all__ = ["AWAKE", "FINISHED", "NO_ROOM", "serve_samples"]

SPIKE_DELAY = 1
"""Ticks from the tick after which a spike is up to the edge that an arbiter sees."""

FINISHED, NO_ROOM, AWAKE = 0, 1, 2  # how a sample ended


@kernel
def serve(
    state: ArbiterState,
    delays: np.ndarray,
    round_robin: bool,
    neurons: NeuronsState,
    words: np.ndarray,
    scale: np.ndarray,
    threshold: int,
    edges: Spikes,
    edge: int,
    end: int,
    grants: Spikes,
    waited: np.ndarray,
    grant: int,
    merges: Spikes,
    merge: int,
    spikes: Spikes,
    spike: int,
    history: np.ndarray,
    most: int,
) -> tuple[int, int, int, int]:
    """Go from event to event of one sample until nothing is left.

    Returns the next grant, merge and spike, and how the sample ended.

    Parameters
    ----------
    words : int (2, inputs, neurons)
        What a source adds, without and with *scale*.
    scale : uint8 (ticks,)
        Level of the *scale* input on each tick; the last one holds forever.
    edges : Spikes
        Edges from outside, of which the sample has number `edge` to `end` - 1.
    grants, waited, merges, spikes, written
        From `grant`, `merge` and `spike` on. The tick of a spike is the one after which it is up.
    history : int (room or 0, neurons), written
        Potentials after every grant.
    most : int
        Grants at which the sample is given up.
    """
    potential, fired = neurons.potential, neurons.fired
    outside = state.pending.size // 2
    first = grant
    waiting = held = selected = 0
    last = state.pending.size - 1
    fed_back = 0  # how many of `fired` are still on their way back,
    back_tick = NEVER  # and when they are edges
    next_phase, due = 0, NEVER
    while True:
        tick = min(due, back_tick)
        if edge < end:
            tick = min(tick, edges.tick[edge])
        if tick == NEVER:
            return grant, merge, spike, FINISHED

        # first what the oscillator's phase does: it sees the state of the tick before
        firing = 0
        if due == tick:
            phase = next_phase
            next_phase, due = advance(phase, due, delays)
            if phase == LOAD:
                held = load(state, waiting)
            elif phase == SELECT:
                selected = select(state, held, last, round_robin)
            elif phase == ACCESS:
                room = grant < grants.tick.size and spike + outside <= spikes.tick.size
                if grant - first == most or not room:
                    for k in range(waiting):
                        state.pending[state.waiting[k]] = False
                    return grant, merge, spike, AWAKE if grant - first == most else NO_ROOM
                waiting = access(state, waiting, selected)
                last = selected
                grants.tick[grant] = tick
                grants.line[grant] = selected
                waited[grant] = grant - state.since[selected]
                level = scale[min(tick, scale.size - 1)]
                if integrate(potential, words[level, selected], threshold):
                    firing = fires(neurons, threshold)
                for k in range(firing):
                    spikes.tick[spike + k] = tick + INTEGRATE_DELAY
                    spikes.line[spike + k] = fired[k]
                spike += firing
                if history.shape[0] > 0:
                    for j in range(history.shape[1]):
                        history[grant, j] = potential[j]
                grant += 1

        # then the edges of this tick, from outside and from the layer's own neurons
        while edge < end and edges.tick[edge] == tick:
            before, waiting = waiting, note_edge(state, waiting, edges.line[edge], grant)
            if waiting == before:
                merges.tick[merge] = tick
                merges.line[merge] = edges.line[edge]
                merge += 1
            edge += 1
        if back_tick == tick:
            for k in range(fed_back):
                line = outside + fired[k]
                before, waiting = waiting, note_edge(state, waiting, line, grant)
                if waiting == before:
                    merges.tick[merge] = tick
                    merges.line[merge] = line
                    merge += 1
            back_tick = NEVER
        if firing > 0:  # grants are at least four ticks apart: `fired` has been used by now
            fed_back = firing
            back_tick = tick + INTEGRATE_DELAY + SPIKE_DELAY

        # last, whether an oscillation starts
        if waiting > 0 and due == NEVER:
            next_phase, due = begin(delays, tick)


@kernel
def serve_samples(
    state: ArbiterState,
    delays: np.ndarray,
    round_robin: bool,
    neurons: NeuronsState,
    words: np.ndarray,
    scale: np.ndarray,
    threshold: int,
    edges: Spikes,
    grants: Spikes,
    waited: np.ndarray,
    merges: Spikes,
    spikes: Spikes,
    history: np.ndarray,
    most: int,
) -> int:
    """Serve all samples, each from a cleared layer; return how the last one ended.

    The first sample that does not finish is the last one, and leaves the arbiter at rest.
    """
    grant = merge = spike = 0
    ended = FINISHED
    for s in range(edges.bounds.size - 1):
        for j in range(neurons.potential.size):
            neurons.potential[j] = 0
        grant, merge, spike, ended = serve(
            state, delays, round_robin, neurons, words, scale, threshold,
            edges, edges.bounds[s], edges.bounds[s + 1],
            grants, waited, grant, merges, merge, spikes, spike, history, most,
        )  # fmt: skip
        if ended != FINISHED:
            break
        grants.bounds[s + 1] = grant
        merges.bounds[s + 1] = merge
        spikes.bounds[s + 1] = spike
    return ended
