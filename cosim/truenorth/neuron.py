"""Bench of the neuron: any constants, potentials at every limit, draws that decide."""

from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Choose
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.once import once
from goldspike.cosim.bench.pins import Pins, through
from goldspike.cosim.bench.stimulus import every_tick
from goldspike.cosim.truenorth.stimuli.neuron import NeuronStimulus
from goldspike.hdl.truenorth.neuron import Neuron
from goldspike.model.truenorth.neuron import NeuronParams, integrated, sampled, thresholded

__all__ = ["BENCH", "NeuronBench"]


class NeuronBench(NeuronStimulus):
    """Fields of the published widths, and narrower ones."""

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

    @classmethod
    def vary(cls, choose: Choose) -> dict[str, Any]:
        """Choose a width of the potential, then those of what is added to it."""
        bits = choose(range(4, 21))
        return {
            "potential_bits": bits,
            "weight_bits": choose(range(2, min(9, bits - 1) + 1)),
            "threshold_bits": choose(range(1, bits - 1)),
        }

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
