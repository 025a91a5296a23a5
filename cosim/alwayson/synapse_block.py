"""Bench of a synapse block: neurons that keep the handshake, whatever the ratio of the clocks."""

from copy import deepcopy
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.alwayson import AXIS
from goldspike.cosim.alwayson.neuron import POWER_VARIED, SLOW
from goldspike.cosim.alwayson.shared.handshakes import check_handshakes, met, neuron_clock, rarest
from goldspike.cosim.alwayson.shared.power_pins import power_pins
from goldspike.cosim.alwayson.shared.scanned import Scanned
from goldspike.cosim.bench.bench import Bench, Choose
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, at, held, through
from goldspike.cosim.bench.stimulus import edges, every_tick, get_lines, rows_from_levels, up
from goldspike.hdl.alwayson.synapse_block import SynapseBlock
from goldspike.model.alwayson.synapse_arbiter import Policy, Spkgen
from goldspike.model.alwayson.synapse_block import (
    SynapseBlockModel,
    SynapseBlockParams,
    SynapseRun,
    SynapseSettings,
)
from goldspike.model.alwayson.synapse_memory import Storage
from goldspike.model.timing.power_gate import PowerState

__all__ = ["BENCH", "RATIOS", "SynapseBlockBench"]

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
CLEARS = ("load", "first", "last", "scan")
"""When a load is met by a clear."""
NOISE_TICKS = 50
"""Ticks for which the scan chain's input stays as it is where nothing is shifted."""
"""How often the scan chain is filled in a run."""
PINS = ("neuron_clock", "scan", "scan_in", "load", "clear")
MOST_COVERED = 40
"""Rows or columns of a block each of which a run has to reach."""
KINDS = np.array([[0, 2], [3, 10], [6, 16]])
"""Gaps between two asks, in periods of the slower clock: dense, medium, sparse."""


def ratio(k: int) -> SynapseBlockParams:
    """Return a small block of one policy and storage, or of the others."""
    policy, storage = list(Policy)[k % 2], list(Storage)[k % 2]
    return SynapseBlockParams(rows=3, columns=5, policy=policy, storage=storage)


class SynapseBlockBench(Bench):
    """A step is an ask: a neuron wants to be served; it keeps the four phases of the handshake.

    The scan chain brings weights and settings in, asks follow, until all are served; the same again
    with other settings, and with the first ones. In between some frames end with a `clear`.
    """

    rtl = SynapseBlock
    scale: ClassVar = replace(Bench.scale, label=AXIS)
    configs: ClassVar = {
        "128x128": SynapseBlockParams(),
        "128x128-round": SynapseBlockParams(policy=Policy.ROUND_ROBIN, storage=Storage.MEMORY),
        "1x1": SynapseBlockParams(rows=1, columns=1, length_bits=3, divide_bits=2),
        "3x5": SynapseBlockParams(rows=3, columns=5, policy=Policy.ROUND_ROBIN),
        "5x3": SynapseBlockParams(rows=5, columns=3, length_bits=3, divide_bits=3),
        "5x3-slow-power": SynapseBlockParams(
            rows=5, columns=3, policy=Policy.ROUND_ROBIN, storage=Storage.MEMORY, power=SLOW
        ),
        **{name: ratio(k) for k, name in enumerate(RATIOS)},
    }
    published = "128x128"
    checks = Checks(
        group="synapse block",
        assembled=True,
        gates="1x1",
        mutants=("5x3",),
        synthesis="3x5",
        slow=("128x128", "128x128-round", "62-134"),
        random=1,
    )
    shown = "5x3"
    steps = 600

    @classmethod
    def vary(cls, choose: Choose) -> dict[str, Any]:
        """Choose a small block whose clock is slow enough to wake in."""
        power = {name: choose(choices) for name, choices in POWER_VARIED.items()}
        waking = power["power.wake"] + power["power.reset"]
        length_bits = choose(range(waking.bit_length(), waking.bit_length() + 3))
        divide_bits = choose(range(1, 4))
        columns = choose(range(1, 10))
        return {
            "rows": choose(range(1, 10)),
            "columns": columns,
            "policy": choose(tuple(Policy)),
            "storage": choose(tuple(Storage)),
            **power,
            "length_bits": length_bits,
            "divide_bits": divide_bits,
            "settings.length": choose(range(waking, min(waking + 9, 1 << length_bits))),
            "settings.divide": choose(range(1, min(5, 1 << divide_bits))),
            "settings.idle": choose(range(columns)),
        }

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

    def shifted(self, rows: np.ndarray) -> Scanned:
        """Return what the scan chain holds."""
        filled = every_tick(rows)
        return Scanned(self.params.scan_chain, filled["scan"], filled["scan_in"])

    def run_model(self, rows: np.ndarray) -> SynapseRun:
        """Run the golden model on what was seen at the pins, and until the block sleeps."""
        params, shifted = self.params, self.shifted(rows)
        length, divide = (shifted.after(rows["tick"][-1], name) for name in ("length", "divide"))
        filled = every_tick(rows, min(24 * int(length * divide), 1 << 16) + 40)
        pins = {name: filled[name] == 1 for name in PINS}
        return SynapseBlockModel(params).run(get_lines(filled, "request", params.rows), **pins)

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Let the golden block run on what was seen."""
        return self.run_model(rows).records

    def check(self, records: np.ndarray) -> None:
        """Check what holds in any run."""
        check_handshakes(records, self.params.rows)

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Ask that nobody scans, loads or clears while anything else is under way."""
        handled = up(rows, "scan", "load", "clear")
        return {"the block rests": np.intersect1d(handled, self.works(rows, expected))}

    def works(self, rows: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """Return the ticks on which anything asks, is awake or powered, or the neurons' clock."""
        filled, tick = every_tick(rows), expected["tick"]
        clock = filled["neuron_clock"]
        awake = (expected["clock_enable"] | expected["gated"] | expected["power"]) > 0
        works = get_lines(filled, "request", self.params.rows).any(axis=1)
        works |= (clock | np.append(0, clock[:-1])) > 0
        return filled["tick"][works | (at(held(tick, awake), filled["tick"]) > 0)]

    def launched(self, rows: np.ndarray, records: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return which columns get spikes, and the weights: bool (records, columns)."""
        n = self.params.columns
        idle = self.shifted(rows).after(records["tick"], "idle")
        up = (records["spkgen"] == Spkgen.ST2) & records["ack"].any(axis=1)
        shown = up[:, None] & (np.arange(n) < n - idle[:, None])
        return shown, get_lines(records, "weights", n)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the registers; spikes are up in St2, plus where the weight is 1."""
        tick, power = expected["tick"], expected["power"]
        shown, weights = self.launched(rows, expected)
        return {
            "ack": held(tick, expected["ack_seen"]),
            "plus": held(tick, shown & weights),
            "minus": held(tick, shown & ~weights),
            "clock": held(tick, expected["clock"]),
            **power_pins(self.params.power, tick, power[:, None], held),
            "scan_out": self.shifted(rows).out,
            "busy": through(self.run_model(rows).busy),
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Ways to wake and to sleep; what is served; what the scan chain and clears meet."""
        params, tick, n = self.params, records["tick"], self.params.rows

        def before(name: str, ticks: np.ndarray) -> np.ndarray:
            return at(held(tick, records[name]), ticks)

        asked, _ = edges(rows, "request", n)
        state, gated = before("power", asked), before("gated", asked) == 1
        enabled = before("clock_enable", asked) == 1
        ack = get_lines(records, "ack", n)
        last = np.vstack([np.zeros_like(ack[:1]), ack[:-1]])
        grants = ack & ~last
        loads, clears = up(rows, "load"), up(rows, "clear")
        clock_rises = edges(rows, "neuron_clock", 1)[0]
        wakes = asked[(state == PowerState.OFF) & ~enabled]
        shown, weights = self.launched(rows, records)
        idle = self.shifted(rows).after(tick[grants.any(axis=1)], "idle")
        loaded = np.bincount(self.shifted(rows).after(loads - 1, "row"), minlength=n)
        bins: dict[str, Any] = {
            "wake-ups from rest": wakes.size,
            "power off and on again": np.unique(wakes).size - 1,
            "spikes of both signs": min((shown & weights).sum(), (shown & ~weights).sum()),
            "an Ack seen falls with a clear": before("ack_seen", clears) != 0,
            "the neurons' clock rises while the block rests": before("power", clock_rises)
            == PowerState.OFF,
            "scan and load on one tick": np.intersect1d(loads, up(rows, "scan")).size,
            "every row is loaded": loaded.min(),
            "every column is used": idle == 0,
        }
        neuron, own = self.clocks
        if neuron + params.clock(own).period <= 10:  # else it is a matter of luck
            bins["back on while going off"] = state == PowerState.GOING_OFF
        if n > 1:
            phases = self.phases(rows, records)
            bins |= {name: rarest(hits) for name, hits in phases.items()}
            bins["a request after sleep, with the last pulse still up"] = ~enabled & gated
            bins["from Ack to Ack"] = grants.any(axis=1) & last.any(axis=1)
            bins["several wait"] = get_lines(records, "request_seen", n).sum(axis=1) > 1
        if n <= MOST_COVERED:
            bins["every row is granted"] = grants.sum(axis=0).min()
        if params.columns > 1:
            bins["idle columns"] = idle > 0
            bins["one column is used"] = idle == params.columns - 1
        if n > 1 and params.policy is Policy.ROUND_ROBIN:
            bins["a clear of where round robin looks"] = before("following", clears) != 0
        return {name: int(np.count_nonzero(hits) if np.ndim(hits) else hits)
                for name, hits in bins.items()}  # fmt: skip

    def phases(self, rows: np.ndarray, records: np.ndarray) -> dict[str, np.ndarray]:
        """Return how often the other side met each tick of a clock's period.

        Where the neurons' clock is the slower one, Ack follows its edges at a fixed distance.
        """
        neuron, own = self.clocks
        period, shifted = self.params.clock(own).period, self.shifted(rows)
        asked, _ = edges(rows, "request", self.params.rows)
        length, divide = (shifted.after(asked, name) for name in ("length", "divide"))
        asked = asked[2 * length * divide == period]

        def rises(name: str) -> np.ndarray:
            return records["tick"][np.diff(records[name].astype(int), prepend=0) > 0]

        found = {"a request at every phase of the clock": met(asked - 1, rises("clock"), period)}
        if neuron <= period:
            edge = edges(rows, "neuron_clock", 1)[0]
            granted = records["tick"][np.diff(records["served"].astype(int), prepend=0) != 0]
            found["an Ack at every phase of the neurons' clock"] = met(granted, edge, neuron)
        return found


BENCH = SynapseBlockBench
