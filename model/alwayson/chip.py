"""The chip: an input core, hidden cores, and an output core without synapses.

Ref: Chundi 2021, Fig. 1 and "Chip Prototype": 256-128-128-128-10 neurons in five neurosynaptic
cores, 66,816 binary weights. Every neuron block and every synapse block has its own clock on demand
and none of them is related to another. Nothing leads back, so that the cores follow one another.

A *frame*: spikes come in by AER from tick 1 on; from tick `frame` + 1 on the output core is frozen
and takes no spikes. Once nothing is awake, the potentials of its neurons are read out, and `clear`
brings everything to where it was before the frame.

Assumptions, where the paper is silent: the frame protocol; that a spike of St2 is an edge at the
next core one tick after it was launched, as for any register.

Two ways to run: :meth:`ChipModel.run`, many frames at once, event by event
(:mod:`goldspike.model.alwayson.shared.fast_core`), and :meth:`ChipModel.trace`, one frame, tick by
tick out of the parts. A test shows that they agree, spike for spike and count for count.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from goldspike.model.alwayson.aer_input import AerInputModel, AerInputParams
from goldspike.model.alwayson.aer_output import AerOutputParams
from goldspike.model.alwayson.core import CoreModel, CoreParams
from goldspike.model.alwayson.neuron import NeuronParams
from goldspike.model.alwayson.neuron_block import NeuronBlockParams, Settings
from goldspike.model.alwayson.neuron_fsm import KINDS, Kind, NeuronFsmParams
from goldspike.model.alwayson.shared.chip_frames import (
    ChipRun,
    Launches,
    check_events,
    run_frames,
)
from goldspike.model.alwayson.shared.chip_trace import ChipTrace, trace_frame
from goldspike.model.alwayson.shared.fast_room import FAST_COUNTS
from goldspike.model.alwayson.synapse_arbiter import Policy
from goldspike.model.alwayson.synapse_block import SynapseBlockParams, SynapseSettings
from goldspike.model.alwayson.synapse_memory import Storage, bits_of
from goldspike.model.params import require_int
from goldspike.model.timing.power_gate import PowerGateParams
from goldspike.model.trace import Field, TraceLayout

__all__ = [
    "ALWAYSON_65NM",
    "FAST_COUNTS",
    "ChipModel",
    "ChipParams",
    "ChipRun",
    "ChipTrace",
    "Launches",
]


@dataclass(frozen=True, kw_only=True)
class ChipParams:
    """A chip.

    Parameters
    ----------
    layers : tuple of int
        Neurons of the input core, of the hidden ones, and of the output core; two layers at least,
        1..256 each.
    thresholds : tuple of int
        After reset, of every core but the last.
    bits, output_bits : int
        Widths of hidden and of output potentials; 9 in the paper, too few for MNIST's outputs.
    policy, storage
        Of all synapse blocks.
    power : PowerGateParams
        Of all neurons and synapse blocks.
    neuron_clock, synapse_clock : int
        Ticks of the low phase, and of the high phase, of all neuron and of all synapse blocks after
        reset.
    length_bits : int
        Width of these in the scan chains.
    """

    layers: tuple[int, ...] = (256, 128, 128, 128, 10)
    thresholds: tuple[int, ...] = (1, 32, 16, 14)
    bits: int = 9
    output_bits: int = 12
    policy: Policy = Policy.FIXED
    storage: Storage = Storage.REGISTERS
    power: PowerGateParams = field(default_factory=PowerGateParams)
    neuron_clock: int = 1
    synapse_clock: int = 4
    length_bits: int = 7

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        object.__setattr__(self, "thresholds", tuple(self.thresholds))
        if len(self.layers) < 2:
            raise ValueError(f"a chip must have two layers at least, not {len(self.layers)}")
        for size in self.layers:
            require_int("layers", size, 1, 256)
        if len(self.thresholds) != len(self.layers) - 1:
            raise ValueError(
                f"thresholds must be one per layer but the last, {len(self.layers) - 1}, "
                f"not {len(self.thresholds)}"
            )
        object.__setattr__(self, "policy", Policy(self.policy))
        object.__setattr__(self, "storage", Storage(self.storage))
        _ = self.cores, self.output

    def block(self, size: int, kind: Kind, bits: int, threshold: int) -> NeuronBlockParams:
        """Return the parameters of a neuron block."""
        return NeuronBlockParams(
            neurons=size,
            neuron=NeuronParams(fsm=NeuronFsmParams(kind=kind, bits=bits), power=self.power),
            length_bits=self.length_bits,
            settings=Settings(length=self.neuron_clock, threshold=threshold),
        )

    @property
    def cores(self) -> tuple[CoreParams, ...]:
        """All cores but the output core."""
        found = []
        for k, threshold in enumerate(self.thresholds):
            synapses = SynapseBlockParams(
                rows=self.layers[k], columns=self.layers[k + 1], policy=self.policy,
                storage=self.storage, power=self.power, length_bits=self.length_bits,
                settings=SynapseSettings(length=self.synapse_clock),
            )  # fmt: skip
            kind = Kind.HIDDEN if k else Kind.INPUT
            neurons = self.block(self.layers[k], kind, self.bits, threshold)
            found.append(CoreParams(neurons=neurons, synapses=synapses))
        return tuple(found)

    @property
    def output(self) -> NeuronBlockParams:
        """The output core's neurons."""
        return self.block(self.layers[-1], Kind.OUTPUT, self.output_bits, 1)

    @property
    def aer_input(self) -> AerInputParams:
        """The input decoder."""
        return AerInputParams(lines=self.layers[0])

    @property
    def aer_output(self) -> AerOutputParams:
        """The output encoder."""
        return AerOutputParams(lines=self.layers[-1], bits=self.output_bits)

    @property
    def synapses(self) -> int:
        """Number of weights."""
        return sum(a * b for a, b in pairwise(self.layers))

    @property
    def blocks(self) -> int:
        """Blocks with a scan chain: neurons and synapses of every core, and the output core."""
        return 2 * len(self.thresholds) + 1

    @property
    def parts(self) -> tuple[tuple[str, TraceLayout], ...]:
        """What is traced, by core: ``core_0`` .. and ``output``."""
        output = TraceLayout(
            (
                Field("awake", 1),
                Field("lost", 8),
                Field("potentials", self.output_bits, self.layers[-1]),
            )
        )
        cores = [(f"core_{k}", core.trace) for k, core in enumerate(self.cores)]
        return (*cores, ("output", output))

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick on which any of it changed: the cores' words side by side."""
        return TraceLayout(
            tuple(
                Field(f"{name}_{part.name}", part.bits, part.count, part.bitmap)
                for name, layout in self.parts
                for part in layout.fields
            )
        )


ALWAYSON_65NM = ChipParams()
"""The prototype, with the thresholds for MNIST (Chundi 2021, "Synapse Block")."""


class ChipModel:
    """A golden chip with a network; every frame begins as after `clear`.

    Parameters
    ----------
    params : ChipParams
    weights : sequence of int arrays (rows, columns)
        -1 and +1, one per layer but the last. A network smaller than the chip uses the first
        neurons of every layer; the chip's memories hold -1 elsewhere, and columns beyond get none.
    thresholds : sequence of int, optional
        Default: those after reset.

    Raises
    ------
    ValueError
        If the network does not fit.
    """

    def __init__(
        self,
        params: ChipParams,
        weights: Sequence[np.ndarray],
        thresholds: Sequence[int] | None = None,
    ) -> None:
        self.params = params
        self.weights = [np.asarray(w) for w in weights]
        self.thresholds = tuple(params.thresholds if thresholds is None else thresholds)
        layers = params.layers
        if len(self.weights) != len(layers) - 1:
            raise ValueError(f"the chip has {len(layers) - 1} weight matrices, not {len(weights)}")
        self.sizes = [self.weights[0].shape[0], *(w.shape[1] for w in self.weights)]
        for k, w in enumerate(self.weights):
            bits_of(w)
            if w.shape[0] != self.sizes[k]:
                raise ValueError(f"w{k + 1} must have {self.sizes[k]} rows, not {w.shape[0]}")
        for k, (size, most) in enumerate(zip(self.sizes, layers, strict=True)):
            if size > most:
                raise ValueError(f"layer {k + 1} has {size} neurons, the chip {most}")
        if len(self.thresholds) != len(layers) - 1:
            raise ValueError(f"thresholds must be {len(layers) - 1}, not {len(self.thresholds)}")
        for threshold, core in zip(self.thresholds, params.cores, strict=True):
            require_int("thresholds", threshold, 0, core.neurons.neuron.fsm.highest)

    @property
    def counted(self) -> tuple[str, ...]:
        """What the last axis of :attr:`ChipRun.counts` counts."""
        return FAST_COUNTS

    def numbers(self, k: int) -> np.ndarray:
        """Return what compiled code knows of core `k`."""
        params, last = self.params, k == len(self.sizes) - 1
        neurons = params.output if last else params.cores[k].neurons
        synapses = params.cores[0 if last else k].synapses
        clock, of_synapses = neurons.clock(neurons.settings), synapses.clock(synapses.settings)
        fsm, power = neurons.neuron.fsm, params.power
        return np.array(
            (
                clock.low_phase, clock.period, KINDS[Kind(fsm.kind)], fsm.bits,
                0 if last else self.thresholds[k], power.going_off, of_synapses.low_phase,
                of_synapses.period, power.going_off, params.policy is Policy.ROUND_ROBIN,
            ),
            np.int64,
        )  # fmt: skip

    def run(
        self,
        tick: np.ndarray,
        address: np.ndarray,
        bounds: np.ndarray,
        frame: int,
        negative: np.ndarray | None = None,
        *,
        keep: bool = False,
    ) -> ChipRun:
        """Run many frames; several threads may do so with one model.

        Parameters
        ----------
        tick, address, negative : int arrays (events,)
            Of every frame, in order: on which tick, from 1, the strobe of the AER input rises, for
            which neuron, and whether the spike is negative (default: none is).
        bounds : int array (frames + 1,)
            Which events are of which frame.
        frame : int
            Ticks until the output core is frozen.
        keep : bool
            Keep what every core launched.

        Raises
        ------
        ValueError
            If events are out of order or too close, or an address names no neuron.
        """
        require_int("frame", frame, 1)
        line = np.zeros(len(tick), np.int64) if negative is None else np.asarray(negative) != 0
        row, own = np.asarray(address, np.int64), np.asarray(bounds, np.int64)
        events = (np.asarray(tick, np.int64) + 1, row, line.astype(np.int64))
        check_events(*events, own)
        if row.size and not 0 <= row.min() <= row.max() < self.sizes[0]:
            raise ValueError(f"addresses must be in 0..{self.sizes[0] - 1}")
        numbers = [self.numbers(k) for k in range(len(self.sizes))]
        weights = [w.astype(np.int8) for w in self.weights]
        return run_frames(numbers, weights, events, own, frame, keep=keep)

    def trace(
        self,
        tick: np.ndarray,
        address: np.ndarray,
        frame: int,
        negative: np.ndarray | None = None,
    ) -> ChipTrace:
        """Run one frame tick by tick; arguments as in :meth:`run`."""
        require_int("frame", frame, 1)
        line = np.zeros(len(tick), bool) if negative is None else np.asarray(negative) != 0
        AerInputModel(self.params.aer_input).check(tick)
        edges = (np.asarray(tick, int) + 1, np.asarray(address, int), line.astype(int))
        return trace_frame(self.cores(), self.params.output, self.params.trace, edges, frame)

    def cores(self) -> list[CoreModel]:
        """Return the cores, with this network in their memories and scan chains."""
        found = []
        for k, core in enumerate(self.params.cores):
            weights = np.full((core.synapses.rows, core.synapses.columns), -1)
            weights[: self.sizes[k], : self.sizes[k + 1]] = self.weights[k]
            settings = replace(core.neurons.settings, threshold=self.thresholds[k])
            idle = core.synapses.columns - self.sizes[k + 1]
            found.append(
                CoreModel(core, weights, settings, replace(core.synapses.settings, idle=idle))
            )
        return found
