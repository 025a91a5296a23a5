"""What a core of the array does in a timestep, compiled.

Ref: Dazzi 2021, section 2.4 (Algorithms 1 and 2) and 2.4.4. Pixels live in memories of H * F
places, and windows in row buffers, as on the chip; so a pixel that is overwritten too early gives a
wrong output here too, and so does a partial sum.
"""

import numpy as np

from goldspike.model.imc.crossbar import multiply
from goldspike.model.imc.digital_processor import process
from goldspike.model.imc.input_memory import FETCH, RESIDUAL, STORE
from goldspike.model.imc.shared.array_state import (
    ADDED,
    BUFFERS,
    CAPACITY,
    CHANNELS,
    COUNT,
    GAIN,
    HEAD,
    HEIGHT,
    HEIGHT_OUT,
    IN_COLUMN,
    IN_X,
    KERNEL,
    LAST,
    LOGGED,
    MADE,
    MATRIX,
    MEMORY,
    NEXT_READ,
    NONZERO,
    NOW,
    OFFERED,
    OFFSET,
    OUT,
    OUT_IMAGE,
    OUT_X,
    OUT_Y,
    OUTPUTS,
    PADDING,
    POP,
    READS,
    RELU,
    REPLICAS,
    RES_COLUMN,
    RES_X,
    ROOM,
    SCALES,
    SENDS,
    SHIFT,
    SIZE,
    SKIP,
    STRIDE,
    SUMS,
    WIDTH,
    WIDTH_OUT,
    WORDS,
    WRITES,
    State,
)
from goldspike.model.jit import step

__all__ = [
    "compute",
    "conditions_to_store",
    "head",
    "note",
    "pop",
    "push",
    "read_res",
    "store_data",
]


@step
def note(s: State, core: int, kind: int, place: int) -> None:
    """Note an access, if accesses are noted."""
    if s.counters[LOGGED] < s.log.shape[0]:
        row = s.log[s.counters[LOGGED]]
        row[0], row[1], row[2], row[3] = s.counters[NOW], core, kind, place
        s.counters[LOGGED] += 1


@step
def conditions_to_store(p: np.ndarray, g: np.ndarray) -> bool:
    """Return whether the pixel F columns back has been read for the last time."""
    column = p[IN_COLUMN] - g[KERNEL]
    if g[SENDS]:
        unsent = column > p[RES_COLUMN] or (column == p[RES_COLUMN] and p[IN_X] >= p[RES_X])
        if unsent:
            return False
    left = p[OUT_IMAGE] * g[WIDTH] + p[OUT_Y] * g[STRIDE] - g[PADDING]
    if p[OUT_Y] == g[WIDTH_OUT] - 1:
        next_left = (p[OUT_IMAGE] + 1) * g[WIDTH] - g[PADDING]
    else:
        next_left = left + g[STRIDE]
    return column < left or (column < next_left and p[IN_X] < p[NEXT_READ])


@step
def stored(p: np.ndarray, column: int, x: int) -> bool:
    """Return whether a pixel has been stored."""
    return column < p[IN_COLUMN] or (column == p[IN_COLUMN] and x < p[IN_X])


@step
def conditions_to_compute(p: np.ndarray, g: np.ndarray) -> bool:
    """Return whether the last pixel of the window that lies inside the image is there."""
    row = min(p[OUT_X] * g[STRIDE] - g[PADDING] + g[KERNEL], g[HEIGHT]) - 1
    column = min(p[OUT_Y] * g[STRIDE] - g[PADDING] + g[KERNEL], g[WIDTH]) - 1
    return stored(p, p[OUT_IMAGE] * g[WIDTH] + column, row)


@step
def update_pointer_out(p: np.ndarray, g: np.ndarray) -> None:
    """Go on to the next output."""
    p[OUT_X] += 1
    if p[OUT_X] == g[HEIGHT_OUT]:
        p[OUT_X] = 0
        p[OUT_Y] += 1
        p[NEXT_READ] = 0
    if p[OUT_Y] == g[WIDTH_OUT]:
        p[OUT_Y] = 0
        p[OUT_IMAGE] += 1


@step
def begin(g: np.ndarray, place: int) -> int:
    """Return where the pixel of a place x * F + column modulo F begins."""
    return g[MEMORY] + place * g[CHANNELS]


@step
def store_data(s: State, core: int, first: int) -> None:
    """Store a pixel in place of that of F columns before (Algorithm 2, store_data)."""
    g, p = s.cores[core], s.pointers[core]
    place = p[IN_X] * g[KERNEL] + p[IN_COLUMN] % g[KERNEL]
    at = begin(g, place)
    for k in range(g[CHANNELS]):
        s.memory[at + k] = s.pixel[first + k]
    note(s, core, STORE, place)
    s.counts[core, WRITES] += g[WORDS]
    p[IN_X] += 1
    if p[IN_X] == g[HEIGHT]:
        p[IN_X] = 0
        p[IN_COLUMN] += 1


@step
def read_data(s: State, core: int) -> None:
    """Read the window's new rows into the row buffers (Algorithm 2, read_data)."""
    g, p = s.cores[core], s.pointers[core]
    top = p[OUT_X] * g[STRIDE] - g[PADDING]
    left = p[OUT_Y] * g[STRIDE] - g[PADDING]
    first = 0 if p[OUT_X] == 0 else max(0, g[KERNEL] - g[STRIDE])
    row = g[KERNEL] * g[CHANNELS]
    end = g[BUFFERS] + g[KERNEL] * row
    moved = (g[KERNEL] - first) * row
    for k in range(g[BUFFERS], end - moved):
        s.buffers[k] = s.buffers[k + moved]
    at = end - moved
    for ky in range(first, g[KERNEL]):
        for kx in range(g[KERNEL]):
            x, y = top + ky, left + kx
            if 0 <= x < g[HEIGHT] and 0 <= y < g[WIDTH]:
                slot = (p[OUT_IMAGE] * g[WIDTH] + y) % g[KERNEL]
                place = x * g[KERNEL] + slot
                source = begin(g, place)
                for k in range(g[CHANNELS]):
                    s.buffers[at + k] = s.memory[source + k]
                note(s, core, FETCH, place)
                s.counts[core, READS] += g[WORDS]
            else:
                for k in range(g[CHANNELS]):
                    s.buffers[at + k] = 0
            at += g[CHANNELS]
        if 0 <= top + ky < g[HEIGHT]:
            p[NEXT_READ] = top + ky + 1
    p[NEXT_READ] += max(0, g[STRIDE] - g[KERNEL])


@step
def head(q: np.ndarray) -> int:
    """Return where a queue's first item begins."""
    return q[OFFSET] + q[HEAD] * q[SIZE]


@step
def push(q: np.ndarray) -> int:
    """Let an item into a queue; return where it begins."""
    place = (q[HEAD] + q[COUNT]) % q[CAPACITY]
    q[COUNT] += 1
    q[ROOM] -= 1
    return q[OFFSET] + place * q[SIZE]


@step
def pop(q: np.ndarray) -> None:
    """Let an item out."""
    q[HEAD] = (q[HEAD] + 1) % q[CAPACITY]
    q[COUNT] -= 1
    q[OFFERED] -= 1


@step
def read_res(s: State, core: int) -> int:
    """Read residual pixels, in order, while there are any and room for them; return how many."""
    g, p = s.cores[core], s.pointers[core]
    q = s.queues[g[SKIP]]
    for count in range(g[REPLICAS]):
        if q[ROOM] == 0 or not stored(p, p[RES_COLUMN], p[RES_X]):
            return count
        at, place = push(q), p[RES_X] * g[KERNEL] + p[RES_COLUMN] % g[KERNEL]
        source = begin(g, place)
        for k in range(g[CHANNELS]):
            s.items[at + k] = s.memory[source + k]
        note(s, core, RESIDUAL, place)
        s.counts[core, READS] += g[WORDS]
        p[RES_X] += 1
        if p[RES_X] == g[HEIGHT]:
            p[RES_X] = 0
            p[RES_COLUMN] += 1
    return g[REPLICAS]


@step
def compute(s: State, core: int) -> int:
    """Compute outputs (Algorithm 1, after the pixels have been stored); return how many."""
    g, p = s.cores[core], s.pointers[core]
    q, rows, columns = s.queues[g[OUT]], g[KERNEL] * g[KERNEL] * g[CHANNELS], g[OUTPUTS]
    for count in range(g[REPLICAS]):
        if q[ROOM] == 0 or not conditions_to_compute(p, g):
            return count
        if g[SUMS] >= 0 and s.queues[g[SUMS], COUNT] == 0:
            return count
        if g[ADDED] >= 0 and s.queues[g[ADDED], COUNT] == 0:
            return count
        read_data(s, core)
        sums = s.sums[:columns]
        matrix = s.matrix[g[MATRIX] : g[MATRIX] + rows * columns].reshape((rows, columns))
        multiply(s.buffers[g[BUFFERS] : g[BUFFERS] + rows], matrix, sums)
        if g[SUMS] >= 0:
            add_sum(s, core, sums)
        if g[LAST]:
            finish(s, core, sums)
        else:
            at = push(q)
            for k in range(columns):
                s.items[at + k] = sums[k]
        s.counts[core, MADE] += 1
        update_pointer_out(p, g)
    return g[REPLICAS]


@step
def add_sum(s: State, core: int, sums: np.ndarray) -> None:
    """Add the partial sum of the cores before."""
    q = s.queues[s.cores[core, SUMS]]
    at = head(q)
    for k in range(sums.shape[0]):
        sums[k] += s.items[at + k]
    note(s, core, POP, q[HEAD])
    pop(q)


@step
def finish(s: State, core: int, sums: np.ndarray) -> None:
    """Turn sums into activations, with the residual if there is one, and let the pixel out."""
    g = s.cores[core]
    columns, scales = g[OUTPUTS], g[SCALES]
    residual = s.pixel[:columns]
    if g[ADDED] >= 0:
        q = s.queues[g[ADDED]]
        residual = s.items[head(q) : head(q) + columns]
        pop(q)
    made = s.made[:columns]
    process(
        sums, s.multiplier[scales : scales + columns], s.bias[scales : scales + columns],
        residual, g[GAIN], g[SHIFT], g[RELU] != 0, made,
    )  # fmt: skip
    at = push(s.queues[g[OUT]])
    for k in range(columns):
        s.items[at + k] = made[k]
        s.counts[core, NONZERO] += made[k] != 0
