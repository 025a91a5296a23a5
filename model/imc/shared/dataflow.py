"""The chain, a timestep at a time.

Ref: Dazzi 2021, section 2.4 and Fig. 10A. Time is counted in timesteps only: in each one, first
every link carries the pixels that were offered as it began and that their receivers accept, then
every core reads a residual and computes as many outputs as it may. Pixels live in memories of H * F
places, and windows in row buffers, as on the chip; so a pixel that is overwritten too early gives a
wrong output here too. :mod:`goldspike.model.imc.chain` is the level of the clock cycle; a test
holds the two against each other, and both against
:func:`goldspike.workloads.imc.convolution.convolve`.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from goldspike.model.imc.chain import ChainParams, CoreWeights, Weights
from goldspike.model.imc.core import CoreParams
from goldspike.model.imc.crossbar import multiply
from goldspike.model.imc.digital_processor import process
from goldspike.model.jit import njit

__all__ = ["ChainDataflow", "CoreDataflow", "Queue"]

IN_X, IN_COLUMN, OUT_X, OUT_Y, OUT_IMAGE, RES_X, RES_COLUMN, NEXT_READ = range(8)
"""Places of the pointers in a core's state; columns are counted on over all images."""

HEIGHT, WIDTH, KERNEL, STRIDE, PADDING, HEIGHT_OUT, WIDTH_OUT, RESIDUAL_OUT = range(8)
"""Places of the constants of a layer."""


@njit
def conditions_to_store(p: np.ndarray, g: np.ndarray) -> bool:
    """Return whether the pixel F columns back has been read for the last time."""
    column = p[IN_COLUMN] - g[KERNEL]
    if g[RESIDUAL_OUT]:
        unsent = column > p[RES_COLUMN] or (column == p[RES_COLUMN] and p[IN_X] >= p[RES_X])
        if unsent:
            return False
    left = p[OUT_IMAGE] * g[WIDTH] + p[OUT_Y] * g[STRIDE] - g[PADDING]
    if p[OUT_Y] == g[WIDTH_OUT] - 1:
        next_left = (p[OUT_IMAGE] + 1) * g[WIDTH] - g[PADDING]
    else:
        next_left = left + g[STRIDE]
    return column < left or (column < next_left and p[IN_X] < p[NEXT_READ])


@njit
def store_data(p: np.ndarray, g: np.ndarray, memory: np.ndarray, pixel: np.ndarray) -> None:
    """Store a pixel in place of that of F columns before (Algorithm 2, store_data)."""
    memory[p[IN_X], p[IN_COLUMN] % g[KERNEL]] = pixel
    p[IN_X] += 1
    if p[IN_X] == g[HEIGHT]:
        p[IN_X] = 0
        p[IN_COLUMN] += 1


@njit
def stored(p: np.ndarray, column: int, x: int) -> bool:
    """Return whether a pixel has been stored."""
    return column < p[IN_COLUMN] or (column == p[IN_COLUMN] and x < p[IN_X])


@njit
def conditions_to_compute(p: np.ndarray, g: np.ndarray) -> bool:
    """Return whether the last pixel of the window that lies inside the image is there."""
    row = min(p[OUT_X] * g[STRIDE] - g[PADDING] + g[KERNEL], g[HEIGHT]) - 1
    column = min(p[OUT_Y] * g[STRIDE] - g[PADDING] + g[KERNEL], g[WIDTH]) - 1
    return stored(p, p[OUT_IMAGE] * g[WIDTH] + column, row)


@njit
def read_data(p: np.ndarray, g: np.ndarray, memory: np.ndarray, buffers: np.ndarray) -> int:
    """Read the window's new rows into the row buffers (Algorithm 2, read_data).

    Returns the pixels read, padding not counted.
    """
    top = p[OUT_X] * g[STRIDE] - g[PADDING]
    left = p[OUT_Y] * g[STRIDE] - g[PADDING]
    first = 0 if p[OUT_X] == 0 else max(0, g[KERNEL] - g[STRIDE])
    count = 0
    for ky in range(first, g[KERNEL]):
        for k in range(g[KERNEL] - 1):
            buffers[k] = buffers[k + 1]
        for kx in range(g[KERNEL]):
            x, y = top + ky, left + kx
            if 0 <= x < g[HEIGHT] and 0 <= y < g[WIDTH]:
                slot = (p[OUT_IMAGE] * g[WIDTH] + y) % g[KERNEL]
                buffers[g[KERNEL] - 1, kx] = memory[x, slot]
                count += 1
            else:
                buffers[g[KERNEL] - 1, kx] = 0
        if 0 <= top + ky < g[HEIGHT]:
            p[NEXT_READ] = top + ky + 1
    p[NEXT_READ] += max(0, g[STRIDE] - g[KERNEL])
    return count


@njit
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


@dataclass
class Queue:
    """Pixels that wait for a link, and how many of them it may carry in this timestep."""

    capacity: int
    pixels: deque = field(default_factory=deque)
    offered: int = 0
    room: int = 0

    def offer(self) -> None:
        """Begin a timestep."""
        self.offered = len(self.pixels)
        self.room = self.capacity - self.offered

    def push(self, pixel: np.ndarray) -> None:
        """Let a pixel in."""
        self.pixels.append(pixel)
        self.room -= 1

    def pop(self) -> np.ndarray:
        """Let a pixel out."""
        self.offered -= 1
        return self.pixels.popleft()


class CoreDataflow:
    """A core, a timestep at a time."""

    def __init__(self, params: CoreParams, weights: CoreWeights) -> None:
        layer = params.layer
        self.params, self.weights = params, weights
        self.multiplier = weights.multiplier.astype(np.int64)
        self.bias = weights.bias.astype(np.int64)
        self.matrix = np.ascontiguousarray(weights.weights, np.int8)
        self.g = np.array(
            [
                layer.height, layer.width, layer.kernel, layer.stride, layer.padding,
                layer.height_out, layer.width_out, params.residual_out,
            ],
            np.int64,
        )  # fmt: skip
        self.p = np.zeros(8, np.int64)
        self.memory = np.zeros((layer.height, layer.kernel, layer.channels), np.int8)
        self.buffers = np.zeros((layer.kernel, layer.kernel, layer.channels), np.int8)
        self.sums = np.zeros(layer.outputs, np.int64)
        self.output = Queue(2 * params.replicas)
        self.skip = Queue(2 * params.replicas)
        self.residuals: deque = deque()
        self.nothing = np.zeros(layer.outputs, np.int8)
        self.reads = self.writes = self.outputs = 0  # words, words, pixels
        self.nonzero = 0  # activations of the outputs

    def accept(self, pixel: np.ndarray, arrived: int) -> bool:
        """Store a pixel if there is a place for it; `arrived` came before it in this timestep."""
        if arrived >= self.params.arrivals or not conditions_to_store(self.p, self.g):
            return False
        store_data(self.p, self.g, self.memory, pixel)
        self.writes += self.params.memory.words
        return True

    def accept_residual(self, pixel: np.ndarray) -> bool:
        """Keep a residual pixel if there is room for it."""
        if len(self.residuals) >= 2 * self.params.replicas:
            return False
        self.residuals.append(pixel)
        return True

    def timestep(self) -> None:
        """Read residuals, then compute outputs (Algorithm 1, after the pixels have been stored)."""
        if self.params.residual_out:
            self.read_res()
        for _ in range(self.params.replicas):
            waits = self.params.residual_in and not self.residuals
            if self.output.room == 0 or waits or not conditions_to_compute(self.p, self.g):
                break
            read = read_data(self.p, self.g, self.memory, self.buffers)
            self.reads += read * self.params.memory.words
            multiply(self.buffers.reshape(-1), self.matrix, self.sums)
            residual = self.residuals.popleft() if self.params.residual_in else self.nothing
            pixel, params = np.empty_like(self.nothing), self.params
            process(
                self.sums, self.multiplier, self.bias, residual, params.gain, params.shift,
                params.relu, pixel,
            )  # fmt: skip
            self.output.push(pixel)
            self.outputs += 1
            self.nonzero += int(np.count_nonzero(pixel))
            update_pointer_out(self.p, self.g)

    def read_res(self) -> None:
        """Read residual pixels, in order, while there are any and room for them."""
        p, g = self.p, self.g
        for _ in range(self.params.replicas):
            if self.skip.room == 0 or not stored(p, p[RES_COLUMN], p[RES_X]):
                break
            self.skip.push(self.memory[p[RES_X], p[RES_COLUMN] % g[KERNEL]].copy())
            self.reads += self.params.memory.words
            p[RES_X] += 1
            if p[RES_X] == g[HEIGHT]:
                p[RES_X] = 0
                p[RES_COLUMN] += 1


@dataclass
class Event:
    """An output pixel: the core that computed it, the timestep, and its activations."""

    core: int
    timestep: int
    pixel: np.ndarray


class ChainDataflow:
    """A chain, a timestep at a time."""

    def __init__(self, params: ChainParams, weights: Weights, *, traced: bool = False) -> None:
        self.params, self.weights, self.traced = params, weights, traced
        self.cores = [
            CoreDataflow(core, w) for core, w in zip(params.cores, weights.cores, strict=True)
        ]
        self.pooled = Queue(2)
        self.sums = np.zeros(params.pooling.channels, np.int64)
        self.pixels = 0
        self.now = -1
        self.answers: list[tuple[int, int, np.ndarray]] = []  # timestep, class, scores
        self.events: list[Event] = []
        self.carried = [0] * (len(self.cores) + 1)  # pixels, per link
        self.carried_residuals = [0] * len(params.residuals)

    def timestep(self, offered: Iterable[np.ndarray] = (), *, stall: bool = False) -> int:
        """Advance one timestep; return how many of the pixels offered the chain accepted.

        With `stall` no answer is taken, so that the last layer takes no pixel.
        """
        self.now += 1
        for queue in [q for core in self.cores for q in (core.output, core.skip)] + [self.pooled]:
            queue.offer()
        taken = self.receive(offered)
        self.pool()
        if not stall:
            self.answer()
        for k, core in enumerate(self.cores):
            done = core.outputs
            core.timestep()
            if self.traced:
                new = core.outputs - done
                made = list(core.output.pixels)[len(core.output.pixels) - new :]
                self.events += [Event(k, self.now, pixel) for pixel in made]
        return taken

    def receive(self, offered: Iterable[np.ndarray]) -> int:
        """Let every core take what is offered to it."""
        taken = 0
        for pixel in offered:
            if not self.cores[0].accept(pixel, taken):
                break
            taken += 1
        for k, core in enumerate(self.cores[1:], start=1):
            queue, budget, arrived = self.cores[k - 1].output, self.params.replicas[k - 1], 0
            while arrived < min(budget, queue.offered + arrived) and queue.offered:
                if not core.accept(queue.pixels[0], arrived):
                    break
                queue.pop()
                arrived += 1
            self.carried[k - 1] += arrived
        for n, (source, sink, _) in enumerate(self.params.residuals):
            queue, budget = self.cores[source].skip, self.params.replicas[source]
            while budget and queue.offered and self.cores[sink].accept_residual(queue.pixels[0]):
                queue.pop()
                budget -= 1
                self.carried_residuals[n] += 1
        return taken

    def pool(self) -> None:
        """Add the pixels that the last core offers; the last one of an image gives the mean."""
        queue, budget, pooling = (
            self.cores[-1].output,
            self.params.replicas[-1],
            self.params.pooling,
        )
        free = self.pooled.room
        while budget and queue.offered and free > 0:
            self.sums += queue.pop()
            self.carried[-2] += 1
            self.pixels += 1
            budget -= 1
            if self.pixels == pooling.pixels:
                mean = (self.sums + pooling.pixels // 2) >> pooling.shift
                self.pooled.push(mean.astype(np.int8))
                self.sums[:] = 0
                self.pixels = 0
                free = self.pooled.room

    def answer(self) -> None:
        """Let the fully connected layer name a class."""
        if self.pooled.offered:
            pixel = self.pooled.pop().astype(np.int64)
            self.carried[-1] += 1
            scores = pixel @ self.weights.last.astype(np.int64) + self.weights.last_bias
            self.answers.append((self.now, int(np.argmax(scores)), scores))
