"""Bench of a neuron block: every neuron and the clock, after every change."""

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.alwayson import AXIS
from goldspike.cosim.alwayson.neuron import BENCH as NEURON
from goldspike.cosim.alwayson.shared.held_lines import hold
from goldspike.cosim.alwayson.shared.invariants import check_invariants
from goldspike.cosim.alwayson.shared.power_pins import power_pins
from goldspike.cosim.bench.bench import Bench, Choose
from goldspike.cosim.bench.checks import Checks, Exclusion
from goldspike.cosim.bench.parameters import is_change
from goldspike.cosim.bench.pins import Course, Pins, at, held, side_by_side, strobes
from goldspike.cosim.bench.stimulus import edges, every_tick, get_lines, rows_from_levels, spans, up
from goldspike.hdl.alwayson.neuron_block import NeuronBlock
from goldspike.model.alwayson.neuron import NeuronParams
from goldspike.model.alwayson.neuron_block import (
    BlockRun,
    NeuronBlockModel,
    NeuronBlockParams,
    Responder,
    Settings,
    acks,
    clears,
    spikes,
)
from goldspike.model.alwayson.neuron_fsm import Kind, NeuronFsmParams
from goldspike.model.timing.power_gate import PowerGateParams, PowerState

__all__ = ["BENCH", "NeuronBlockBench"]

SLOW = PowerGateParams(wake=3, reset=1, isolate=2, settle=3)
HIDDEN = NeuronParams()
OUTPUT = NeuronParams(fsm=NeuronFsmParams(kind=Kind.OUTPUT, bits=12))
INPUT = NeuronParams(fsm=NeuronFsmParams(kind=Kind.INPUT))
NOISE_TICKS = 50
"""Ticks for which the scan chain's input stays as it is where nothing is shifted."""
FIGURES = {"fig-3a": "3A", "fig-3b": "3B", "fig-3c": "3C"}


def figure_params(figure: str) -> NeuronBlockParams:
    """Return two neurons with a clock of 14 ticks, slow enough to read the states."""
    threshold = 1 if figure == "fig-3c" else 2
    return NeuronBlockParams(
        neurons=2,
        neuron=NeuronParams(power=PowerGateParams(wake=5, settle=6)),
        settings=Settings(length=7, threshold=threshold),
    )


class NeuronBlockBench(Bench):
    """A step is a spike, or a volley to all neurons.

    The run begins with the scan chain; half-way the potentials are reset. Acknowledgements are
    those of a responder that waits for random times.
    """

    rtl = NeuronBlock
    scale: ClassVar = replace(Bench.scale, label=AXIS)
    configs: ClassVar = {
        "hidden-1": NeuronBlockParams(neurons=1),
        "hidden-7": NeuronBlockParams(neurons=7),
        "hidden-5-34": NeuronBlockParams(neurons=5),
        "input-3-140": NeuronBlockParams(neurons=3, neuron=INPUT),
        "hidden-3-18": NeuronBlockParams(
            neurons=3,
            neuron=NeuronParams(fsm=NeuronFsmParams(bits=3)),
            length_bits=2,
            divide_bits=2,
        ),
        "output-10": NeuronBlockParams(neurons=10, neuron=OUTPUT),
        "hidden-4-slow-power": NeuronBlockParams(
            neurons=4, neuron=NeuronParams(power=SLOW), settings=Settings(length=4)
        ),
        **{figure: figure_params(figure) for figure in FIGURES},
        "hidden-128": NeuronBlockParams(),
    }
    scanned: ClassVar = {
        "hidden-5-34": Settings(length=17, threshold=2),
        "input-3-140": Settings(length=14, divide=5),
        "hidden-3-18": Settings(length=3, divide=3, threshold=3),
        "hidden-4-slow-power": Settings(length=5, threshold=2),
    }
    published = "hidden-128"
    checks = Checks(
        group="neuron, block",
        assembled=True,
        gates="hidden-1",
        mutants=("hidden-3-18",),
        synthesis="hidden-7",
        slow=("hidden-128",),
        random=1,
        exclusions=(
            Exclusion(
                "bits",
                r"NeuronBlock\.request\[[789]\]",
                "only the output block is so wide, and its neurons request nothing",
            ),
        ),
    )
    shown = "fig-3a"
    steps = 2500
    clears_at_work: ClassVar[bool] = True
    """Whether potentials are reset while neurons are awake, too."""

    @classmethod
    def vary(cls, choose: Choose) -> dict[str, Any]:
        """Choose a small block whose clock is slow enough to wake in."""
        neuron = {f"neuron.{name}": choose(choices) for name, choices in NEURON.varied.items()}
        waking = neuron["neuron.power.wake"] + neuron["neuron.power.reset"]
        length_bits = choose(range(waking.bit_length(), waking.bit_length() + 3))
        divide_bits = choose(range(1, 4))
        threshold = range(min(5, 1 << (neuron["neuron.fsm.bits"] - 1)))
        return {
            "neurons": choose(range(1, 6)),
            **neuron,
            "length_bits": length_bits,
            "divide_bits": divide_bits,
            "settings.length": choose(range(waking, min(waking + 9, 1 << length_bits))),
            "settings.divide": choose(range(1, min(5, 1 << divide_bits))),
            "settings.threshold": choose(threshold),
        }

    @property
    def settings(self) -> Settings:
        """What a run scans in."""
        if is_change(self.config):
            return others(self.params)
        default = self.params.settings if self.config in FIGURES else Settings(threshold=2)
        return self.scanned.get(self.config, default)

    @property
    def clock(self) -> tuple[int, int]:
        """Low and high phase of the clock in a run."""
        clock = self.params.clock(self.settings)
        return clock.low_phase, clock.period - clock.low_phase

    def edge_ticks(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Return which lines rise on which tick: bool (ticks, 2, neurons).

        Per neuron: gaps within a wake-up, around its end, and beyond it; and volleys to all.
        """
        n, period = self.params.neurons, sum(self.clock)
        each = max(-(-steps // n), 10 * period)  # every phase of a long period is to be met
        work = 4 * period + self.params.neuron.power.going_off
        volleys = np.cumsum(rng.integers(work, 4 * work, max(2, each // 2)))
        rising = np.zeros((int(volleys[-1] + work), 2, n), bool)
        for k in range(n):
            kinds = [
                rng.integers(2, 2 * period + 3, each),
                rng.integers(3 * period, work + 2 * period, each),
                rng.integers(work, 5 * work, each),
            ]
            ticks = np.cumsum(rng.permuted(np.array(kinds), axis=0)[0])
            ticks = ticks[ticks < len(rising)]
            line = (rng.random(ticks.size) < 0.35).astype(int)
            rising[ticks, line, k] = True
            rising[ticks, 1 - line, k] |= rng.random(ticks.size) < 0.1
        rising[volleys] |= rng.random((volleys.size, 2, n)) < 0.45
        rising[1:] &= ~rising[:-1]  # a low between two highs
        return rising

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Scan, spike, scan the same again and meanwhile reset the potentials, spike again.

        Potentials are reset at other times, too; acknowledgements follow the model's requests. Some
        spikes before the second scan stay up until it is over.
        """
        period = sum(self.clock)
        halves = [self.edge_ticks(rng, steps // 2) for _ in range(2)]
        n = self.params.neurons
        responder = Responder(
            rng.integers(1, 4 * period, 61), rng.integers(1, 5 * period, 67)
        )  # fmt: skip
        rest = 100 * period
        bits = self.params.scanned(self.settings)
        begin = len(bits) + 4
        model = NeuronBlockModel(self.params, self.settings)
        rising = [np.zeros((begin, 2, n), bool)]
        answered = []
        cleared: list[int] = []
        for half in halves:
            tick, line, neuron = np.nonzero(half)
            start = sum(len(part) for part in rising)
            chance = 0.05 / period if self.clears_at_work else 0
            now_and_then = start + 1 + np.flatnonzero(rng.random(len(half)) < chance)
            cleared += now_and_then.tolist()
            arrive = spikes(tick + start + 1, neuron, line)
            done = model.run(np.concatenate([arrive, clears(now_and_then)]), responder=responder)
            answered.append(done.acks)
            rising += [half, np.zeros((max(0, done.ticks - start - len(half)) + rest, 2, n), bool)]
            cleared.append(start + len(half) + len(rising[-1]) - len(bits) // 2 - 2)
            model.state.fsm.potential[:] = 0
        levels = np.concatenate(rising)
        held = rng.random(levels.shape) < 0.3
        held[:-1] &= ~levels[1:]
        levels[1:] |= levels[:-1] & held[1:] & ~np.roll(levels, -1, axis=0)[1:]
        count = len(levels)
        clear, scan = np.zeros(count, bool), np.zeros(count, bool)
        clear[np.array(cleared) - 1] = True
        scan_in = np.repeat(rng.random(-(-count // NOISE_TICKS)) < 0.5, NOISE_TICKS)[:count]
        again = begin + len(halves[0]) + len(rising[2]) - len(bits) - 2
        for line in range(2):
            hold(levels[:, line, line:], again, again + len(bits))
        for first in (1, again):
            scan[first : first + len(bits)] = True
            scan_in[first : first + len(bits)] = bits
        return rows_from_levels(
            self,
            {
                "plus": levels[:, 0], "minus": levels[:, 1], "clear": clear, "scan": scan,
                "scan_in": scan_in, "ack": ack_levels(np.concatenate(answered), count, n),
            },
        )  # fmt: skip

    def run_model(self, rows: np.ndarray) -> BlockRun:
        """Run the golden model on what was seen at the pins."""
        params, n = self.params, self.params.neurons
        found = []
        for line, name in enumerate(("plus", "minus")):
            tick, neuron = edges(rows, name, n)
            found.append(spikes(tick, neuron, np.full(tick.size, line)))
        level = get_lines(rows, "ack", n)
        before = np.vstack([np.zeros_like(level[:1]), level[:-1]])
        row, neuron = np.nonzero(level != before)
        found.append(acks(rows["tick"][row], neuron, level[row, neuron]))
        found.append(clears(up(rows, "clear")))
        settings = scanned_settings(params, rows)
        return NeuronBlockModel(params, settings).run(np.concatenate(found), traced=True)

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Let the golden block run on what was seen."""
        records = self.run_model(rows).records
        assert records is not None
        return records

    def check(self, records: np.ndarray) -> None:
        """Check the invariants of all neurons."""
        seen = records.view(self.params.record_dtype)
        check_invariants(seen["neurons"], seen["tick"], seen["clock"] == 1)

    def forbidden(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, np.ndarray]:
        """Ask that the scan chain holds still while anything is under way."""
        scan = up(rows, "scan")
        place = np.searchsorted(rows["tick"], scan, side="right") - 1
        acked = get_lines(rows, "ack", self.params.neurons).any(axis=1)[place]  # pyright: ignore
        return {
            "the chain is shifted while nothing is awake": np.intersect1d(
                scan, self.works(rows, expected)
            ),
            "the chain is shifted while no Ack is up": scan[acked],
        }

    def works(self, rows: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """Return the ticks on which a neuron is awake, powered or clocked, or the clock runs."""
        seen = expected.view(self.params.record_dtype)
        tick, neurons = seen["tick"], seen["neurons"]
        works = (neurons["clock_enable"] | neurons["gated"] | neurons["power"]) > 0
        ticks = np.arange(1, max(int(rows["tick"][-1]), int(tick[-1])) + 2)
        falls = tick[np.diff(seen["clock"].astype(int), prepend=0) < 0]
        spikes = [edges(rows, name, self.params.neurons)[0] for name in ("plus", "minus")]
        awake = ticks[at(held(tick, works.any(axis=1)), ticks) == 1]
        return np.concatenate([awake, spans(falls - sum(self.clock) + 1, falls), *spikes])

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow neurons, clock and scan chain.

        Busy while a neuron is awake, powered or clocked and for whole periods of the clock; with
        every spike, clear and bit scanned.
        """
        params, run = self.params, self.run_model(rows)
        seen = expected.view(params.record_dtype)
        tick, neurons = seen["tick"], seen["neurons"]
        lost = run.spikes[run.spikes["lost"] == 1]
        moments, place = np.unique(lost["tick"], return_inverse=True)
        lines = np.zeros((moments.size, 2 * params.neurons), bool)
        lines[place, 2 * lost["neuron"] + lost["line"]] = True
        busy = [self.works(rows, expected), up(rows, "clear", "scan")]
        return {
            "scan_out": self.scanned_out(rows),
            "request": held(tick, neurons["request"] == 1),
            "potentials": held(tick, side_by_side(neurons["potential"], params.neuron.fsm.bits)),
            "lost": strobes(moments + 1, lines),
            "clock": held(tick, seen["clock"]),
            **power_pins(params.neuron.power, tick, neurons["power"], held),
            "busy": strobes(np.concatenate(busy)),
        }

    def scanned_out(self, rows: np.ndarray) -> Course:
        """Return the course of the scan chain's end: first bit in, first bit out."""
        filled = every_tick(rows)
        ticks = np.flatnonzero(filled["scan"]) + 1
        held_bits = self.params.scanned(self.params.settings)
        bits = np.concatenate([held_bits, filled["scan_in"][ticks - 1] == 1])
        return held(ticks, bits[1 : ticks.size + 1], int(bits[0]))

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Phases of the clock, ticks of the way to sleep, losses, requests, power."""
        if self.config in FIGURES:
            return {"a spike": records.size > 0}
        run = self.run_model(rows)
        log, counts, n = run.spikes, run.counts, self.params.neurons
        period, high_phase = sum(self.clock), self.clock[1]
        asleep = log["power"] == PowerState.OFF
        last = high_phase + 2 + self.params.neuron.power.going_off
        shutdown = np.bincount(log["since_sleep"][log["since_sleep"] >= 0], minlength=last + 1)
        twice = np.diff(log["tick"]) == 0
        twice &= np.diff(log["neuron"]) == 0
        bins = {
            "wake-ups at rest": np.sum(asleep & (log["phase"] < 0)),
            "a spike on every tick from sleep to off": shutdown[: last + 1].min(),
            "lost spikes": counts["lost"].sum(),
            "both signs at once": both(log),
            "power off and on again": (counts["power_ups"] > 1).sum(),
            "back on while going off": np.sum(log["power"] == PowerState.GOING_OFF),
            "potentials reset": up(rows, "clear").size,
        }
        if n > 1:
            phases = np.bincount(log["phase"][asleep & (log["phase"] > 0)], minlength=period + 1)
            bins["wake-ups at every phase of the clock"] = phases[1:].min()
        if Kind(self.params.neuron.fsm.kind) is not Kind.OUTPUT:
            bins["requests"] = counts["requests"].sum()
        return bins


def others(params: NeuronBlockParams) -> Settings:
    """Return settings other than those after reset, as far as there is room."""
    after, most = params.settings, params.oscillator
    return Settings(
        length=min(after.length + 1, most.low),
        divide=min(after.divide + 1, most.divide),
        threshold=(after.threshold + 1) % (params.neuron.fsm.highest + 1),
    )


def both(log: np.ndarray) -> int:
    """Return how often both signs came to a neuron on one tick."""
    place = log["tick"] * 1024 + log["neuron"]
    return int(place.size - np.unique(place).size)


def ack_levels(answers: np.ndarray, count: int, neurons: int) -> np.ndarray:
    """Return Ack on ticks 1..count out of its changes."""
    change = np.zeros((count, neurons), bool)
    change[answers["tick"] - 1, answers["neuron"]] = True
    return np.logical_xor.accumulate(change, axis=0)


def scanned_settings(params: NeuronBlockParams, rows: np.ndarray) -> Settings:
    """Return what the scan chain holds after the rows, one bit per tick on which it shifts."""
    bits = params.scanned(params.settings)
    ends = np.append(rows["tick"][1:], rows["tick"][-1] + 1)
    for row, end in zip(rows, ends, strict=True):
        if row["scan"]:
            bits = (bits + [bool(row["scan_in"])] * int(end - row["tick"]))[-len(bits) :]
    return settings_of(params, bits)


def settings_of(params: NeuronBlockParams, bits: list[bool]) -> Settings:
    """Return what the bits in the scan chain mean, the first to leave it first."""
    values = []
    for width in params.scan_widths:
        values.append(sum(bit << k for k, bit in enumerate(bits[:width])))
        bits = bits[width:]
    return Settings(length=values[0], divide=values[1], threshold=values[2])


BENCH = NeuronBlockBench
