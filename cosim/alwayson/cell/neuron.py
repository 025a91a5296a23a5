"""Bench of the gated neuron in ``cell``: everything that its trace shows, to the picosecond."""

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.alwayson.neuron import SHOWN
from goldspike.cosim.alwayson.neuron_fsm import LEGAL, STATE_NAMES
from goldspike.cosim.alwayson.shared.invariants import check_invariants
from goldspike.cosim.alwayson.shared.power_pins import power_pins
from goldspike.cosim.alwayson.stimuli.neuron import POWER_NAMES
from goldspike.cosim.bench.cell_bench import CellBench, rows_from_levels_at
from goldspike.cosim.bench.pins import Course, taken_up
from goldspike.cosim.bench.stimulus import changes, get_lines
from goldspike.hdl.alwayson.cell.neuron import Neuron
from goldspike.model.alwayson.neuron import NeuronModel, NeuronParams
from goldspike.model.alwayson.neuron_fsm import Kind, NeuronFsmParams, NeuronState
from goldspike.model.timebase import NEVER
from goldspike.model.timing.power_gate import PowerGateParams, PowerState

__all__ = ["BENCH", "NeuronBench", "total_lost"]

POWER = PowerGateParams(wake=300, settle=400)
END = 20_000
PULSE = 10
"""Picoseconds of a clear."""
SELDOM = (NeuronState.POTENTIAL_RESET, NeuronState.SPK_REQ, NeuronState.POTENTIAL_UPDATE_2)
"""States into which clears are sent on purpose, in every other period; in others seldom."""


class NeuronBench(CellBench):
    """A step is a change of some input.

    Edges of the clock come at multiples of 10 ps, spikes 3 ps after one, all else 6 ps after, so
    that nothing happens at the very moment of anything else but the other sign.
    """

    rtl = Neuron
    configs: ClassVar = {
        "hidden": NeuronParams(power=POWER),
        "input": NeuronParams(fsm=NeuronFsmParams(kind=Kind.INPUT), power=POWER),
        "output": NeuronParams(fsm=NeuronFsmParams(kind=Kind.OUTPUT, bits=12), power=POWER),
        "hidden-3-bits": NeuronParams(
            fsm=NeuronFsmParams(bits=3),
            power=PowerGateParams(wake=90, reset=20, isolate=100, settle=700),
        ),
    }
    varied: ClassVar = {
        "fsm.kind": tuple(Kind), "fsm.bits": range(2, 17),
        "power.wake": (10, 90, 300), "power.reset": (0, 20), "power.isolate": (0, 100),
        "power.settle": (10, 400, 700),
    }  # fmt: skip
    published = "hidden"
    steps = 12000
    least_steps = 6000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Draw a clock with irregular phases, spikes in bursts and lulls, and late answers."""
        half = steps // 2
        power = self.params.power  # which has to be off within two periods
        least = max(-(-power.waking // 10), power.going_off // 20 + 1)
        low = 10 * rng.integers(least, max(60, least + 30), half)
        phases = np.stack([low, 10 * rng.integers(1, 60, half)], axis=1).ravel()
        clock = np.cumsum(phases)
        end = int(clock[-1])

        def times(offset: int, gaps: tuple[int, ...]) -> np.ndarray:
            lengths = rng.choice(gaps, end // min(gaps))
            lengths = np.repeat(lengths[: lengths.size // 20 + 1], 20)
            steps = 10 * (1 + rng.integers(0, np.maximum(2, lengths // 5)))
            found = offset + np.cumsum(steps)
            return found[found < end]

        pins = [times(3, (40, 400, 4000, 8000)) for _ in range(2)]
        together = rng.choice(pins[0], pins[0].size // 10, replace=False)
        pins[1] = np.union1d(pins[1], together)
        ack, clear = times(6, (400, 3000, 9000)), 6 + 10 * rng.integers(1, end // 10, steps // 300)
        limit = 6 + 10 * np.sort(rng.integers(1, end // 10, 20))
        periods = np.diff(clock[0::2]) // 10  # one clear in each, at most
        chances = clock[0:-2:2] + 6 + 10 * rng.integers(0, np.maximum(1, periods - 2))
        changed = [*pins, ack, clear, clear + PULSE, chances, chances + PULSE]
        moments = np.unique(np.concatenate([*changed, clock, limit, [end + END]]))

        def level(flips: np.ndarray) -> np.ndarray:
            return np.searchsorted(np.sort(flips), moments, side="right") % 2 == 1

        highest = self.params.fsm.highest
        thresholds = rng.choice([1, 2, min(5, highest), highest], limit.size + 1)
        rows = rows_from_levels_at(
            self,
            moments,
            {
                "spikes": np.stack([level(flips) for flips in pins], axis=1),
                "clock": level(clock),
                "ack": level(ack),
                "threshold": thresholds[np.searchsorted(limit, moments, side="right")],
                "clear": level(np.concatenate([clear, clear + PULSE])),
            },
        )
        return self.send_clears(rng, rows, chances)

    def send_clears(
        self, rng: np.random.Generator, rows: np.ndarray, chances: np.ndarray
    ) -> np.ndarray:
        """Return the rows with clears at some chances, drawn by the state that they meet."""
        model, drawn = NeuronModel(self.params), rng.random(rows.size)
        begins = np.isin(rows["tick"], chances)
        ends = np.searchsorted(rows["tick"], rows["tick"] + PULSE)
        for k, _ in enumerate(self.meet(model, rows)):
            if begins[k] and drawn[k] < (1 / 2 if model.word[5] in SELDOM else 1 / 100):
                rows["clear"][k : ends[k]] = 1
        kept = np.isin(rows["tick"], changes(rows)["tick"])
        kept[-1] = True
        return rows[kept]

    def meet(
        self, model: NeuronModel, rows: np.ndarray, records: list[Any] | None = None
    ) -> Iterator[None]:
        """Let a neuron meet every row, and note its words; yield before each."""
        found = [] if records is None else records
        spikes, clock = get_lines(rows, "spikes", 2), 0
        for row, level in zip(rows, spikes, strict=True):
            found += model.pass_time(int(row["tick"]))
            yield
            before = model.word
            model.at(
                int(row["tick"]), level, rises=bool(row["clock"] > clock),
                falls=bool(row["clock"] < clock), ack=bool(row["ack"]), clear=bool(row["clear"]),
                threshold=int(row["threshold"]),
            )  # fmt: skip
            clock = row["clock"]
            if model.word != before:
                found.append((int(row["tick"]), model.word))

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Meet every change of an input; in between, the power gate goes on by itself."""
        model, records = NeuronModel(self.params), []
        for _ in self.meet(model, rows, records):
            pass
        records += model.pass_time(NEVER)
        return np.array([(time, *word) for time, word in records], self.params.trace.record_dtype)

    def decode(self, records: np.ndarray) -> np.ndarray:
        """Add up the lost spikes of both lines."""
        return self.like_the_model(records, lost=total_lost(records))

    def check(self, records: np.ndarray) -> None:
        """Check the neuron's invariants."""
        check_invariants(records[:, None], records["tick"], None)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, Course]:
        """Follow what the pins show of the golden model's word."""
        tick, power = expected["tick"], expected["power"]
        return {
            **{name: taken_up(tick, expected[name]) for name in SHOWN},
            **power_pins(self.params.power, tick, power[:, None], taken_up),
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Spikes in every state of power gate and FSM; losses; requests."""
        level = get_lines(rows, "spikes", 2)
        edge = level & ~np.vstack([np.zeros_like(level[:1]), level[:-1]])
        spike = edge.any(axis=1)
        known = np.concatenate([np.zeros(1, records.dtype), records])
        before = known[np.searchsorted(records["tick"], rows["tick"], side="left")][spike]
        kind = Kind(self.params.fsm.kind)
        bins = {
            f"a spike in power state {POWER_NAMES[state.value]}": before["power"] == state
            for state in PowerState
        }
        on = before["power"] == PowerState.ON
        bins |= {
            f"a spike in {STATE_NAMES[state]}": on & (before["state"] == state)
            for state in LEGAL[kind]
        }
        cleared = np.flatnonzero(np.diff(rows["clear"].astype(int), prepend=0) > 0)
        meets = known[np.searchsorted(records["tick"], rows["tick"][cleared], side="left")]
        bins |= {f"a clear in {STATE_NAMES[s]}": meets["state"] == s for s in LEGAL[kind]}
        bins["both signs at once"] = edge.all(axis=1)
        bins["lost"] = np.diff(records["lost"]) != 0
        bins["sleep with a spike left"] = (np.diff(records["clock_ungate"].astype(int)) < 0) & (
            records["pending"][1:] != 0
        )
        return {name: int(np.sum(hits)) for name, hits in bins.items()}


def total_lost(records: np.ndarray) -> np.ndarray:
    """Return lost spikes of both lines as the golden model counts them."""
    return (records["lost_plus"].astype(int) + records["lost_minus"]) % 256


BENCH = NeuronBench
