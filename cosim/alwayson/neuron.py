"""Bench of a gated neuron: wake-up, power, clock, FSM and potential after every change."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import numpy as np

from goldspike.cosim.alwayson import AXIS
from goldspike.cosim.alwayson.neuron_fsm import STATE_NAMES
from goldspike.cosim.alwayson.shared.invariants import check_invariants
from goldspike.cosim.alwayson.shared.power_pins import power_pins
from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, at, held, strobes
from goldspike.cosim.bench.stimulus import edges, every_tick, get_lines, rows_from_levels, up
from goldspike.cosim.timing.power_gate import BENCH as POWER_GATE
from goldspike.hdl.alwayson.neuron import Neuron
from goldspike.model.alwayson.neuron import NeuronModel, NeuronParams
from goldspike.model.alwayson.neuron_fsm import Kind, NeuronFsmParams, NeuronState
from goldspike.model.timing.power_gate import PowerGateParams, PowerState

__all__ = ["BENCH", "POWER_NAMES", "SHOWN", "NeuronBench"]

POWER_NAMES = {state.value: state.name.lower().replace("_", " ") for state in PowerState}
SLOW = PowerGateParams(wake=3, reset=1, isolate=2, settle=3)
PHASE = 250
SHOWN = ("clock_enable", "request", "potential")
"""What the pins show of the golden model's word, in ``cell``, too."""
REST = 300
"""Ticks without a spike that a run ends with, its requests acknowledged: it comes to rest."""
AIMS = {
    Kind.INPUT: (),
    Kind.HIDDEN: (NeuronState.POTENTIAL_RESET, NeuronState.SPK_REQ, NeuronState.POTENTIAL_UPDATE_2),
    Kind.OUTPUT: (),
}
POWER_VARIED = {f"power.{name}": choices for name, choices in POWER_GATE.varied.items()}
BRIEF = (PowerState.WAKING, PowerState.GOING_OFF)
"""States that are short or seldom: in every other phase, spikes are sent into them on purpose."""


class NeuronBench(Bench):
    """A step is a tick; the shared clock runs by itself, with irregular phases.

    Acknowledgements follow the golden model's request as a handshake does, in most phases; in some
    they come as they please.
    """

    rtl = Neuron
    scale: ClassVar = replace(Bench.scale, label=AXIS)
    configs: ClassVar = {
        "hidden": NeuronParams(),
        "input": NeuronParams(fsm=NeuronFsmParams(kind=Kind.INPUT)),
        "output": NeuronParams(fsm=NeuronFsmParams(kind=Kind.OUTPUT, bits=12)),
        "hidden-slow-power": NeuronParams(power=SLOW),
        "output-slow-off": NeuronParams(
            fsm=NeuronFsmParams(kind=Kind.OUTPUT, bits=3),
            power=PowerGateParams(wake=1, reset=1, isolate=1, settle=9),
        ),
        "hidden-3-bits": NeuronParams(fsm=NeuronFsmParams(bits=3)),
    }
    varied: ClassVar = {
        "fsm.kind": tuple(Kind), "fsm.bits": range(2, 17), **POWER_VARIED
    }  # fmt: skip
    published = "hidden"
    checks = Checks(group="neuron, block", assembled=True, random=1, waves=True)
    steps = 12000
    least_steps = 12_000

    def clock(self, rng: np.random.Generator, steps: int) -> tuple[np.ndarray, np.ndarray]:
        """Return rises and falls: low phases as long as it takes to wake, now and then longer."""
        waking = self.params.power.waking
        low = waking + rng.choice([0, 0, 0, 1, 5], steps)
        phases = np.stack([low, rng.choice([1, 1, 2, 6], steps)], axis=1).ravel()
        edges = np.cumsum(phases)
        ticks = np.arange(1, steps + 1)
        return np.isin(ticks, edges[0::2]), np.isin(ticks, edges[1::2])

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw spikes, densely, sparsely, and around the end of the neuron's work."""
        model, p = NeuronModel(self.params), self.params
        rises, falls = self.clock(rng, steps)
        level, ack = np.zeros((steps, 2), bool), np.zeros(steps, bool)
        clear, seldom = rng.random(steps) < 0.002, rng.spawn(1)[0].random(steps) < 0.05
        threshold = np.zeros(steps, np.int64)
        now, up, asked, slept = np.zeros(2, bool), False, 0, 0
        each = [(chance, late) for chance in (0.005, 0.03, 0.15, 0.5) for late in (0.0, 0.2)]
        moods = np.concatenate([rng.permutation(each) for _ in range(0, steps, PHASE * len(each))])
        chance, late, free, limit, wait, aims = 0.1, 0.0, False, 1, 20, False
        for k in range(steps):
            if k % PHASE == 0:
                chance, late = moods[k // PHASE]
                free, wait = rng.random() < 0.2, rng.choice([5, 40, 200])
                aims = not aims
                limit = int(rng.choice([1, 1, 2, min(5, p.fsm.highest), p.fsm.highest]))
            request, awake = bool(model.word[6]), bool(model.word[1])
            asked = asked + 1 if request != up else 0
            slept = 0 if awake else slept + 1
            if free:
                up = rng.random() < 0.3
            elif asked > rng.integers(1, wait):
                up = request
            if model.word[5] == NeuronState.POTENTIAL_RESET:
                clear[k] |= seldom[k]
            if k >= steps - REST:
                clear[k], late, chance, free, wait, aims = False, 0.0, 0.0, False, 5, False
            likely = late if slept in range(1, p.power.going_off + 12) else chance
            if aims and (model.word[5] in AIMS[p.fsm.kind] or model.word[4] in BRIEF):
                likely = max(likely, 0.4)
            up_more = np.array([likely, likely / 3 if aims else likely])  # so that it fires
            now = np.where(now, rng.random(2) < 0.5, rng.random(2) < up_more)
            if now.any() and rng.random() < 0.1:
                now = now | ~level[max(k - 1, 0)]
            level[k], ack[k], threshold[k] = now, up, limit
            model.tick(
                now, rises=bool(rises[k]), falls=bool(falls[k]), ack=up,
                clear=bool(clear[k]), threshold=limit,
            )  # fmt: skip
        return rows_from_levels(
            self,
            {
                "spikes": level, "rises": rises, "falls": falls, "ack": ack,
                "threshold": threshold, "clear": clear,
            },
        )  # fmt: skip

    def follow(self, rows: np.ndarray) -> Iterator[tuple[int, tuple[int, ...], np.ndarray]]:
        """Yield tick, trace word and lost spikes of every tick; the last rows leave it alone."""
        model, every = NeuronModel(self.params), every_tick(rows)
        level = get_lines(every, "spikes", 2)
        rest = np.repeat(every[-1:], 40)
        rest["tick"] += np.arange(1, 41)
        for k, row in enumerate(np.concatenate([every, rest])):
            model.tick(
                level[min(k, every.size - 1)], rises=bool(row["rises"]), falls=bool(row["falls"]),
                ack=bool(row["ack"]), clear=bool(row["clear"]), threshold=int(row["threshold"]),
            )  # fmt: skip
            yield int(row["tick"]), model.word, model.lost

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Follow what was seen; after it, the neuron is left alone."""
        records, before = [], NeuronModel(self.params).word
        for tick, word, _ in self.follow(rows):
            if word != before:
                before = word
                records.append((tick, *before))
        return np.array(records, self.layout.record_dtype)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the neuron; busy while awake, powered or clocked, and with spike and clear."""
        tick = expected["tick"]
        found = [(tick, lost.copy()) for tick, _, lost in self.follow(rows) if lost.any()]
        lost = np.array([lines for _, lines in found], bool).reshape(-1, 2)
        states = held(tick, (expected["clock_enable"] | expected["gated"] | expected["power"]) > 0)
        ticks = np.arange(1, max(int(rows["tick"][-1]), int(tick[-1])) + 2)
        starts = np.append(edges(rows, "spikes", 2)[0], up(rows, "clear"))
        return {
            **{name: held(tick, expected[name]) for name in (*SHOWN, "gated")},
            **power_pins(self.params.power, tick, expected["power"][:, None], held),
            "lost": strobes(np.array([tick for tick, _ in found]) + 1, lost),
            "busy": strobes(np.append(ticks[at(states, ticks) == 1], starts)),
        }

    def check(self, records: np.ndarray) -> None:
        """Check the neuron's invariants."""
        check_invariants(records[:, None], records["tick"], None)

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Spikes against the power gate's states and the FSM's; what a wake-up can meet."""
        every, kind, s = every_tick(rows), Kind(self.params.fsm.kind), NeuronState
        level = get_lines(every, "spikes", 2)
        edge = level & ~np.vstack([np.zeros_like(level[:1]), level[:-1]])
        known = np.concatenate([np.zeros(1, records.dtype), records])
        before = known[np.searchsorted(records["tick"], every["tick"], side="left")]
        after = known[np.searchsorted(records["tick"], every["tick"], side="right")]
        spike, falls = edge.any(axis=1), every["falls"]
        lost = after["lost"] != before["lost"]
        asleep = (before["clock_enable"] == 1) & (after["clock_ungate"] < before["clock_ungate"])
        bins = {
            f"a spike in power state {POWER_NAMES[state.value]}": spike & (before["power"] == state)
            for state in PowerState
        }
        bins |= {
            "both signs at once": edge.all(axis=1),
            "a spike is lost": lost,
            "a spike on the tick of sleep": asleep & spike,
            "sleep with a spike left": asleep & (after["pending"] != 0),
            "back on while going off": (before["power"] == PowerState.GOING_OFF)
            & (after["power"] == PowerState.ON),
            "off": (before["power"] == PowerState.GOING_OFF) & (after["power"] == PowerState.OFF),
            "a spike on the tick of a falling edge": spike
            & (falls == 1)
            & (before["clock_enable"] == 0),
            "a spike on the tick before a falling edge": np.asarray(spike)[:-1]
            & (falls[1:] == 1)
            & (before["clock_enable"][:-1] == 0),
        }
        states = {
            Kind.INPUT: (s.STANDBY, s.SPK_REQ),
            Kind.HIDDEN: tuple(s)[:6],
            Kind.OUTPUT: (s.STANDBY, s.POTENTIAL_UPDATE, s.FLIPFLOP_RESET),
        }[kind]
        for state in states:
            awake = (before["power"] == PowerState.ON) & (before["state"] == state)
            bins[f"a spike in {STATE_NAMES[state]}"] = awake & spike
        return {name: hits.sum() for name, hits in bins.items()}


BENCH = NeuronBench
