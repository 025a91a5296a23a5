"""Bench of the neuron: any constants, potentials at every limit, draws that decide."""

from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench, Choose
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.once import once
from goldspike.cosim.bench.pauses import with_pauses
from goldspike.cosim.bench.pins import Pins, side_by_side, through
from goldspike.cosim.bench.stimulus import every_tick, get_lines, rows_from_levels
from goldspike.hdl.truenorth.neuron import Neuron
from goldspike.model.truenorth.neuron import (
    NeuronParams,
    integrated,
    leaked,
    sampled,
    thresholded,
)

__all__ = ["BENCH", "NeuronBench"]

SIGNED = ("weight", "leak", "reset")
Numbers = dict[str, np.ndarray]


class NeuronBench(Bench):
    """A step is a tick; constants and all other inputs are drawn on every tick."""

    rtl = Neuron
    configs: ClassVar = {
        "20": NeuronParams(),
        "smallest": NeuronParams(potential_bits=4, weight_bits=2, threshold_bits=1),
        "10x9": NeuronParams(potential_bits=10, weight_bits=9, threshold_bits=3),
        "12x5": NeuronParams(potential_bits=12, weight_bits=5, threshold_bits=10),
    }
    published = "20"
    checks = Checks(group="PRNG, neuron", compared="12x5", mutants=("20", "12x5"))
    shown = "20"
    steps = 8000

    @classmethod
    def vary(cls, choose: Choose) -> dict[str, Any]:
        """Choose a width of the potential, then those of what is added to it."""
        bits = choose(range(4, 21))
        return {
            "potential_bits": bits,
            "weight_bits": choose(range(2, min(9, bits - 1) + 1)),
            "threshold_bits": choose(range(1, bits - 1)),
        }

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw all, then move potentials, draws and thresholds to where it matters."""
        params = self.params
        drawn = {name: self.number(rng, name, width, steps) for name, width in params.fields}
        drawn["mask"] = rng.integers(0, params.threshold_bits + 1, steps)
        top = params.top
        low = 1 << (params.weight_bits - 1)
        around = rng.integers(-low, low + 1, steps)
        beside = rng.integers(-1, 2, steps) << rng.integers(0, params.weight_bits, steps)
        sides = [
            rng.integers(-top - 1, top + 1, steps),
            rng.choice([-top - 1, -low, 0, low, top], steps) + around,
            rng.choice([-1, 1], steps) << rng.integers(0, params.potential_bits - 1, steps),
            rng.choice([-1, 1], steps) * drawn["leak"] + beside,  # the leak ends at 0, or a bit off
        ]
        kind = rng.choice(4, steps, p=[0.2, 0.5, 0.15, 0.15])
        potential = np.clip(np.choose(kind, sides), -top - 1, top)
        potential[rng.random(steps) < 0.05] = 0
        first = rng.random(steps) < 0.6
        work = rng.choice([0, 1, 2], steps, p=[0.1, 0.45, 0.45])
        first[-1] = work[-1] = 0
        levels: dict[str, Any] = {
            "potential": potential, "first": first, "integrate": work == 1, "fire": work == 2,
            "axon_type": rng.integers(0, 4, steps),
        }  # fmt: skip
        for name in ("draw_first", "draw_second"):
            levels[name] = rng.integers(0, 1 << params.draw_bits, steps)
        self.aim_draws(rng, drawn, levels)
        self.aim_thresholds(rng, drawn, levels)
        levels["potential"] &= 2 * top + 1
        lines = [side_by_side(drawn[name][:, None], width) for name, width in params.fields]
        rows = rows_from_levels(self, levels | {"fields": np.concatenate(lines, axis=1)})
        return with_pauses(rows, "first", "integrate", "fire", count=5)

    def number(self, rng: np.random.Generator, name: str, width: int, count: int) -> np.ndarray:
        """Return values of a constant, its ends more often than others."""
        low = -(1 << (width - 1)) if name.startswith(SIGNED) else 0
        ends = rng.choice([low, 0, 1, low + (1 << width) - 1], count)
        any_ = rng.integers(low, low + (1 << width), count)
        return np.where(rng.random(count) < 0.2, ends, any_)

    def aim_draws(self, rng: np.random.Generator, drawn: Numbers, levels: Numbers) -> None:
        """Let half of the draws be just what decides about a weight or leak, or one beside it."""
        steps, bits = len(levels["first"]), self.params.weight_bits - 1
        weight = np.choose(levels["axon_type"], [drawn[f"weight_{k}"] for k in range(4)])
        size = np.abs(np.where(levels["integrate"], weight, drawn["leak"]))
        aimed = np.clip(size + rng.integers(-1, 2, steps), 0, (1 << bits) - 1)
        above = levels["draw_first"] >> bits << bits
        chosen = rng.random(steps) < 0.5
        levels["draw_first"] = np.where(chosen, above | aimed, levels["draw_first"])

    def aim_thresholds(self, rng: np.random.Generator, drawn: Numbers, levels: Numbers) -> None:
        """Put a threshold just where the potential is after the leak, or one beside it."""
        most = (1 << self.params.threshold_bits) - 1
        for k in np.flatnonzero(levels["fire"] & levels["first"]):
            fields = {name: int(values[k]) for name, values in drawn.items()}
            pins = {name: int(values[k]) for name, values in levels.items()}
            after, eta = self.leak(fields, pins, pins["potential"]), self.eta(fields, pins)
            beside = int(rng.integers(-1, 2))
            for name, aimed in (
                ("alpha", after - eta + beside),
                ("beta", beside - after - (0 if fields["kappa"] else eta)),
            ):
                if 0 <= aimed <= most and rng.random() < 0.7:
                    drawn[name][k] = aimed

    def leak(self, fields: dict[str, int], pins: dict[str, int], potential: int) -> int:
        """Return the potential after the leak."""
        leak = fields["leak"]
        if fields["stochastic_leak"]:
            leak = sampled(leak, self.short(pins["draw_first"]))
        return leaked(potential, leak, fields["reversal"], self.params.top)

    def short(self, draw: Any) -> Any:
        """Return the bits of a draw that a weight or leak is compared with."""
        return draw & ((1 << (self.params.weight_bits - 1)) - 1)

    def eta(self, fields: dict[str, int], pins: dict[str, int]) -> int:
        """Return what is drawn for the thresholds."""
        draw = pins["draw_second" if fields["stochastic_leak"] else "draw_first"]
        return draw & ((1 << fields["mask"]) - 1)

    def constants(self, filled: np.ndarray) -> Numbers:
        """Return the constants on every tick, by name."""
        lines, found, place = get_lines(filled, "fields", self.params.field_bits), {}, 0
        for name, width in self.params.fields:
            values = lines[:, place : place + width] @ (1 << np.arange(width))
            if name.startswith(SIGNED):
                values -= values >> (width - 1) << width
            found[name], place = values, place + width
        return found

    @once
    def follow(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Return what the golden model does on every tick: pins, and what leads to them."""
        filled = every_tick(rows, self.idle)
        constants, sum_, done = self.constants(filled), 0, []
        names = [name for name in filled.dtype.names or () if name != "fields"]
        for k, row in enumerate(filled):
            fields = {name: int(values[k]) for name, values in constants.items()}
            pins = {name: int(row[name]) for name in names}
            tick, sum_ = self.work(fields, pins, sum_)
            done.append(tick)
        columns = {name: np.array([tick[name] for tick in done]) for name in done[0]}
        pinned = {name: filled[name].astype(np.int64) for name in names}
        return constants | pinned | columns

    def work(
        self, fields: dict[str, int], pins: dict[str, int], before: int
    ) -> tuple[dict[str, int], int]:
        """Return what a tick does, and the accumulator after it; that is `before` up to then."""
        top, kind = self.params.top, pins["axon_type"]
        potential = pins["potential"]
        potential -= (potential > top) * 2 * (top + 1)
        v = potential if pins["first"] else before
        tick = {"v": v, "after": 0, "eta": 0, "result": 0, "fired": 0, "draws": 0}
        if pins["integrate"]:
            weight = fields[f"weight_{kind}"]
            if fields[f"stochastic_weight_{kind}"]:
                weight, tick["draws"] = sampled(weight, self.short(pins["draw_first"])), 1
            v = integrated(v, weight, top)
        if pins["fire"]:
            tick["after"], tick["eta"] = self.leak(fields, pins, v), self.eta(fields, pins)
            names = ("alpha", "beta"), ("reset", "gamma", "kappa")
            limits, ways = ([fields[name] for name in group] for group in names)
            tick["result"], tick["fired"] = thresholded(tick["after"], *limits, tick["eta"], *ways)
            tick["draws"] = fields["stochastic_leak"] + (fields["mask"] > 0)
        tick["sum"] = v
        return tick, v

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Note the accumulator whenever something is put into it."""
        done = self.follow(rows)
        ticks = np.flatnonzero(done["first"] | done["integrate"])
        records: Any = np.zeros(ticks.size, self.layout.record_dtype)
        records["tick"] = ticks + 1
        records["accumulator"] = done["sum"][ticks] & (2 * self.params.top + 1)
        return records

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Take the golden model's pins."""
        done = self.follow(rows)
        return {
            "result": through(done["result"] & (2 * self.params.top + 1)),
            "fired": through(done["fired"]),
            "draws": through(done["draws"]),
        }

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Return the ticks that ask for an event and for the end."""
        both = (rows["integrate"] & rows["fire"]) == 1
        beyond = self.constants(rows)["mask"] > self.params.threshold_bits
        return {
            "integrate and fire do not come together": rows["tick"][both],
            "no mask beyond the threshold's bits": rows["tick"][beyond],
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Count every mode at every limit, the tick beside it, and what stochastic modes decide."""
        done, top = self.follow(rows), self.params.top
        fire, event, v, after = (
            done["fire"] == 1, done["integrate"] == 1, done["v"], done["after"]
        )  # fmt: skip
        over = after - done["alpha"] - done["eta"]
        kappa, gamma, fired = done["kappa"] == 1, done["gamma"], done["fired"] == 1
        under = after + done["beta"] + np.where(kappa, 0, done["eta"])
        low = fire & ~fired & (under < 0)
        kinds = np.arange(4)[:, None] == done["axon_type"]
        weights = np.array([done[f"weight_{k}"] for k in range(4)])
        flags = np.array([done[f"stochastic_weight_{k}"] for k in range(4)]) == 1
        leaky, back = fire & (done["stochastic_leak"] == 1), fire & (done["reversal"] == 1)
        drawn, size = (
            self.short(done["draw_first"]),
            {
                "weight": (
                    (kinds * np.abs(weights)).sum(axis=0),
                    event & (kinds & flags).any(axis=0),
                ),
                "leak": (np.abs(done["leak"]), leaky),
            },
        )
        bins: dict[str, Any] = {
            **{f"fired with gamma {k}": fired & (gamma == k) for k in range(4)},
            **{f"below with gamma {k}": low & (gamma == k) & ~kappa for k in range(4)},
            "below with kappa": low & kappa,
            **{
                f"mask {k}": fire & (done["mask"] == k)
                for k in range(self.params.threshold_bits + 1)
            },
            "just fires": fire & (over == 0),
            "just does not": fire & (over == -1) & (done["eta"] > 0),
            **{f"just below, kappa {k}": low & (under == -1) & (kappa == k) for k in (0, 1)},
            **{f"just not, kappa {k}": fire & ~fired & (under == 0) & (kappa == k) for k in (0, 1)},
            **{f"{k} draws to fire": fire & (done["draws"] == k) for k in range(3)},
            "fires from the accumulator": fire & (done["first"] == 0),
            "takes a potential over": ~fire & ~event & (done["first"] == 1),
            "waits, then fires": fire[1:] & fire[:-1] & (done["first"][1:] == 0),
        }
        for sign in (-1, 0, 1):
            bins[f"reversal of {sign}"] = back & (np.sign(v) == sign) & (done["leak"] != 0)
        for name, end in (("top", top), ("bottom", -top - 1)):
            near = np.abs(v - end) < np.abs(done["leak"])
            bins[f"a leak to the {name}"] = (
                fire & (after == end) & near & (done["stochastic_leak"] == 0)
            )
            beyond = v + (kinds * weights).sum(axis=0)
            bins[f"an event beyond the {name}"] = (
                event & (done["sum"] == end) & (np.sign(end) * (beyond - end) > 0)
            )
        for sign in (-1, 1):
            crossing = back & (np.sign(v) == sign) & (after == 0)
            bins[f"a leak stops at 0 from {sign}"] = crossing & (np.abs(v) < np.abs(done["leak"]))
        for k in range(4):
            for flag in (0, 1):
                bins[f"type {k}, stochastic {flag}"] = event & kinds[k] & (flags[k] == flag)
        for name, (sizes, when) in size.items():
            for gap in (-1, 0, 1):
                bins[f"a draw beside a {name}, {gap}"] = when & (drawn - sizes == gap)
            bins[f"a {name} of 0"] = when & (sizes == 0)
        return {name: int(np.count_nonzero(hits)) for name, hits in bins.items()}


BENCH = NeuronBench
