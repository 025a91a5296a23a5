"""Bench of the synapse block in ``cell``: wake-up, handshakes and spikes, to the picosecond."""

from copy import deepcopy
from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.alwayson.shared.handshakes import check_handshakes, neuron_clock
from goldspike.cosim.alwayson.shared.overlaps import noise, strokes, until_later
from goldspike.cosim.alwayson.shared.power_pins import power_pins
from goldspike.cosim.alwayson.shared.scanned import Scanned
from goldspike.cosim.bench.cell_bench import CellBench
from goldspike.cosim.bench.pins import Course, at, taken_up
from goldspike.cosim.bench.stimulus import edges, every_tick, get_lines, rows_from_levels, up
from goldspike.hdl.alwayson.cell.synapse_block import SynapseBlock
from goldspike.model.alwayson.synapse_arbiter import Policy, Spkgen
from goldspike.model.alwayson.synapse_block import (
    SynapseBlockModel,
    SynapseBlockParams,
    SynapseSettings,
)
from goldspike.model.timing.power_gate import PowerGateParams, PowerState
from goldspike.model.trace import TraceLayout

__all__ = ["BENCH", "GRID", "SynapseBlockBench"]

GRID = 10
"""Picoseconds from one moment at which pins may change to the next."""
OFFSET = 2
POWER = PowerGateParams(wake=90, settle=400)
PINS = ("neuron_clock", "scan_clock", "scan_in", "load", "clear")
STROBES = {"scan_clock": "scan", "load": "load"}
"""Clocks in picoseconds, strobes in ticks."""
SCANNED = {"3x5": SynapseSettings(length=205, divide=2), "5x3-fast": SynapseSettings(length=255)}
NEURON_PERIOD = {"3x5": 21, "5x3-fast": 124}
"""Of the neurons' clock, in steps of the grid."""
QUICK = 6
"""Of one whose low phase comes before the block's power does."""
EARLY = 9
"""Asks before anything is loaded."""
GAPS = np.array([[0, 1], [2, 8], [8, 14]])
"""Between two asks, in periods of the slower clock."""


class SynapseBlockBench(CellBench):
    """A step is an ask: a neuron wants to be served; it keeps the four phases of the handshake.

    Pins change on a grid of 10 ps. The ring, which starts with a request, has a length of 5 ps more
    than a multiple of that, so that no rising edge of the clock comes at the moment of a request.
    """

    rtl = SynapseBlock
    configs: ClassVar = {
        "3x5": SynapseBlockParams(
            rows=3, columns=5, policy=Policy.ROUND_ROBIN, power=POWER, length_bits=12,
            divide_bits=3, settings=SynapseSettings(length=405),
        ),
        "5x3-fast": SynapseBlockParams(
            rows=5, columns=3, length_bits=12, divide_bits=2,
            power=PowerGateParams(wake=60, reset=20, isolate=30, settle=240),
            settings=SynapseSettings(length=405),
        ),
    }  # fmt: skip
    varied: ClassVar = {
        "rows": range(1, 6), "columns": range(1, 6), "policy": tuple(Policy),
        "power.wake": (10, 90, 200), "power.reset": (0, 20), "power.isolate": (0, 50),
        "power.settle": (10, 400), "settings.length": range(255, 800, 10),
        "settings.divide": range(1, 4),
    }  # fmt: skip
    published = "3x5"
    steps = 200
    least_steps = 120

    @property
    def layout(self) -> TraceLayout:
        """The layout of the circuit's trace word: that of ``tick``."""
        return self.params.trace

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Load weights and settings, serve asks; then the same with the settings after reset.

        The first time, some columns may be idle; the second time, none is. A few asks come before,
        while the memory is as the reset left it.
        """
        model, own = SynapseBlockModel(self.params), self.params.settings
        first = SCANNED.get(self.config) or own
        parts = [self.serve(rng, model, own, EARLY, early=True, clock=QUICK)]
        turns = (("scan_clock", first, self.params.columns), ("load", own, 1))
        for over, settings, idle in turns:
            parts.append(self.load(rng, model, settings, idle, over))
            clock = NEURON_PERIOD.get(self.config, 30)
            parts.append(self.serve(rng, model, settings, steps // 2, early=False, clock=clock))
        names = ("request", *PINS)
        return rows_from_levels(
            self, {name: np.concatenate([part[name] for part in parts]) for name in names}
        )

    def load(
        self, rng: np.random.Generator, model: SynapseBlockModel, settings: SynapseSettings,
        idle: int, over: str,
    ) -> dict[str, np.ndarray]:  # fmt: skip
        """Bring in the weights of every row and the settings; clears come meanwhile.

        A row gets the opposite of its weights before them, so that every bit goes up and down; and
        the last row that of the first, so that every column has both weights. Fewer columns than
        `idle` are idle. Clocks stay up over edges of each other, and clears over edges of both; the
        first one comes while `over` is up, and all of them if that is `load`.
        """
        params, levels = self.params, {name: np.zeros(0, bool) for name in PINS}
        rows = rng.permutation(params.rows)
        words = rng.integers(0, 1 << params.columns, params.rows)
        mask = (1 << params.columns) - 1
        if params.rows > 1:
            words[-1] = words[0] ^ mask
        opposite = words ^ mask
        for row, word in zip(np.tile(rows, 2), [*opposite, *words], strict=True):
            values = {
                "length": settings.length, "divide": settings.divide, "row": int(row),
                "idle": int(rng.integers(0, idle)), "word": int(word),
            }  # fmt: skip
            bits = np.repeat(np.array(params.scan_chain.scanned(values), bool), 2)
            shown = np.append(bits, rng.random(4) < 0.5)
            levels["scan_clock"] = np.append(
                levels["scan_clock"],
                (np.arange(shown.size) % 2 == 1) & (np.arange(shown.size) < bits.size),
            )
            levels["scan_in"] = np.append(levels["scan_in"], shown)
        count = levels["scan_in"].size
        per_word = count // (2 * params.rows)
        levels["load"] = np.arange(count) % per_word == per_word - 3
        for name in STROBES:
            levels[name] = until_later(rng, levels[name])
        levels["clear"] = strokes(rng, levels[over])
        if over == "load":  # and none else, which would make up for those
            levels["clear"] &= levels["load"]
        for name in ("scan_clock", "scan_in", "load", "clear"):
            levels[name][-1] = False
        levels["neuron_clock"] = np.zeros(count, bool)
        spread = {name: on_grid(level) for name, level in levels.items()}
        quiet = np.zeros((len(spread["load"]), params.rows), bool)
        model.run(quiet, **self.strobes({"request": quiet, **spread})[1])
        return {"request": quiet, **spread}

    def serve(
        self, rng: np.random.Generator, model: SynapseBlockModel, settings: SynapseSettings,
        count: int, *, early: bool, clock: int,
    ) -> dict[str, np.ndarray]:  # fmt: skip
        """Let neurons ask, densely and such that the block goes to sleep in between.

        Their clock stops when all are served, if `early` before the last Ack is seen to fall.
        """
        params = self.params
        period = params.clock(settings).period
        slow = max(period, GRID * clock)
        kinds = GAPS[np.repeat(rng.integers(0, len(GAPS), -(-count // 6)), 6)[:count]] * slow
        gaps = rng.integers(kinds[:, 0], kinds[:, 1] + 1)
        gaps[1:2], gaps[-1] = 0, GAPS.max() * slow
        ticks = 2 + np.cumsum(gaps)
        row = rng.integers(0, params.rows, count)
        row[-1] = 0  # so that round robin looks elsewhere next,
        row[:2] = params.rows - 1, 0  # unless a clear has come
        room = (int(ticks[-1]) + (count + 4) * 12 * slow) // GRID
        levels = on_grid(neuron_clock(clock, room, rng))
        request, made = deepcopy(model).asked(ticks, row, levels)
        assert len(made) == count, "every ask becomes a request"
        last = int(np.flatnonzero(request.any(axis=1))[-1]) + 1
        end = -(-(last + 10 * slow + params.power.going_off) // GRID) * GRID
        stop = last if early else last + 6 * slow
        levels[stop - stop % GRID + OFFSET :] = False
        pins = {"request": request[:end], "neuron_clock": levels[:end]}
        model.run(**pins)
        quiet = {name: np.zeros(end, bool) for name in PINS}
        return {**quiet, "scan_in": on_grid(noise(rng, end // GRID)), **pins}

    def strobes(self, levels: dict[str, np.ndarray]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Return requests and other inputs as the golden model takes them."""
        taken = {
            STROBES.get(name, name): np.diff(levels[name].astype(int), prepend=0) == 1
            if name in STROBES
            else levels[name].astype(bool)
            for name in PINS
        }
        return levels["request"], taken

    def filled(self, rows: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Return what was seen on every picosecond, and until the block sleeps."""
        period = 2 * int((1 << self.params.length_bits) - 1)
        every = every_tick(rows, 4 * period)
        levels: dict[str, Any] = {name: every[name] for name in PINS}
        levels["request"] = get_lines(every, "request", self.params.rows)
        return self.strobes(levels)

    def scanned(self, rows: np.ndarray) -> Scanned:
        """Return what the scan chain holds."""
        _, pins = self.filled(rows)
        return Scanned(self.params.scan_chain, pins["scan"], pins["scan_in"])

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Let the golden block run on what was seen."""
        request, pins = self.filled(rows)
        return SynapseBlockModel(self.params).run(request, **pins).records

    def decode(self, records: np.ndarray) -> np.ndarray:
        """Take the records as they are."""
        return records

    def check(self, records: np.ndarray) -> None:
        """Check what holds in any run."""
        check_handshakes(records, self.params.rows)

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Ask that nobody scans, loads or clears while anything else is under way."""
        handled, filled = up(rows, *STROBES, "clear"), every_tick(rows)
        clock = filled["neuron_clock"] | np.append(0, filled["neuron_clock"][:-1])
        works = get_lines(filled, "request", self.params.rows).any(axis=1) | (clock > 0)
        awake = (expected["clock_enable"] | expected["gated"] | expected["power"]) > 0
        works |= at(taken_up(expected["tick"], awake), filled["tick"]) > 0
        shifted, loaded = (edges(rows, name, 1)[0] for name in STROBES)
        return {
            "the block rests": np.intersect1d(handled, filled["tick"][works]),
            "the chain holds still as it is loaded": np.intersect1d(shifted, loaded),
        }

    def launched(self, rows: np.ndarray, records: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return which columns get spikes, and the weights: bool (records, columns)."""
        n = self.params.columns
        idle = self.scanned(rows).after(records["tick"], "idle")
        up = (records["spkgen"] == Spkgen.ST2) & records["ack"].astype(bool).reshape(
            records.size, -1
        ).any(axis=1)
        return up[:, None] & (np.arange(n) < n - idle[:, None]), get_lines(records, "weights", n)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, Course]:
        """Follow the registers; spikes are up in St2, plus where the weight is 1."""
        tick, power = expected["tick"], expected["power"]
        shown, weights = self.launched(rows, expected)
        since, bits = self.scanned(rows).out
        return {
            "ack": taken_up(tick, expected["ack_seen"]),
            "plus": taken_up(tick, shown & weights),
            "minus": taken_up(tick, shown & ~weights),
            "clock": taken_up(tick, expected["clock"]),
            **power_pins(self.params.power, tick, power[:, None], taken_up),
            "scan_out": (np.maximum(since - 1, 0), bits),
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Ways to wake and to sleep; what is served."""
        n = self.params.rows
        asked, _ = edges(rows, "request", n)
        known = np.concatenate([np.zeros(1, records.dtype), records])
        before = known[np.searchsorted(records["tick"], asked, side="left")]
        ack = get_lines(records, "ack", n)
        last = np.vstack([np.zeros_like(ack[:1]), ack[:-1]])
        shown, weights = self.launched(rows, records)
        seen = get_lines(records, "ack_seen", n)
        forgot = np.append(False, (seen[:-1] & ~seen[1:]).any(axis=1))
        bins: dict[str, Any] = {
            "wake-ups from rest": before["power"] == PowerState.OFF,
            "a request while the block works": before["power"] == PowerState.ON,
            "power off": np.diff(records["power"].astype(int)) == -PowerState.GOING_OFF,
            "spikes +": shown & weights,
            "spikes -": shown & ~weights,
            "every row is granted": (ack & ~last).sum(axis=0).min(),
            "an Ack seen falls with a clear": np.isin(records["tick"][forgot], up(rows, "clear")),
        }
        if n > 1:
            bins["from Ack to Ack"] = (ack & ~last).any(axis=1) & last.any(axis=1)
            bins["several wait"] = get_lines(records, "request_seen", n).sum(axis=1) > 1
        if n > 1 and self.params.policy is Policy.ROUND_ROBIN:
            following = taken_up(records["tick"], records["following"])
            clears = edges(rows, "clear", 1)[0]
            bins["a clear of where round robin looks"] = at(following, clears - 1) != 0
        return {name: int(np.sum(hits)) for name, hits in bins.items()}


def on_grid(level: np.ndarray) -> np.ndarray:
    """Return a level of every picosecond out of one per step of the grid."""
    spread = np.repeat(level, GRID)
    return np.concatenate([np.zeros(OFFSET, bool), spread])[: spread.size]


BENCH = SynapseBlockBench
