"""Bench of the array: every pin, core, queue and link, of arrays with any image in any core."""

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.once import once
from goldspike.cosim.bench.pins import Course, side_by_side, through
from goldspike.cosim.bench.stimulus import every_tick, get_lines, rows_from_levels
from goldspike.cosim.truenorth.shared.array_traffic import SENDERS, SINGLE, traffic
from goldspike.cosim.truenorth.shared.core_records import core_records
from goldspike.cosim.truenorth.shared.rows import draw_rows
from goldspike.hdl.truenorth.array import Array
from goldspike.model.truenorth.array import ArrayParams, announced, configuration, network_of
from goldspike.model.truenorth.core import COLUMNS, CoreParams
from goldspike.model.truenorth.core_sram import row_of
from goldspike.model.truenorth.neuron import NeuronParams
from goldspike.model.truenorth.router import PORTS
from goldspike.model.truenorth.shared.array_runs import PINS, Shown, shown_of, simulate
from goldspike.model.truenorth.shared.image import CoreImage, blank
from goldspike.model.truenorth.shared.loader import loader_of

__all__ = ["BENCH", "ArrayBench"]

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
REST = 2
"""Ticks behind the last row that are followed."""
MANY = 100
"""Neurons of a core with which a run has some dozen steps only, too few for what is rare."""
FLAGS = ("in_ready", "sync", "idle", "overrun", "stray")


class ArrayBench(Bench):
    """A step of a run is a tick; a word waits until it is taken, a packet does not."""

    rtl = Array
    configs: ClassVar = {
        "2x2": ArrayParams(columns=2, rows=2, core=CoreParams(axons=5, neurons=3), depth=2),
        "one": ArrayParams(columns=1, rows=1, core=CoreParams(axons=1, neurons=1), depth=1),
        "3x2": ArrayParams(columns=3, rows=2, core=CoreParams(axons=20, neurons=11)),
        "1x2": ArrayParams(
            columns=1, rows=2, depth=1,
            core=CoreParams(
                axons=3, neurons=2,
                neuron=NeuronParams(potential_bits=6, weight_bits=3, threshold_bits=4),
            ),
        ),
        "2x1-256x256": ArrayParams(),
    }  # fmt: skip
    large: ClassVar = {
        "2x2-3x2": ArrayParams(
            columns=2, rows=2, depth=1,
            core=CoreParams(
                axons=3, neurons=2,
                neuron=NeuronParams(potential_bits=6, weight_bits=3, threshold_bits=4),
            ),
        ),
    }  # fmt: skip
    """Small, with a link of every direction, to be mutated."""
    varied: ClassVar = {"columns": (1, 2, 3), "rows": (1, 2), "depth": (1, 2, 3, 4, 6)}
    published = "2x1-256x256"
    checks = Checks(
        group="array", assembled=True, gates="1x2", mutants=("2x2-3x2",), synthesis="2x2",
        joined=True, slow=("2x1-256x256",), random=1, vectors=("2x2", 900), at_rest=("clear",),
    )  # fmt: skip
    shown = "2x2"
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

    @once
    def follow(self, rows: np.ndarray) -> tuple[np.ndarray, Shown]:
        """Run what was seen; return every tick's inputs, and what it shows."""
        filled = every_tick(rows, REST)
        pins_in = np.zeros((filled.size, len(PINS)), np.int64)
        for k, name in enumerate(PINS):
            if name in (filled.dtype.names or ()):
                pins_in[:, k] = filled[name]
        pins_in[:, 4:8] = unpacked(filled["in_packet"].astype(np.int64)).T
        ready = get_lines(filled, "out_ready", self.params.rows)
        syncs = int(filled["run"].sum())
        shown = self.run(pins_in, ready, np.zeros(0, np.int64), syncs)
        return filled, shown

    def expect(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Run what was seen."""
        filled, shown = self.follow(rows)
        ticks, begins = filled["tick"], shown.flags[:, 1] == 1
        found = {}
        for k in range(self.params.cores):
            values = shown.cores[:, k].astype(np.int64).T
            columns: dict[str, np.ndarray] = {n: v for n, v in zip(COLUMNS, values, strict=True)}
            columns["prng"] &= 0xFFFFFFFF
            parts = core_records(self.params.core, ticks, columns, begins, shown.active[:, k])
            found |= {f"core_{k}.{name}": records for name, records in parts.items()}
        for k in range(self.params.cores):
            busy = shown.fills[:, k].any(axis=1)
            records: Any = np.zeros(int(busy.sum()), self.params.router.trace.record_dtype)
            records["tick"] = ticks[busy]
            records["fill"], records["head"] = shown.fills[busy, k], shown.heads[busy, k]
            records["sent_last"], records["leaves"] = (
                shown.sent_last[busy, k],
                shown.leaves[busy, k],
            )
            found[f"router_{k}"] = records
        return found

    def split(self, records: np.ndarray) -> dict[str, np.ndarray]:
        """Split the array's word into its parts, and a core's into its own."""
        found = {}
        for name, layout in self.params.parts:
            part = layout.select(records, name)
            if name.startswith("router"):
                found[name] = part
                continue
            for inner, fields in self.params.core.parts:
                found[f"{name}.{inner}"] = fields.select(part, inner)
        return found

    def forbidden(self, rows: np.ndarray, expected: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Ask that the array is cleared only while all is idle."""
        filled, shown = self.follow(rows)
        hits = (filled["clear"] == 1) & (shown.flags[:, 2] == 0)
        return {"cleared while not idle": filled["tick"][hits]}

    def pins(self, rows: np.ndarray, expected: dict[str, np.ndarray]) -> dict[str, Course]:
        """Take the golden model's pins."""
        _, shown = self.follow(rows)
        high = ("in_ready", "idle")
        courses = {
            name: through(shown.flags[:, k], int(name in high)) for k, name in enumerate(FLAGS)
        }
        courses["config_ready"] = through(shown.flags[:, FLAGS.index("idle")], 1)
        courses["slot"] = through(shown.cores[:, 0, COLUMNS.index("slot")])
        merged = shown.cores[:, :, COLUMNS.index("merged")]
        courses["merged"] = through(side_by_side(merged, 1))
        courses["out_valid"] = through(side_by_side(shown.outputs[:, :, 0], 1))
        packets = packed(np.moveaxis(shown.outputs[:, :, 1:], 2, 0))
        courses["out_packet"] = through(side_by_side(packets, self.params.router.packet_bits))
        return courses

    def coverage(self, rows: np.ndarray, records: dict[str, np.ndarray]) -> dict[str, int]:
        """Count what begins steps, what waits, what is lost, and who sends to whom."""
        filled, shown = self.follow(rows)
        flags = dict(zip(FLAGS, shown.flags.T == 1, strict=True))
        up = {name: filled[name] == 1 for name in ("run", "clear", "in_valid", "config_valid")}
        timed, ready = filled["period"] > 0, get_lines(filled, "out_ready", self.params.rows)
        waits = (shown.outputs[:, :, 0] == 1) & ~ready
        bins = {
            "a step begins when all is idle": (flags["sync"] & ~timed).sum(),
            "a step begins with its period": (flags["sync"] & timed & flags["idle"]).sum(),
            "a core is busy as a step is due": (flags["overrun"] & ~flags["sync"]).sum(),
            "a packet goes astray": flags["stray"].sum(),
            "a packet from outside waits": (up["in_valid"] & ~flags["in_ready"]).sum(),
            "a word waits": (up["config_valid"] & ~flags["idle"]).sum(),
            "idle and not run": (flags["idle"] & ~up["run"]).sum(),
        }
        if self.params.core.neurons < MANY:
            bins |= {
                "a clear and a run": (up["clear"] & up["run"]).sum(),
                "a step begins with packets under way": (flags["sync"] & ~flags["idle"]).sum(),
                "a word on the tick of a sync": (up["config_valid"] & flags["sync"]).sum(),
            }
        for row in range(self.params.rows):
            bins[f"an output of row {row}"] = (shown.outputs[:, row, 0] == 1).sum()
            bins[f"an output of row {row} waits"] = waits[:, row].sum()
        for core in range(self.params.cores):
            bins[f"core {core} takes a spike"] = shown.leaves[:, core, 0].sum()
            bins[f"core {core} sends one on"] = shown.leaves[:, core, 1:].sum()
        bins["a spike merges"] = shown.cores[:, :, COLUMNS.index("merged")].sum()
        for port, name in enumerate(PORTS):
            bins[f"a packet goes {name}"] = shown.leaves[:, :, port].sum()
        return {name: int(hits) for name, hits in bins.items()}


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


def unpacked(packets: np.ndarray) -> np.ndarray:
    """Return dx, dy, slot and axon, int64 (4, ...), of packets."""
    dx, dy = packets & 511, packets >> 9 & 511
    signs = [part - (part >> 8 << 9) for part in (dx, dy)]
    return np.array([*signs, packets >> 18 & 15, packets >> 22])


BENCH = ArrayBench
