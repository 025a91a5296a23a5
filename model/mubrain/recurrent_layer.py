"""A recurrent layer: its neurons' spikes are inputs of its own arbiter.

Ref: Stuijt 2021, section 2.1 ("lateral synaptic connections (that can leverage recurrent
connectivity)") and section 3.1, Fig. 4: a layer of 256 neurons with one input synapse each and
about 30 % random lateral connectivity, used as a reservoir. Its arbiter has twice as many inputs as
there are neurons: inputs 0..N-1 from outside, inputs N..2N-1 from the layer's own neurons.

Timing, and the tie rule (rule 9 of :mod:`goldspike.model.timebase`): a grant at tick a is
integrated at a + 1; a neuron that fires on it has its spike up after a + 1, and that spike is an
edge at the layer's own arbiter, as at the next one's, at a + 2.

With feedback, layers cannot be followed grant list by spike list;
:mod:`~goldspike.model.mubrain.shared.feedback` goes from event to event of the whole layer. A
layer that keeps itself awake never comes to rest, on the chip as here: after :data:`MOST_GRANTS`
grants the model gives up.
"""

from dataclasses import dataclass, field

import numpy as np

from goldspike.model.errors import InputError
from goldspike.model.mubrain.arbiter import ArbiterParams, ArbiterRun, Policy
from goldspike.model.mubrain.layer import INTEGRATE_DELAY, LayerBatch, LayerModel, LayerRun
from goldspike.model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams
from goldspike.model.mubrain.neuron import NeuronParams, scaled_words
from goldspike.model.mubrain.shared.arbitration import make_state
from goldspike.model.mubrain.shared.connectivity import Connectivity
from goldspike.model.mubrain.shared.feedback import AWAKE, FINISHED, serve_samples
from goldspike.model.mubrain.shared.spikes import Room, Spikes, one_sample
from goldspike.model.mubrain.sparse_memory import SparseMemoryParams
from goldspike.model.mubrain.weight_memory import Storage
from goldspike.model.trace import Field, TraceLayout

__all__ = ["MOST_GRANTS", "RecurrentLayerModel", "RecurrentLayerParams"]

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
        self.delays = np.array(params.oscillator.delays, np.int64)
        self.weights = np.ascontiguousarray(weights, np.int8)
        self.words = scaled_words(self.weights, params.neuron)

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
        room = Room()
        levels = np.atleast_1d(np.asarray(scale, np.uint8))
        done, waited, history = self.serve(
            one_sample(tick, line), room, "layer", levels, most, traced=traced
        )
        served = ArbiterRun(
            done.grants.tick,
            done.grants.line.astype(np.int64),
            waited,
            done.merges.tick,
            done.merges.line.astype(np.int64),
        )
        return LayerRun(
            served,
            done.spikes.tick,
            done.spikes.line.astype(np.int64),
            self.neurons(room, "layer").potential[: params.neurons],
            history if traced else None,
        )

    def run_batch(
        self, edges: Spikes, room: Room, name: str = "layer", *, scale: bool = False
    ) -> LayerBatch:
        """Serve a batch of samples, under one level of *scale*; the result lies in `room`."""
        return self.serve(edges, room, name, np.array([scale], np.uint8), MOST_GRANTS)[0]

    def operations(self, grants: Spikes) -> np.ndarray:
        """Return the weights that each sample's grants add, of the synapses that there are."""
        return grants.summed(self.params.weights.fan_out)

    def serve(
        self,
        edges: Spikes,
        room: Room,
        name: str,
        scale: np.ndarray,
        most: int,
        *,
        traced: bool = False,
    ) -> tuple[LayerBatch, np.ndarray, np.ndarray]:
        """Serve a batch; return what was done, the grants' waits, and the potentials if traced."""
        params, samples = self.params, edges.samples
        size = 4 * edges.total + 64 * samples
        while True:
            grants = room.spikes(f"{name} grants", size, samples)
            waited = room.take(f"{name} waited", size, np.int64)
            spikes = room.spikes(f"{name} spikes", 2 * size + params.neurons, samples)
            merges = room.spikes(f"{name} merges", edges.total + spikes.tick.size, samples)
            history = np.empty((size if traced else 0, params.neurons), self.words.dtype)
            ended = serve_samples(
                room.keep(f"{name} state", params.arbiter.inputs, make_state),
                self.delays,
                params.policy is Policy.ROUND_ROBIN,
                self.neurons(room, name), self.words, scale, params.neuron.threshold,
                edges, grants, waited, merges, spikes, history, most,
            )  # fmt: skip
            if ended == AWAKE:
                raise InputError(
                    f"The recurrent layer of {params.neurons} neurons keeps itself awake: it was "
                    f"expected to come to rest within {most} grants."
                )
            if ended == FINISHED:
                done = LayerBatch(grants.filled(), merges.filled(), spikes.filled())
                total = done.grants.total
                return done, waited[:total], history[:total]
            size *= 4
