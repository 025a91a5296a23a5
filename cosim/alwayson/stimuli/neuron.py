"""How a gated neuron is driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.alwayson.neuron_fsm import STATE_NAMES
from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.stimulus import every_tick, get_lines, rows_from_levels
from goldspike.model.alwayson.neuron import NeuronModel
from goldspike.model.alwayson.neuron_fsm import Kind, NeuronState
from goldspike.model.timing.power_gate import PowerState

__all__ = ["POWER_NAMES", "NeuronStimulus"]

POWER_NAMES = {state.value: state.name.lower().replace("_", " ") for state in PowerState}
PHASE = 250
REST = 300
"""Ticks without a spike that a run ends with, its requests acknowledged: it comes to rest."""
AIMS = {
    Kind.INPUT: (),
    Kind.HIDDEN: (NeuronState.POTENTIAL_RESET, NeuronState.SPK_REQ, NeuronState.POTENTIAL_UPDATE_2),
    Kind.OUTPUT: (),
}
BRIEF = (PowerState.WAKING, PowerState.GOING_OFF)
"""States that are short or seldom: in every other phase, spikes are sent into them on purpose."""


class NeuronStimulus(Bench):
    """A step is a tick; the shared clock runs by itself, with irregular phases.

    Acknowledgements follow the golden model's request as a handshake does, in most phases; in some
    they come as they please.
    """

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
