"""How the array is driven."""

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.truenorth.shared.array_traffic import SENDERS, SINGLE, traffic
from goldspike.cosim.truenorth.shared.rows import draw_rows
from goldspike.model.truenorth.array import ArrayParams, announced, configuration, network_of
from goldspike.model.truenorth.core_sram import row_of
from goldspike.model.truenorth.shared.array_runs import PINS, Shown, shown_of, simulate
from goldspike.model.truenorth.shared.image import CoreImage, blank
from goldspike.model.truenorth.shared.loader import loader_of

__all__ = ["ArrayStimulus", "packed"]

MOODS = (  # how likely run, a packet, out_ready, a word, a clear; the period, in steps' ticks
    (1.0, 0.0, 1.0, 0.0, 0.0, 0), (0.5, 0.3, 0.5, 0.1, 0.0, 0), (0.0, 0.1, 0.9, 0.7, 0.1, 0),
    (1.0, 0.0, 0.9, 0.5, 0.0, 3), (1.0, 0.2, 0.2, 0.1, 0.0, 1), (0.2, 0.9, 1.0, 0.1, 0.0, 1),
    (0.9, 0.01, 0.7, 0.9, 0.01, 9), (0.3, 0.0, 1.0, 1.0, 0.3, 0),
    (0.3, 0.9, 0.02, 0.1, 0.0, 0), (0.0, 1.0, 1.0, 0.0, 0.0, 0),
)  # fmt: skip
FAR = (*SINGLE, -255, 254, 255)
LONGEST = (1 << 20) - 1
PERIODS = (LONGEST, *(1 << k for k in range(20)))
"""Each bit once without the others, so that a lost one is noticed."""


class ArrayStimulus(Bench):
    """A step of a run is a tick; a word waits until it is taken, a packet does not."""

    steps = 9000
    moods: ClassVar = MOODS

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Load all images, and crowd the links; then draw every tick, and load by the way.

        The first step is due at once, however long its period is. What is loaded by the way are
        rows, types and seeds.
        """
        params, core = self.params, self.params.core
        images = [self.draw_image(rng, k) for k in range(params.cores)]
        words = [*configuration(images, params)]
        load, drain = (
            len(words),
            2 * (core.neurons + 1) * (core.axons + 3) + 40 * params.cores,
        )
        between = traffic(rng, params, min(1.0, steps / self.steps))
        again = [*first_rows(images, params)]
        words += [*between.words, *again, *self.more_words(rng, steps)]
        quiet = np.tile((0.0, 0.0, 1.0, 0.0, 0.0, 0), (drain, 1))
        loading = np.tile((0.0, 0.0, 0.5, 1.0, 0.0, 0), (load, 1))
        moods = np.array(self.moods)
        moods = moods[np.arange(steps) * 3 * len(moods) // steps % len(moods)]
        first = np.tile((1.0, 0.0, 1.0, 0.0, 0.0, 0), (2, 1))
        opening = np.concatenate([quiet[:2], loading, first, quiet])
        loading = loading[: len(again)]
        odds = np.concatenate([opening, between.odds, loading, moods, quiet])
        count = len(odds)
        pins_in = np.zeros((count, len(PINS)), np.int64)
        column = {name: pins_in[:, k] for k, name in enumerate(PINS)}
        for k, name in ((0, "run"), (1, "in_valid"), (3, "config_valid"), (4, "clear")):
            column[name][:] = rng.random(count) < odds[:, k]
        column["period"][:] = odds[:, 5] * core.controller.ticks(core.neurons)
        any_period = (odds[:, 5] == 9) & (rng.random(count) < 0.5)
        column["period"][any_period] = rng.choice(PERIODS, any_period.sum())
        column["period"][2 + load :][: len(first)] = LONGEST
        for name, size in (("in_dx", params.columns), ("in_dy", params.rows)):
            near = rng.integers(-1, size + 1, count)
            column[name][:] = np.where(rng.random(count) < 0.05, rng.choice(FAR, count), near)
        pins_in[len(opening) :][: len(between.ways), 4:6] = between.ways
        column["in_slot"][:] = rng.integers(0, 16, count)
        column["in_axon"][:] = rng.integers(0, core.axons, count)
        ready = rng.random((count, params.rows)) < odds[:, 2:3]
        self.run(pins_in, ready, np.array(words, np.int64), count)  # takes back, fills in
        packets = pins_in[:, 4:8].T
        levels = {
            name: pins_in[:, PINS.index(name)]
            for name in ("run", "clear", "period", "in_valid", "config_valid", "config_data")
        }
        levels["in_packet"] = packed(packets)
        return rows_from_levels(self, levels | {"out_ready": ready}, whole=True)

    def draw_image(self, rng: np.random.Generator, number: int) -> CoreImage:
        """Return any image; most of its spikes go to cores that there are, or just beyond."""
        params, core = self.params, self.params.core
        connected, neurons = draw_rows(rng, core.neurons, core.sram)
        x, y = number % params.columns, number // params.columns
        near = rng.random(core.neurons) < 0.95
        goal_x = rng.integers(-1, params.columns + 2, core.neurons)
        goal_y = rng.integers(-1, params.rows + 1, core.neurons)
        neurons["dx"] = np.where(near, goal_x - x, neurons["dx"])
        neurons["dy"] = np.where(near, goal_y - y, neurons["dy"])
        neurons["axon"] %= core.axons
        return CoreImage(
            connected=connected,
            types=rng.integers(0, 4, core.axons).astype(np.uint8),
            neurons=neurons,
            seed=int(rng.integers(1, 1 << 32)),
        )

    def more_words(self, rng: np.random.Generator, steps: int) -> Iterator[int]:
        """Yield rows, types and seeds for any core, one that there is not among them."""
        params, core = self.params, self.params.core
        for _ in range(1 + steps // 30):
            number = int(rng.integers(0, params.cores + 1))
            if rng.random() < 0.3:
                number |= 1 << int(rng.integers(0, 14))
            image = self.draw_image(rng, min(number, params.cores - 1))
            neuron = int(rng.integers(0, core.neurons))
            row = row_of(image, neuron, core.sram)
            yield from announced(0, number, neuron, row, core.sram.row_bits)
            types = int("".join(map(str, rng.integers(0, 4, core.axons))), 4)
            if rng.random() < 0.2:
                yield from announced(1, number, 0, types, 2 * core.axons)
                yield from announced(2, number, 0, image.seed, 32)
                yield 3 << 30 | int(rng.integers(0, 1 << 30))

    def run(self, pins_in: np.ndarray, ready: np.ndarray, words: np.ndarray, steps: int) -> Shown:
        """Run the golden model from its reset; return what it shows."""
        params, core = self.params, self.params.core
        network = network_of([blank(core.axons, core.neurons)] * params.cores, params)
        # the memory holds 0 before it is loaded
        network.cores.fields[:] = 0
        shown = shown_of(len(pins_in), steps, params)
        begun = simulate(network, loader_of(core), pins_in, ready.astype(np.uint8), words, shown)
        return shown._replace(active=shown.active[:begun])


def first_rows(images: list[CoreImage], params: ArrayParams) -> Iterator[int]:
    """Yield what loads the neurons of `images` of which traffic made others."""
    sram = params.core.sram
    for core, image in enumerate(images):
        for neuron in range(min(image.size, SENDERS)):
            yield from announced(0, core, neuron, row_of(image, neuron, sram), sram.row_bits)


def packed(packets: Any) -> np.ndarray:
    """Return dx, dy, slot and axon, (4, ...), as packets."""
    dx, dy, slot, axon = packets
    return dx & 511 | (dy & 511) << 9 | slot << 18 | axon << 22
