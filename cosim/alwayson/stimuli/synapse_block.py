"""How a synapse block is driven."""

from copy import deepcopy
from dataclasses import replace

import numpy as np

from goldspike.cosim.alwayson.shared.handshakes import neuron_clock
from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.pins import at, common, held
from goldspike.cosim.bench.stimulus import every_tick, get_lines, rows_from_levels, up
from goldspike.model.alwayson.synapse_block import SynapseBlockModel, SynapseSettings
from goldspike.model.alwayson.synapse_memory import Storage

__all__ = ["MOST_COVERED", "PINS", "RATIOS", "SynapseBlockStimulus"]

RATIOS = {
    f"{neuron}-{2 * length * divide}": (neuron, SynapseSettings(length=length, divide=divide))
    for neuron, length, divide in (
        (8, 4, 1), (2, 1, 1), (34, 14, 5), (6, 7, 1), (14, 3, 1), (2, 16, 1), (32, 1, 1),
        (62, 67, 1),
    )
}  # fmt: skip
"""Periods of the neurons' clock and of the block's, and what makes the latter."""
NEURON_PERIOD = 2
TURNS = 9
"""How often the scan chain is filled in a run."""
CLEARS = ("load", "first", "last", "scan")
"""When a load is met by a clear."""
NOISE_TICKS = 50
"""Ticks for which the scan chain's input stays as it is where nothing is shifted."""
PINS = ("neuron_clock", "scan", "scan_in", "load", "clear")
MOST_COVERED = 40
"""Rows or columns of a block each of which a run has to reach."""
KINDS = np.array([[0, 2], [3, 10], [6, 16]])
"""Gaps between two asks, in periods of the slower clock: dense, medium, sparse."""


class SynapseBlockStimulus(Bench):
    """A step is an ask: a neuron wants to be served; it keeps the four phases of the handshake.

    The scan chain brings weights and settings in, asks follow, until all are served; the same again
    with other settings, and with the first ones. In between some frames end with a `clear`.
    """

    steps = 600

    @property
    def clocks(self) -> tuple[int, SynapseSettings]:
        """The neurons' period, and the settings, of most of a run."""
        return RATIOS.get(self.config, (NEURON_PERIOD, self.params.settings))

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Serve asks, with the settings after reset, the run's own, others, and again its own."""
        params, model = self.params, SynapseBlockModel(self.params)
        neuron, own = self.clocks
        parts = []
        if params.storage is Storage.REGISTERS:  # zeros until they are written
            parts.append(self.serve(rng, model, params.settings, 2, 1 + steps // 40, early=False))
        for k in range(TURNS):
            own_turn = k in (0, TURNS - 1)
            idle = [0, params.columns - 1, rng.integers(0, params.columns)][k % 3]
            settings = replace(own if own_turn else self.other(rng), idle=int(idle))
            count = -(-steps // 2) if own_turn else -(-steps // 20)
            clock = neuron if own_turn else int(rng.integers(2, 12))
            parts.append(
                self.load(rng, model, settings, first=not k, clear=CLEARS[k % len(CLEARS)])
            )
            parts.append(self.serve(rng, model, settings, clock, count, early=k % 4 < 2))
            if k % 4 == 2:
                parts.append(self.ask_alone(rng, model, settings))
        names = ("request", *PINS)
        joined = {name: np.concatenate([part[name] for part in parts]) for name in names}
        return rows_from_levels(self, joined)

    def other(self, rng: np.random.Generator) -> SynapseSettings:
        """Return settings of a clock that is slow enough to wake in, and no slower than need be."""
        params = self.params
        longest, most = params.oscillator.low, params.oscillator.divide
        least = params.power.waking
        return SynapseSettings(
            length=int(rng.integers(least, min(longest, least + 9) + 1)),
            divide=int(rng.integers(1, min(most, 7) + 1)),
        )

    def load(
        self, rng: np.random.Generator, model: SynapseBlockModel, settings: SynapseSettings,
        *, first: bool, clear: str,
    ) -> dict[str, np.ndarray]:  # fmt: skip
        """Bring in settings and weights, of every row or of some; the neurons' clock may tick."""
        params = self.params
        rows = rng.permutation(params.rows)
        rows = np.append(rows if first else rows[: 1 + params.rows // 8], rows[0])
        rests = [0] * 30 + [1, 7] if params.columns <= MOST_COVERED else [0] * 500 + [5]
        shifts, loads, bits, tick = [], [], [], 2
        for row in rows:
            word = rng.integers(0, 2, params.columns)
            values = {
                "length": settings.length, "divide": settings.divide, "idle": settings.idle,
                "row": int(row), "word": sum(int(bit) << k for k, bit in enumerate(word)),
            }  # fmt: skip
            bits += params.scan_chain.scanned(values)
            ticks = tick + np.cumsum(1 + rng.choice(rests, params.scan_chain.bits)) - 1
            shifts.append(ticks)
            loads.append(int(ticks[-1]) + rng.choice([1, 1, 4]))
            tick = loads[-1] + rng.choice(
                [0, 0, 1, 5]
            )  # the first bit of the next while this loads
        count = tick + 10
        levels = {name: np.zeros(count, bool) for name in PINS}
        levels["scan"][np.concatenate(shifts)] = True
        levels["scan_in"] = rng.random(count) < 0.5
        levels["scan_in"][np.concatenate(shifts)] = bits
        levels["load"][loads] = True
        met = {"load": loads[-1], "first": 0, "last": -1, "scan": shifts[0][0]}
        levels["clear"][met[clear]] = True
        works = np.flatnonzero(levels["scan"] | levels["load"] | levels["clear"])
        ends = works[np.flatnonzero(np.diff(works) > 2)]
        levels["neuron_clock"][ends + 1] = rng.random(ends.size) < 0.7
        quiet = np.zeros((count, params.rows), bool)
        model.run(quiet, **levels)
        return {"request": quiet, **levels}

    def serve(
        self, rng: np.random.Generator, model: SynapseBlockModel, settings: SynapseSettings,
        clock: int, count: int, *, early: bool,
    ) -> dict[str, np.ndarray]:  # fmt: skip
        """Let neurons ask, densely, sparsely, and such that the block goes to sleep.

        Their clock stops when all are served, if `early` before the last Ack is seen to fall.
        """
        params = self.params
        period = params.clock(settings).period
        slow = max(period, clock)
        kinds = KINDS[np.repeat(rng.integers(0, len(KINDS), -(-count // 15)), 15)[:count]] * slow
        gaps = rng.integers(kinds[:, 0], kinds[:, 1] + 1)
        gaps[(kinds[:, 0] == 0) & (rng.random(count) < 0.3)] = 0
        gaps[-1] = KINDS.max() * slow
        tick = 2 + np.cumsum(gaps)
        row = rng.integers(0, params.rows, count)
        row[-1] = 0  # so that round robin looks elsewhere next
        levels = neuron_clock(clock, int(tick[-1]) + (count + 4) * 12 * slow, rng)
        request, made = deepcopy(model).asked(tick, row, levels)
        assert len(made) == count, "every ask becomes a request"
        last = int(np.flatnonzero(request.any(axis=1))[-1]) + 1
        rest = 0 if early else int(rng.integers(0, 4 * clock + 3 * period))
        ticks = last + rest + 8 * period + params.power.going_off + 4
        levels[last + rest :] = False
        pins = {"request": request[:ticks], "neuron_clock": levels[:ticks]}
        model.run(**pins)
        noise = rng.spawn(1)[0].random(-(-ticks // NOISE_TICKS)) < 0.5
        quiet = {name: np.zeros(ticks, bool) for name in PINS}
        quiet["scan_in"] = np.repeat(noise, NOISE_TICKS)[:ticks]
        return {**quiet, **pins}

    def ask_alone(
        self, rng: np.random.Generator, model: SynapseBlockModel, settings: SynapseSettings
    ) -> dict[str, np.ndarray]:
        """Let one neuron ask while their clock rests, and one on the tick after the last pulse."""
        params = self.params
        period = params.clock(settings).period
        served = 6 * period
        request = np.zeros((28 * period + params.power.going_off, params.rows), bool)
        quiet = {name: np.zeros(len(request), bool) for name in PINS}
        request[1:served, rng.integers(0, params.rows)] = True
        records = deepcopy(model).run(request, **quiet).records
        over = records["tick"][np.diff(records["gated"].astype(int), prepend=0) < 0][-1]
        request[over : over + served, rng.integers(0, params.rows)] = True
        model.run(request, **quiet)
        return {"request": request, **quiet}

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Ask that nobody scans, loads or clears while anything else is under way."""
        handled = up(rows, "scan", "load", "clear")
        return {"the block rests": common(handled, self.works(rows, expected))}

    def works(self, rows: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """Return the ticks on which anything asks, is awake or powered, or the neurons' clock."""
        filled, tick = every_tick(rows), expected["tick"]
        clock = filled["neuron_clock"]
        awake = (expected["clock_enable"] | expected["gated"] | expected["power"]) > 0
        works = get_lines(filled, "request", self.params.rows).any(axis=1)
        works |= (clock | np.append(0, clock[:-1])) > 0
        return filled["tick"][works | (at(held(tick, awake), filled["tick"]) > 0)]
