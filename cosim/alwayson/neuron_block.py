"""Bench of a neuron block: every neuron and the clock, after every change."""

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.alwayson import AXIS
from goldspike.cosim.alwayson.neuron import BENCH as NEURON
from goldspike.cosim.alwayson.shared.invariants import check_invariants
from goldspike.cosim.alwayson.shared.power_pins import power_pins
from goldspike.cosim.alwayson.stimuli.neuron_block import FIGURES, NeuronBlockStimulus
from goldspike.cosim.bench.bench import Bench, Choose
from goldspike.cosim.bench.checks import Checks, Exclusion
from goldspike.cosim.bench.once import once
from goldspike.cosim.bench.pins import Course, Pins, held, side_by_side, strobes
from goldspike.cosim.bench.stimulus import edges, every_tick, get_lines, up
from goldspike.hdl.alwayson.neuron_block import NeuronBlock
from goldspike.model.alwayson.neuron import NeuronParams
from goldspike.model.alwayson.neuron_block import (
    BlockRun,
    NeuronBlockModel,
    NeuronBlockParams,
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


def figure_params(figure: str) -> NeuronBlockParams:
    """Return two neurons with a clock of 14 ticks, slow enough to read the states."""
    threshold = 1 if figure == "fig-3c" else 2
    return NeuronBlockParams(
        neurons=2,
        neuron=NeuronParams(power=PowerGateParams(wake=5, settle=6)),
        settings=Settings(length=7, threshold=threshold),
    )


class NeuronBlockBench(NeuronBlockStimulus):
    """Blocks of 1 to 128 neurons of all three kinds, and those of figure 3."""

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

    @once
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


def both(log: np.ndarray) -> int:
    """Return how often both signs came to a neuron on one tick."""
    place = log["tick"] * 1024 + log["neuron"]
    return int(place.size - np.unique(place).size)


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
