"""The core, tick by tick: scheduler, memory, neuron, PRNG and token controller together.

Ref: Akopyan 2015, Merolla 2014; what is ours stands in the parts. A step, from the tick t of
`sync`:

==================  ================================================================
t                   the slot's spikes become active, the slot number goes on
t + 1               neuron 0: its row is fetched
t + 2 ..            its events are integrated, one per tick, ascending by axon
one tick after      leak, threshold, reset; write back; its spike is at the output,
                    and the core waits here (stall) while it is not taken
==================  ================================================================

and so on for every neuron. `busy` is up from t + 1 to the last write-back. A spike that is sent in
step s with delay d carries slot ``(s + d) mod 16``; ``dx = dy = 0`` leads back to the core itself
by way of its router. Spikes for the core are always taken. **Loading**, all while the core is not
busy: a row, the types of all axons, the seed (which also goes to the PRNG). `clear` empties the
scheduler, erases the potentials, brings the PRNG back to the seed, and the slot number to 0. A
reset does the same but for the potentials: the memory forgets nothing; the seed becomes 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from goldspike.model.jit import njit
from goldspike.model.trace import Field, TraceLayout
from goldspike.model.truenorth.core_sram import CoreSramParams
from goldspike.model.truenorth.neuron import (
    NeuronParams,
    integrated,
    leaked,
    sampled,
    thresholded,
)
from goldspike.model.truenorth.prng import PrngParams, advanced
from goldspike.model.truenorth.scheduler import SLOTS, SchedulerParams
from goldspike.model.truenorth.shared.image import CoreImage
from goldspike.model.truenorth.shared.sizes import CoreSize
from goldspike.model.truenorth.token_controller import TokenControllerParams

__all__ = [
    "COLUMNS",
    "FIELDS",
    "CoreParams",
    "Cores",
    "core_tick",
    "cores_of",
    "fields_of",
    "simulate",
]  # fmt: skip

FIELDS = (
    "leak", "stochastic_leak", "reversal", "alpha", "beta", "mask", "reset", "gamma", "kappa",
    "dx", "dy", "axon", "delay",
)  # fmt: skip
"""Columns of :attr:`Cores.fields` after the weights (0..3) and their stochastic flags (4..7)."""
(LEAK, STOCHASTIC_LEAK, REVERSAL, ALPHA, BETA, MASK, RESET, GAMMA, KAPPA, DX, DY, AXON, DELAY) = (
    range(8, 21)
)
COLUMNS = (
    "out_valid", "out_dx", "out_dy", "out_slot", "out_axon", "busy", "merged",
    "state", "neuron", "integrate", "axon", "fire", "stall", "write_back", "potential", "fired",
    "prng", "slot", "spike_valid", "spike_slot", "spike_axon",
)  # fmt: skip
"""What :func:`core_tick` writes: the output pins, then what is traced.

`potential` and `fired` are the neuron's after its leak and threshold, 0 on ticks without `fire`;
`prng` and `slot` are the registers as they are during the tick; the spike for the core comes last.
"""
(
    OUT_VALID, OUT_DX, OUT_DY, OUT_SLOT, OUT_AXON, BUSY, MERGED,
    O_STATE, O_NEURON, O_INTEGRATE, O_AXON, O_FIRE, O_STALL, O_WRITE_BACK, O_POTENTIAL, O_FIRED,
    O_PRNG, O_SLOT, O_SPIKE_VALID, O_SPIKE_SLOT, O_SPIKE_AXON,
) = range(21)  # fmt: skip
STANDBY, FETCH, RUN, ERASE = range(4)
R_STATE, R_NEURON, R_FROM, R_SUM, R_PRNG, R_SEED, R_SLOT = range(7)
UNREAD = -1
"""In R_FROM: the neuron's row was fetched and nothing of it integrated yet."""


@dataclass(frozen=True, kw_only=True)
class CoreParams(CoreSize):
    """A core.

    Parameters
    ----------
    axons, neurons : int
    neuron : NeuronParams
    prng : PrngParams
    """

    neuron: NeuronParams = field(default_factory=NeuronParams)
    prng: PrngParams = field(default_factory=PrngParams)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.prng.draw_bits < self.neuron.draw_bits:
            raise ValueError(f"draws must have at least {self.neuron.draw_bits} bits")

    @property
    def scheduler(self) -> SchedulerParams:
        """Its scheduler."""
        return SchedulerParams(axons=self.axons)

    @property
    def sram(self) -> CoreSramParams:
        """Its memory."""
        return CoreSramParams(axons=self.axons, neurons=self.neurons, neuron=self.neuron)

    @property
    def controller(self) -> TokenControllerParams:
        """Its token controller."""
        return TokenControllerParams(axons=self.axons, neurons=self.neurons)

    @property
    def parts(self) -> tuple[tuple[str, TraceLayout], ...]:
        """What is traced, by part; all of it is what the tick shows.

        ``spike``: with every spike for the core. ``active``: all active axons, on the first tick of
        every step. ``controller``: as the controller is traced. ``write_back``: with every
        write-back, what is written (two's complement), whether the neuron fired, and the PRNG
        before the draws.
        """
        spike = TraceLayout((Field("slot", 4), Field("axon", self.axon_bits), Field("merged", 1)))
        active = TraceLayout((Field("axons", self.axons, bitmap=True),))
        write_back = TraceLayout(
            (
                Field("potential", self.neuron.potential_bits),
                Field("fired", 1),
                Field("prng", self.prng.bits),
            )
        )
        return (
            ("spike", spike),
            ("active", active),
            ("controller", self.controller.trace),
            ("write_back", write_back),
        )

    @property
    def trace(self) -> TraceLayout:
        """The parts side by side, traced on every tick on which one of them is."""
        return TraceLayout.combined(self.parts)


class Cores(NamedTuple):
    """The state of some cores, core by core.

    Attributes
    ----------
    connected : uint8 (cores, neurons, axons)
    types : uint8 (cores, axons)
    fields : int64 (cores, neurons, 21)
        Weights, stochastic flags, then :data:`FIELDS`.
    potentials : int64 (cores, neurons)
    slots : uint8 (cores, 16, axons)
    active : uint8 (cores, axons)
    registers : int64 (cores, 7)
    widths : int64 (5,)
        Largest potential; mask of a draw for a stochastic weight, of one for the thresholds; taps
        and shifts of the PRNG.
    """

    connected: np.ndarray
    types: np.ndarray
    fields: np.ndarray
    potentials: np.ndarray
    slots: np.ndarray
    active: np.ndarray
    registers: np.ndarray
    widths: np.ndarray


def fields_of(neurons: np.ndarray) -> np.ndarray:
    """Return NEURON records as rows of :attr:`Cores.fields`."""
    columns = [neurons["weights"], neurons["stochastic_weights"]]
    columns += [neurons[name][:, None] for name in FIELDS]
    return np.concatenate(columns, axis=1, dtype=np.int64, casting="unsafe")


def cores_of(images: Sequence[CoreImage], params: CoreParams) -> Cores:
    """Return cores that were loaded with `images` and have not run yet."""
    for image in images:
        if (image.axons, image.size) != (params.axons, params.neurons):
            raise ValueError(
                f"an image of {image.axons} axons and {image.size} neurons does not fit a core of "
                f"{params.axons} and {params.neurons}"
            )
    registers = np.zeros((len(images), 7), np.int64)
    registers[:, R_SEED] = registers[:, R_PRNG] = [image.seed for image in images]
    widths = (
        params.neuron.top,
        (1 << (params.neuron.weight_bits - 1)) - 1,
        (1 << params.neuron.threshold_bits) - 1,
        params.prng.taps,
        params.prng.shifts,
    )
    return Cores(
        connected=np.array([image.connected.T for image in images], np.uint8),
        types=np.array([image.types for image in images]),
        fields=np.array([fields_of(image.neurons) for image in images]),
        potentials=np.array([image.neurons["potential"] for image in images], np.int64),
        slots=np.zeros((len(images), SLOTS, params.axons), np.uint8),
        active=np.zeros((len(images), params.axons), np.uint8),
        registers=registers,
        widths=np.array(widths, np.int64),
    )


@njit
def core_tick(
    cores: Cores,
    core: int,
    sync: int,
    clear: int,
    spike_valid: int,
    spike_slot: int,
    spike_axon: int,
    out_ready: int,
    out: np.ndarray,
) -> None:
    """Run one core for a tick; write :data:`COLUMNS` to ``out[core]``, int64 (cores, 21)."""
    registers = cores.registers
    state, neuron = registers[core, R_STATE], registers[core, R_NEURON]
    out[core, :] = 0
    out[core, BUSY] = state != STANDBY
    out[core, O_STATE], out[core, O_NEURON] = state, neuron
    out[core, O_PRNG], out[core, O_SLOT] = registers[core, R_PRNG], registers[core, R_SLOT]
    out[core, O_SPIKE_VALID], out[core, O_SPIKE_SLOT] = spike_valid, spike_slot
    out[core, O_SPIKE_AXON] = spike_axon
    synced = cleared = False
    if state == STANDBY:
        cleared, synced = clear != 0, sync != 0 and clear == 0
        if cleared:
            registers[core, R_STATE] = ERASE
        elif synced:
            registers[core, R_STATE] = FETCH
    elif state == FETCH:
        registers[core, R_STATE], registers[core, R_FROM] = RUN, UNREAD
    elif state == RUN:
        run_neuron(cores, core, neuron, out_ready, out)
    else:
        cores.potentials[core, neuron] = 0
    if out[core, O_WRITE_BACK] or state == ERASE:
        last = neuron == cores.fields.shape[1] - 1
        registers[core, R_NEURON] = 0 if last else neuron + 1
        registers[core, R_STATE] = STANDBY if last else (FETCH if state == RUN else ERASE)
    slot = registers[core, R_SLOT]
    if synced:
        cores.active[core] = cores.slots[core, slot]
        cores.slots[core, slot] = 0
        registers[core, R_SLOT] = (slot + 1) % SLOTS
    if cleared:
        cores.active[core], cores.slots[core] = 0, 0
        registers[core, R_SLOT], registers[core, R_PRNG] = 0, registers[core, R_SEED]
    elif spike_valid:
        out[core, MERGED] = cores.slots[core, spike_slot, spike_axon]
        cores.slots[core, spike_slot, spike_axon] = 1


@njit
def run_neuron(cores: Cores, core: int, neuron: int, out_ready: int, out: np.ndarray) -> None:
    """Integrate the neuron's next event; or, when none is left, fire and write back."""
    registers, fields, widths = cores.registers, cores.fields, cores.widths
    top, taps, shifts = widths[0], widths[3], widths[4]
    if registers[core, R_FROM] == UNREAD:
        registers[core, R_FROM], registers[core, R_SUM] = 0, cores.potentials[core, neuron]
    potential, prng = registers[core, R_SUM], registers[core, R_PRNG]
    for axon in range(registers[core, R_FROM], cores.active.shape[1]):
        if cores.active[core, axon] and cores.connected[core, neuron, axon]:
            weight = fields[core, neuron, cores.types[core, axon]]
            if fields[core, neuron, 4 + cores.types[core, axon]]:
                prng = advanced(prng, taps, shifts)
                weight = sampled(weight, prng & widths[1])
            registers[core, R_SUM] = integrated(potential, weight, top)
            registers[core, R_PRNG], registers[core, R_FROM] = prng, axon + 1
            out[core, O_INTEGRATE], out[core, O_AXON] = 1, axon
            return
    registers[core, R_FROM] = cores.active.shape[1]
    potential, fired, prng = fire(cores, core, neuron, potential, prng)
    out[core, O_FIRE], out[core, O_POTENTIAL], out[core, O_FIRED] = 1, potential, fired
    if fired and fields[core, neuron, DELAY]:
        # the slot number has gone on with `sync` already
        slot = (registers[core, R_SLOT] - 1 + fields[core, neuron, DELAY]) % SLOTS
        out[core, OUT_VALID], out[core, OUT_SLOT] = 1, slot
        out[core, OUT_DX], out[core, OUT_DY] = fields[core, neuron, DX], fields[core, neuron, DY]
        out[core, OUT_AXON] = fields[core, neuron, AXON]
        if not out_ready:
            out[core, O_STALL] = 1
            return
    out[core, O_WRITE_BACK] = 1
    cores.potentials[core, neuron] = potential
    registers[core, R_PRNG] = prng


@njit
def fire(cores: Cores, core: int, neuron: int, potential: int, prng: int) -> tuple[int, int, int]:
    """Return potential, whether the neuron fired, and PRNG after leak, threshold and reset."""
    fields, widths = cores.fields, cores.widths
    leak, mask = fields[core, neuron, LEAK], fields[core, neuron, MASK]
    if fields[core, neuron, STOCHASTIC_LEAK]:
        prng = advanced(prng, widths[3], widths[4])
        leak = sampled(leak, prng & widths[1])
    potential = leaked(potential, leak, fields[core, neuron, REVERSAL], widths[0])
    eta = 0
    if mask:
        prng = advanced(prng, widths[3], widths[4])
        eta = prng & widths[2] & ((1 << mask) - 1)
    potential, fired = thresholded(
        potential,
        fields[core, neuron, ALPHA],
        fields[core, neuron, BETA],
        eta,
        fields[core, neuron, RESET],
        fields[core, neuron, GAMMA],
        fields[core, neuron, KAPPA],
    )
    return potential, fired, prng


@njit
def simulate(
    cores: Cores,
    pins_in: np.ndarray,
    rows: Cores,
    out: np.ndarray,
    active: np.ndarray,
) -> int:
    """Run a single core tick by tick; return how many steps were begun.

    Parameters
    ----------
    cores : Cores
        One core; changed.
    pins_in : int64 (ticks, 12)
        Inputs on every tick: sync, clear, spike_valid, spike_slot, spike_axon, out_ready, load (0,
        or 1 + the row of `rows` that is loaded), load_neuron, load_types (0, or 1 + the row of
        ``rows.types``), load_seed, seed, reset.
    rows : Cores
        What may be loaded: ``connected[k, 0]``, ``fields[k, 0]``, ``potentials[k, 0]`` are one row,
        ``types[k]`` the types of all axons.
    out : int64 (ticks, 21), written
        :data:`COLUMNS` on every tick.
    active : uint8 (steps, axons), written
        Active axons, step by step.
    """
    shown = np.zeros((1, out.shape[1]), np.int64)
    steps = 0
    for tick in range(pins_in.shape[0]):
        pins = pins_in[tick]
        begins = cores.registers[0, R_STATE] == STANDBY and pins[0] and not pins[1]
        core_tick(cores, 0, pins[0], pins[1], pins[2], pins[3], pins[4], pins[5], shown)
        out[tick] = shown[0]
        if pins[6]:
            row, neuron = pins[6] - 1, pins[7]
            cores.connected[0, neuron] = rows.connected[row, 0]
            cores.fields[0, neuron] = rows.fields[row, 0]
            cores.potentials[0, neuron] = rows.potentials[row, 0]
        if pins[8]:
            cores.types[0] = rows.types[pins[8] - 1]
        if pins[9]:
            cores.registers[0, R_SEED] = cores.registers[0, R_PRNG] = pins[10]
        if pins[11]:
            cores.slots[0], cores.active[0], cores.registers[0] = 0, 0, 0
            cores.registers[0, R_SEED] = cores.registers[0, R_PRNG] = 1
        elif begins:
            active[steps] = cores.active[0]
            steps += 1
    return steps
