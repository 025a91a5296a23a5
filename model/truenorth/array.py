"""The array: cores, routers, links, and what begins a step in all of them at once.

Ref: Merolla 2014, Akopyan 2015. Core (x, y) has number ``y * columns + x``, (0, 0) is in the south
west. Spikes from outside come in by the west link of (0, 0), with dx = x and dy = y of their core;
outputs leave by the east links, one per row. A packet that leaves elsewhere is lost, and `stray`
says so on that tick; images that would send one are refused on loading.

**Steps**, ours. While `run` is up, a step begins (`sync`) when all is idle: no core busy, no packet
in a queue or at the input. With a `period` (20 bits) a step is due that many ticks after the one
before (the first one at once): it begins on the first tick on which no core is busy, and `overrun`
is up on every tick on which a step is due and not all is idle. `clear` goes to all cores
and resets all routers; it is for an idle array.

**Configuration**, ours: a stream of 32-bit words, taken while the array is idle. A header (kind in
bits 30..31, core in 16..29, neuron in 0..15) and, lowest bits first, what it announces: kind 0 a
row (:attr:`CoreSramParams.fields`), 1 the types of all axons (two bits each), 2 the seed. It takes
effect with its last word. Kind 3 announces nothing, and a core that there is not takes nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from goldspike.model.jit import njit
from goldspike.model.params import require_int
from goldspike.model.trace import TraceLayout
from goldspike.model.truenorth.core import CoreParams, Cores, core_tick, cores_of
from goldspike.model.truenorth.core_sram import row_of
from goldspike.model.truenorth.router import NONE, RouterParams, choose, hop
from goldspike.model.truenorth.shared.image import CoreImage

__all__ = ["ArrayParams", "Network", "array_tick", "configuration", "network_of"]

LOCAL, WEST, EAST, SOUTH, NORTH = range(5)
OUT_VALID, BUSY, SYNCS = 0, 5, 7
MOST_CORES = 1024


@dataclass(frozen=True, kw_only=True)
class ArrayParams:
    """An array.

    Parameters
    ----------
    columns, rows : int
        Cores to the east and to the north.
    core : CoreParams
    depth : int
        Packets that a queue of a router holds.
    """

    columns: int = 2
    rows: int = 1
    core: CoreParams = field(default_factory=CoreParams)
    depth: int = 4

    def __post_init__(self) -> None:
        require_int("columns", self.columns, 1, 256)
        require_int("rows", self.rows, 1, 256)
        require_int("columns * rows", self.columns * self.rows, 1, MOST_CORES)
        _ = self.router

    @property
    def cores(self) -> int:
        """How many cores there are."""
        return self.columns * self.rows

    @property
    def router(self) -> RouterParams:
        """The router of a core."""
        return RouterParams(depth=self.depth, axon_bits=self.core.axon_bits)

    @property
    def parts(self) -> tuple[tuple[str, TraceLayout], ...]:
        """What is traced, by part: every core's word, then every router's."""
        return (
            *((f"core_{k}", self.core.trace) for k in range(self.cores)),
            *((f"router_{k}", self.router.trace) for k in range(self.cores)),
        )

    @property
    def trace(self) -> TraceLayout:
        """The parts side by side, traced on every tick on which one of them is."""
        return TraceLayout.combined(self.parts)


def configuration(images: Sequence[CoreImage], params: ArrayParams) -> Iterator[int]:
    """Yield the words that load `images`, core by core: types, seed, then all rows."""
    for core, image in enumerate(images):
        types = sum(int(kind) << 2 * axon for axon, kind in enumerate(image.types))
        yield from announced(1, core, 0, types, 2 * params.core.axons)
        yield from announced(2, core, 0, image.seed, 32)
        for neuron in range(image.size):
            row = row_of(image, neuron, params.core.sram)
            yield from announced(0, core, neuron, row, params.core.sram.row_bits)


def announced(kind: int, core: int, neuron: int, value: int, bits: int) -> Iterator[int]:
    """Yield a header and the words of `value`."""
    yield kind << 30 | core << 16 | neuron
    for place in range(0, bits, 32):
        yield value >> place & 0xFFFFFFFF


class Network(NamedTuple):
    """The state of an array.

    Attributes
    ----------
    cores : Cores
    queues : int64 (cores, 5, depth, 4)
        Packets (dx, dy, slot, axon) by input port, the first one first.
    fills : int64 (cores, 5)
    sent_last : int64 (cores, 5)
        By output port, the input that it sent last; north after reset.
    shape : int64 (2,)
        Columns and rows.
    timer : int64 (1,)
        Ticks since the last `sync`, up to the period.
    """

    cores: Cores
    queues: np.ndarray
    fills: np.ndarray
    sent_last: np.ndarray
    shape: np.ndarray
    timer: np.ndarray


LATE = 1 << 30
"""The timer after reset and `clear`: any period is over."""


def network_of(images: Sequence[CoreImage], params: ArrayParams) -> Network:
    """Return an array that was loaded with `images` and has not run yet."""
    count = params.cores
    if len(images) != count:
        raise ValueError(f"an array of {count} cores needs as many images, not {len(images)}")
    return Network(
        cores=cores_of(images, params.core),
        queues=np.zeros((count, 5, params.depth, 4), np.int64),
        fills=np.zeros((count, 5), np.int64),
        sent_last=np.full((count, 5), NORTH, np.int64),
        shape=np.array([params.columns, params.rows], np.int64),
        timer=np.full(1, LATE, np.int64),
    )


@njit
def is_idle(network: Network) -> bool:
    """Return whether no core is busy and every queue is empty."""
    return cores_rest(network) and not network.fills.any()


@njit
def cores_rest(network: Network) -> bool:
    """Return whether no core is busy."""
    return not network.cores.registers[:, 0].any()


@njit
def neighbour(core: int, output: int, columns: int, rows: int) -> int:
    """Return the core that an output leads to, or :data:`NONE` at the edge of the array."""
    x, y = core % columns, core // columns
    if output == WEST:
        return core - 1 if x else NONE
    if output == EAST:
        return core + 1 if x < columns - 1 else NONE
    if output == SOUTH:
        return core - columns if y else NONE
    return core + columns if y < rows - 1 else NONE


@njit
def opposite(output: int) -> int:
    """Return the input port of a neighbour that an output leads to."""
    if output == WEST:
        return EAST
    if output == EAST:
        return WEST
    return NORTH if output == SOUTH else SOUTH


@njit
def array_tick(
    network: Network,
    run: int,
    clear: int,
    period: int,
    in_valid: int,
    packet_in: np.ndarray,
    out_ready: np.ndarray,
    scratch: np.ndarray,
    flags: np.ndarray,
    out: np.ndarray,
    outputs: np.ndarray,
    leaves: np.ndarray,
) -> None:
    """Run the array for a tick.

    Parameters
    ----------
    network : Network
        Changed.
    run, clear, period, in_valid : int
        Pins; period 0 begins steps when all is idle.
    packet_in : int64 (4,)
        dx, dy, slot, axon at the input.
    out_ready : uint8 (rows,)
    scratch : int64 (cores, 5)
        The inputs chosen, by core and output.
    flags : int64 (5,), written
        Pins in_ready, sync, idle, overrun, stray.
    out : int64 (cores, 21), written
        :data:`goldspike.model.truenorth.core.COLUMNS` of every core.
    outputs : int64 (rows, 5), written
        Pins by row: valid, dx, dy, slot, axon; all 0 without valid.
    leaves : uint8 (cores, 5), written
        By output, whether a packet leaves on this tick.
    """
    columns, rows = network.shape[0], network.shape[1]
    count, depth = network.queues.shape[0], network.queues.shape[2]
    idle = is_idle(network) and not in_valid
    due = network.timer[0] >= period - 1 if period else idle
    sync = run and due and cores_rest(network) and not clear
    flags[0] = network.fills[0, WEST] < depth
    flags[1], flags[2] = sync, idle
    flags[3] = run and period and due and not idle
    flags[4] = 0
    network.timer[0] = 0 if sync else min(network.timer[0] + 1, LATE)
    room = network.fills < depth  # as the tick begins
    outputs[:], leaves[:] = 0, 0
    for core in range(count):
        choose(
            network.queues[core, :, 0],
            network.fills[core] > 0,
            network.sent_last[core],
            scratch[core],
        )
    for core in range(count):  # cores, with what their routers show
        source = scratch[core, LOCAL]
        valid = source != NONE
        slot = network.queues[core, source, 0, 2] if valid else 0
        axon = network.queues[core, source, 0, 3] if valid else 0
        core_tick(network.cores, core, sync, clear, valid, slot, axon, room[core, LOCAL], out)
    moving = np.zeros((count, 5, 4), np.int64)
    for core in range(count):  # what leaves
        for output in range(5):
            source = scratch[core, output]
            if source == NONE:
                continue
            packet = moving[core, output]
            packet[:] = network.queues[core, source, 0]
            hop(packet, output)
            goal = core if output == LOCAL else neighbour(core, output, columns, rows)
            if output == LOCAL:
                leaves[core, output] = 1
            elif goal != NONE:
                leaves[core, output] = room[goal, opposite(output)]
            elif output == EAST:
                row = core // columns
                outputs[row, 0], outputs[row, 1:] = 1, packet
                leaves[core, output] = out_ready[row]
            else:
                leaves[core, output] = 1
                flags[4] = 1
    for core in range(count):
        for output in range(5):
            if leaves[core, output]:
                source = scratch[core, output]
                pop(network, core, source)
                network.sent_last[core, output] = source
    for core in range(count):
        for output in range(1, 5):
            goal = neighbour(core, output, columns, rows)
            if leaves[core, output] and goal != NONE:
                push(network, goal, opposite(output), moving[core, output])
        if out[core, OUT_VALID] and room[core, LOCAL]:
            push(network, core, LOCAL, out[core, 1:5])
    if in_valid and flags[0]:
        push(network, 0, WEST, packet_in)
    if clear:
        network.timer[0] = LATE
        network.fills[:], network.sent_last[:] = 0, NORTH


@njit
def pop(network: Network, core: int, port: int) -> None:
    """Take the first packet off a queue."""
    fill = network.fills[core, port]
    for k in range(1, fill):
        network.queues[core, port, k - 1] = network.queues[core, port, k]
    network.fills[core, port] = fill - 1


@njit
def push(network: Network, core: int, port: int, packet: np.ndarray) -> None:
    """Append a packet to a queue."""
    network.queues[core, port, network.fills[core, port]] = packet
    network.fills[core, port] += 1
