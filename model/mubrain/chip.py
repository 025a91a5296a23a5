"""The µBrain chip: AER input, fully connected layers, AER output, read-out.

Ref: Stuijt 2021, section 2.1, Fig. 1A (layers of neurons behind arbiters), section 3.2 (the
256-64-10 network without biases that classifies handwritten digits). A sample: potentials, search
starts and read-out are cleared at tick 0, events come from tick 1 on, and the chip runs until
nothing is awake. (The paper does not say what is reset between two images; the search starts are
cleared here so that a sample's answer does not depend on the sample before.)
"""

from dataclasses import dataclass, field

import numpy as np

from model.mubrain.aer_input import AerInputModel, AerInputParams
from model.mubrain.aer_output import AerOutputModel, AerOutputParams
from model.mubrain.arbiter import ArbiterRun, Policy
from model.mubrain.layer import LayerModel, LayerParams, LayerRun
from model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams
from model.mubrain.neuron import NeuronParams
from model.mubrain.readout import Answer, ReadoutModel, ReadoutParams
from model.mubrain.weight_memory import Storage
from model.params import require_int
from model.trace import TraceLayout

__all__ = ["MUBRAIN_MNIST", "ChipModel", "ChipParams", "ChipRun", "layer_names"]

SPIKE_DELAY = 1
"""Ticks from the tick after which a spike is up to the edge that the next arbiter sees."""


@dataclass(frozen=True, kw_only=True)
class ChipParams:
    """A feed-forward µBrain.

    Parameters
    ----------
    sizes : tuple of int
        Inputs, then the neurons of each layer, 1..512 each.
    scale : tuple of bool
        The global scale input of each layer; one entry serves all.
    hold : int
        Ticks for which the output strobe stays up.
    policy, oscillator, neuron, storage
        As in the parameters of arbiter, neuron and weight memory; the same for all layers.
    """

    sizes: tuple[int, ...] = (256, 64, 10)
    scale: tuple[bool, ...] = (False,)
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
        for size in self.sizes:
            require_int("size", size, 1, 512)
        object.__setattr__(self, "policy", self.layers[0].policy)
        object.__setattr__(self, "storage", self.layers[0].storage)
        object.__setattr__(self, "hold", self.aer_output.hold)

    @property
    def aer_input(self) -> AerInputParams:
        """The chip's input."""
        return AerInputParams(lines=self.sizes[0])

    @property
    def layers(self) -> tuple[LayerParams, ...]:
        """The layers, first one first."""
        return tuple(
            LayerParams(
                inputs=inputs,
                neurons=neurons,
                policy=self.policy,
                oscillator=self.oscillator,
                neuron=self.neuron,
                storage=self.storage,
            )
            for inputs, neurons in zip(self.sizes, self.sizes[1:], strict=False)
        )

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


def layer_names(params: ChipParams) -> tuple[str, ...]:
    """Return the layers' names in traces and reports: layer1, layer2, ..."""
    return tuple(f"layer{k}" for k in range(1, len(params.sizes)))


@dataclass(frozen=True)
class ChipRun:
    """What the chip did with one sample.

    Attributes
    ----------
    edges, invalid : int
        Events that reached the first arbiter, and those whose address names no input.
    layers : tuple of LayerRun
    output : ArbiterRun
        Output events: the tick at which the strobe rises, and the address.
    answer : Answer
    ticks : int
        The tick after which nothing is awake any more.
    """

    edges: int
    invalid: int
    layers: tuple[LayerRun, ...]
    output: ArbiterRun
    answer: Answer
    ticks: int


class ChipModel:
    """Golden µBrain.

    Parameters
    ----------
    params : ChipParams
    weights : sequence of int8 (inputs, neurons)
        One matrix per layer.
    """

    def __init__(self, params: ChipParams, weights: list[np.ndarray]) -> None:
        if len(weights) != len(params.layers):
            raise ValueError(f"{len(params.layers)} weight matrices expected, not {len(weights)}")
        self.params = params
        self.aer_input = AerInputModel(params.aer_input)
        self.layers = [LayerModel(*pair) for pair in zip(params.layers, weights, strict=True)]
        self.aer_output = AerOutputModel(params.aer_output)
        self.readout = ReadoutModel(params.readout)

    def run(self, tick: np.ndarray, address: np.ndarray, *, traced: bool = False) -> ChipRun:
        """Run one sample: AER events ``(tick >= 1, address)``, sorted, far enough apart."""
        launched = self.aer_input.run(tick, address)
        edge_tick, edge_line = launched.tick, launched.line
        runs = []
        for layer, scale in zip(self.layers, self.params.scales, strict=True):
            run = layer.run(edge_tick, edge_line, scale=scale, traced=traced)
            edge_tick, edge_line = run.tick + SPIKE_DELAY, run.line
            runs.append(run)
        output = self.aer_output.run(edge_tick, edge_line)
        return ChipRun(
            edges=launched.tick.size,
            invalid=launched.invalid,
            layers=tuple(runs),
            output=output,
            answer=self.readout.answer(output.tick, output.line),
            ticks=self.last_tick(runs, output, tick),
        )

    def last_tick(self, runs: list[LayerRun], output: ArbiterRun, events: np.ndarray) -> int:
        """Return the tick after which nothing is awake any more."""
        recover = self.params.oscillator.recover
        ends = [int(events[-1]) + 1] if len(events) else [0]
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
