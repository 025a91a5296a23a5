"""The µBrain chip: AER input, layers, AER output, read-out.

Ref: Stuijt 2021, section 2.1, Fig. 1A (layers of neurons behind arbiters), section 3.1, Fig. 4 (the
chip in 40 nm: a recurrent layer, then two fully connected ones, each of them with a bias input),
section 3.2 (the 256-64-10 network without biases that classifies handwritten digits). A sample:
potentials, search starts and read-out are cleared at tick 0, events come from tick 1 on, and the
chip runs until nothing is awake. (The paper does not say what is reset between two images; the
search starts are cleared here so that a sample's answer does not depend on the sample before.)

A bias input is a line from outside to the last input of a layer's arbiter, with a weight per
neuron; its rising edges are spikes like any others. A negative weight makes it a leak.
"""

from dataclasses import dataclass, field

import numpy as np

from goldspike.model.jit import kernel
from goldspike.model.mubrain import sparse_memory, weight_memory
from goldspike.model.mubrain.aer_input import AerInputModel, AerInputParams
from goldspike.model.mubrain.aer_output import AerOutputModel, AerOutputParams
from goldspike.model.mubrain.arbiter import ArbiterRun, Policy
from goldspike.model.mubrain.layer import LayerModel, LayerParams, LayerRun
from goldspike.model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams
from goldspike.model.mubrain.neuron import NeuronParams
from goldspike.model.mubrain.readout import ReadoutModel, ReadoutParams
from goldspike.model.mubrain.recurrent_layer import RecurrentLayerModel, RecurrentLayerParams
from goldspike.model.mubrain.shared.connectivity import Connectivity
from goldspike.model.mubrain.shared.runs import ChipBatch, ChipRun
from goldspike.model.mubrain.shared.spikes import Room, Spikes, one_sample
from goldspike.model.mubrain.weight_memory import Storage, WeightMemoryParams
from goldspike.model.params import require_int
from goldspike.model.trace import TraceLayout

__all__ = [
    "MOST_INPUTS",
    "MOST_NEURONS",
    "MUBRAIN_40NM",
    "MUBRAIN_MNIST",
    "ChipBatch",
    "ChipModel",
    "ChipParams",
    "ChipRun",
    "layer_names",
    "loading_order",
]

MOST_INPUTS, MOST_NEURONS = 1024, 512
"""The largest chip: inputs, and neurons of a layer."""
SPIKE_DELAY = 1
"""Ticks from the tick after which a spike is up to the edge that the next arbiter sees."""


@dataclass(frozen=True, kw_only=True)
class ChipParams:
    """A µBrain.

    Parameters
    ----------
    sizes : tuple of int
        Inputs, 1..MOST_INPUTS, then the neurons of each layer, 1..MOST_NEURONS each.
    scale : tuple of bool
        The global scale input of each layer; one entry serves all.
    lateral : tuple of Connectivity or None
        Makes a layer recurrent, one entry per layer; empty: no layer is. A recurrent layer has as
        many inputs as neurons.
    bias : tuple of bool
        Gives a fully connected layer a bias input, one entry per layer; empty: no layer has one.
    hold : int
        Ticks for which the output strobe stays up.
    policy, oscillator, neuron, storage
        As in the parameters of arbiter, neuron and weight memory; the same for all layers.
    """

    sizes: tuple[int, ...] = (256, 64, 10)
    scale: tuple[bool, ...] = (False,)
    lateral: tuple[Connectivity | None, ...] = ()
    bias: tuple[bool, ...] = ()
    hold: int = 4
    policy: Policy = Policy.ROUND_ROBIN
    oscillator: MultiPhaseOscillatorParams = field(default_factory=MultiPhaseOscillatorParams)
    neuron: NeuronParams = field(default_factory=NeuronParams)
    storage: Storage = Storage.REGISTERS

    def __post_init__(self) -> None:
        if len(self.sizes) < 2:
            raise ValueError(f"sizes must name the inputs and at least one layer, not {self.sizes}")
        if len(self.scale) not in (1, len(self.sizes) - 1):
            raise ValueError(f"scale must have 1 or {len(self.sizes) - 1} entries")
        require_int("size", self.sizes[0], 1, MOST_INPUTS)
        for size in self.sizes[1:]:
            require_int("size", size, 1, MOST_NEURONS)
        for name in ("lateral", "bias"):
            if len(getattr(self, name)) not in (0, len(self.sizes) - 1):
                raise ValueError(f"{name} must have 0 or {len(self.sizes) - 1} entries")
        for k, lateral in enumerate(self.lateral):
            if lateral and {*self.sizes[k : k + 2], lateral.neurons} != {lateral.neurons}:
                raise ValueError(
                    f"recurrent layer {k + 1} must have {lateral.neurons} inputs and neurons, "
                    f"not {self.sizes[k]} and {self.sizes[k + 1]}"
                )
            if lateral and any(self.bias[k : k + 1]):
                raise ValueError(f"recurrent layer {k + 1} must not have a bias input")
        object.__setattr__(self, "policy", self.layers[0].policy)
        object.__setattr__(self, "storage", WeightMemoryParams(storage=self.storage).storage)
        object.__setattr__(self, "hold", self.aer_output.hold)

    @property
    def aer_input(self) -> AerInputParams:
        """The chip's input."""
        return AerInputParams(lines=self.sizes[0])

    @property
    def layers(self) -> tuple[LayerParams | RecurrentLayerParams, ...]:
        """The layers, first one first; a bias is one more input."""
        return tuple(
            RecurrentLayerParams(
                lateral=lateral,
                policy=self.policy,
                oscillator=self.oscillator,
                neuron=self.neuron,
            )
            if lateral
            else LayerParams(
                inputs=inputs + bias,
                neurons=neurons,
                policy=self.policy,
                oscillator=self.oscillator,
                neuron=self.neuron,
                storage=self.storage,
            )
            for inputs, neurons, lateral, bias in zip(
                self.sizes,
                self.sizes[1:],
                self.lateral or (None,) * (len(self.sizes) - 1),
                self.biases,
                strict=False,
            )
        )

    @property
    def biases(self) -> tuple[bool, ...]:
        """Whether each layer has a bias input."""
        return self.bias or (False,) * (len(self.sizes) - 1)

    @property
    def synapses(self) -> int:
        """Weights of all layers, those of biases included."""
        return sum(layer.weights.synapses for layer in self.layers)

    @property
    def weight_bits(self) -> int:
        """Bits of all weights."""
        return self.synapses * self.neuron.weight_bits

    @property
    def scales(self) -> tuple[bool, ...]:
        """The scale input of every layer."""
        layers = len(self.sizes) - 1
        return self.scale if len(self.scale) == layers else self.scale * layers

    @property
    def aer_output(self) -> AerOutputParams:
        """The chip's output."""
        return AerOutputParams(
            lines=self.sizes[-1], hold=self.hold, policy=self.policy, oscillator=self.oscillator
        )

    @property
    def readout(self) -> ReadoutParams:
        """The chip's read-out."""
        return ReadoutParams(classes=self.sizes[-1])

    @property
    def trace(self) -> TraceLayout:
        """The words of all parts, each behind a bit that says whether it is of this tick."""
        return TraceLayout.combined(self.parts)

    @property
    def parts(self) -> tuple[tuple[str, TraceLayout], ...]:
        """The traced parts by name."""
        named = zip(layer_names(self), (layer.trace for layer in self.layers), strict=True)
        return (*named, ("output", self.aer_output.trace), ("readout", self.readout.trace))


MUBRAIN_MNIST = ChipParams(sizes=(256, 64, 10))
"""The feed-forward network of section 3.2: 256-64-10, 17,024 synapses."""

MUBRAIN_40NM = ChipParams(
    sizes=(256, 256, 64, 16),
    lateral=(Connectivity(), None, None),
    bias=(False, True, True),
)
"""The chip of section 3.1: 19,878 + 17,488 = 37,366 synapses of 4 bits."""


def layer_names(params: ChipParams) -> tuple[str, ...]:
    """Return the layers' names in traces and reports: layer1, layer2, ..."""
    return tuple(f"layer{k}" for k in range(1, len(params.sizes)))


def loading_order(layer: LayerParams | RecurrentLayerParams, weights: np.ndarray) -> np.ndarray:
    """Return a layer's matrix as the stream that loads it, first weight first."""
    if isinstance(layer, RecurrentLayerParams):
        return sparse_memory.loading_order(weights, layer.weights.mask)
    return weight_memory.loading_order(weights)


def make_layer(params: LayerParams | RecurrentLayerParams, weights: np.ndarray) -> LayerModel:
    """Return the golden layer of a chip."""
    if isinstance(params, RecurrentLayerParams):
        return RecurrentLayerModel(params, weights)
    return LayerModel(params, weights)


@kernel
def join(edges: Spikes, strobe: np.ndarray, line: int, joined: Spikes) -> None:
    """Put the strobes of a bias, on `line`, among all samples' edges; those of a tick come last."""
    end = 0
    for s in range(edges.bounds.size - 1):
        k = 0
        for e in range(edges.bounds[s], edges.bounds[s + 1]):
            while k < strobe.size and strobe[k] < edges.tick[e]:
                joined.tick[end], joined.line[end] = strobe[k], line
                end, k = end + 1, k + 1
            joined.tick[end], joined.line[end] = edges.tick[e], edges.line[e]
            end += 1
        while k < strobe.size:
            joined.tick[end], joined.line[end] = strobe[k], line
            end, k = end + 1, k + 1
        joined.bounds[s + 1] = end


class ChipModel:
    """Golden µBrain.

    Parameters
    ----------
    params : ChipParams
    weights : sequence of int8 (inputs, neurons)
        One matrix per layer. The last row of a layer with a bias input is the bias's; those of a
        recurrent layer are the inputs', then the neurons', zero where there is no synapse.
    """

    def __init__(self, params: ChipParams, weights: list[np.ndarray]) -> None:
        if len(weights) != len(params.layers):
            raise ValueError(f"{len(params.layers)} weight matrices expected, not {len(weights)}")
        self.params = params
        self.aer_input = AerInputModel(params.aer_input)
        self.layers = [make_layer(*pair) for pair in zip(params.layers, weights, strict=True)]
        self.aer_output = AerOutputModel(params.aer_output)
        self.readout = ReadoutModel(params.readout)

    def run(
        self,
        tick: np.ndarray,
        address: np.ndarray,
        bias: tuple[np.ndarray, ...] = (),
        *,
        traced: bool = False,
    ) -> ChipRun:
        """Run one sample.

        Parameters
        ----------
        tick, address : int (events,)
            AER events, from tick 1 on, sorted, far enough apart.
        bias : tuple of int (strobes,)
            Ticks of the rising edges on each layer's bias input, sorted; without it, none.
        traced : bool
            Keep the potentials after every grant.
        """
        launched = self.aer_input.run(tick, address)
        edge_tick, edge_line = launched.tick, launched.line
        strobes = self.strobes(bias)
        runs = []
        for layer, scale, strobe in zip(self.layers, self.params.scales, strobes, strict=True):
            if strobe.size:
                edges = one_sample(edge_tick, edge_line)
                edge_tick, edge_line, _ = self.with_bias(edges, strobe, layer, Room())
            run = layer.run(edge_tick, edge_line, scale=scale, traced=traced)
            edge_tick, edge_line = run.tick + SPIKE_DELAY, run.line
            runs.append(run)
        output = self.aer_output.run(edge_tick, edge_line)
        return ChipRun(
            edges=launched.tick.size,
            invalid=launched.invalid,
            bias=sum(strobe.size for strobe in strobes),
            layers=tuple(runs),
            output=output,
            answer=self.readout.answer(output.tick, output.line),
            ticks=self.last_tick(runs, output, np.concatenate([tick, *strobes])),
        )

    def strobes(self, bias: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
        """Return every layer's strobes: int64; none where none are given."""
        strobes = tuple(np.asarray(ticks, np.int64) for ticks in bias or ((),) * len(self.layers))
        for k, (strobe, has_bias) in enumerate(zip(strobes, self.params.biases, strict=True)):
            if strobe.size and not has_bias:
                raise ValueError(f"layer {k + 1} has no bias input")
        return strobes

    def with_bias(self, edges: Spikes, strobe: np.ndarray, layer: LayerModel, room: Room) -> Spikes:
        """Return a layer's edges with those of its bias input, the last one, among them."""
        size = edges.total + strobe.size * edges.samples
        joined = room.spikes("joined", size, edges.samples)
        join(edges, strobe, layer.params.inputs - 1, joined)
        return joined

    def run_batch(self, events: Spikes, room: Room, bias: tuple[np.ndarray, ...] = ()) -> ChipBatch:
        """Run a batch of samples: for each, what :meth:`run` says of it.

        Parameters
        ----------
        events : Spikes
            The samples' AER events: from tick 1 on, sorted, far enough apart.
        room : Room
            Holds everything in between; of this thread alone.
        bias
            As that of :meth:`run`, the same for all samples.
        """
        strobes = self.strobes(bias)
        recover = self.params.oscillator.recover
        edges = self.aer_input.run_batch(events, room)
        ticks = events.last(-1) + 1
        for strobe in strobes:
            ticks = np.maximum(ticks, strobe.max(initial=-1) + 1)
        launched = edges.per_sample
        counts = []
        for name, layer, scale, strobe in zip(
            layer_names(self.params), self.layers, self.params.scales, strobes, strict=True
        ):
            if strobe.size:
                edges = self.with_bias(edges, strobe, layer, room)
            done = layer.run_batch(edges, room, name, scale=scale)
            ticks = np.maximum(ticks, done.grants.last(-recover) + recover)
            served = done.grants, done.merges, done.spikes
            counts.append((*(part.per_sample for part in served), layer.operations(done.grants)))
            edges = done.spikes._replace(tick=done.spikes.tick + SPIKE_DELAY)
        output = self.aer_output.run_batch(edges, room)
        sent = output.grants
        settle = max(recover, self.params.hold)
        ticks = np.maximum(ticks, sent.last(-settle) + settle)
        grants, merged, spikes, operations = np.moveaxis(np.array(counts), 1, 0)
        return ChipBatch(
            edges=launched,
            invalid=events.per_sample - launched,
            bias=sum(strobe.size for strobe in strobes),
            grants=grants.T,
            merged=merged.T,
            spikes=spikes.T,
            operations=operations.T,
            sent=Spikes(sent.tick.copy(), sent.line.copy(), sent.bounds.copy()),
            send_merged=output.merges.per_sample,
            answers=self.readout.run_batch(sent),
            ticks=ticks,
        )

    def last_tick(self, runs: list[LayerRun], output: ArbiterRun, events: np.ndarray) -> int:
        """Return the tick after which nothing is awake any more."""
        recover = self.params.oscillator.recover
        ends = [int(events.max()) + 1] if len(events) else [0]
        for served in (*(run.arbiter for run in runs), output):
            if served.tick.size:
                ends.append(int(served.tick[-1]) + recover)
        if output.tick.size:
            ends.append(int(output.tick[-1]) + self.params.hold)
        return max(ends)

    def records(self, run: ChipRun) -> dict[str, np.ndarray]:
        """Return a traced run as the trace records of every part, by the part's name."""
        records = {
            name: layer.records(done)
            for name, layer, done in zip(
                layer_names(self.params), self.layers, run.layers, strict=True
            )
        }
        records["output"] = self.aer_output.records(run.output)
        records["readout"] = self.readout.records(run.output.tick, run.output.line)
        return records
