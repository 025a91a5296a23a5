"""How the synapse block in ``cell`` is driven."""

from copy import deepcopy

import numpy as np

from goldspike.cosim.alwayson.shared.handshakes import neuron_clock
from goldspike.cosim.alwayson.shared.overlaps import noise, strokes, until_later
from goldspike.cosim.bench.cell_bench import CellBench
from goldspike.cosim.bench.pins import at, common, taken_up
from goldspike.cosim.bench.stimulus import edges, every_tick, get_lines, rows_from_levels, up
from goldspike.model.alwayson.synapse_block import SynapseBlockModel, SynapseSettings

__all__ = ["GRID", "PINS", "SynapseBlockStimulus"]

GRID = 10
"""Picoseconds from one moment at which pins may change to the next."""
OFFSET = 2
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


class SynapseBlockStimulus(CellBench):
    """A step is an ask: a neuron wants to be served; it keeps the four phases of the handshake.

    Pins change on a grid of 10 ps. The ring, which starts with a request, has a length of 5 ps more
    than a multiple of that, so that no rising edge of the clock comes at the moment of a request.
    """

    steps = 200
    least_steps = 120

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

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Ask that nobody scans, loads or clears while anything else is under way."""
        handled, filled = up(rows, *STROBES, "clear"), every_tick(rows)
        clock = filled["neuron_clock"] | np.append(0, filled["neuron_clock"][:-1])
        works = get_lines(filled, "request", self.params.rows).any(axis=1) | (clock > 0)
        awake = (expected["clock_enable"] | expected["gated"] | expected["power"]) > 0
        works |= at(taken_up(expected["tick"], awake), filled["tick"]) > 0
        shifted, loaded = (edges(rows, name, 1)[0] for name in STROBES)
        return {
            "the block rests": common(handled, filled["tick"][works]),
            "the chain holds still as it is loaded": np.intersect1d(shifted, loaded),
        }


def on_grid(level: np.ndarray) -> np.ndarray:
    """Return a level of every picosecond out of one per step of the grid."""
    spread = np.repeat(level, GRID)
    return np.concatenate([np.zeros(OFFSET, bool), spread])[: spread.size]
