"""Bench of the wake-up circuit: its flip-flops after every change."""

from dataclasses import replace
from typing import ClassVar

import numpy as np

from goldspike.cosim.alwayson import AXIS
from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, at, held, through
from goldspike.cosim.bench.stimulus import every_tick, get_lines, rows_from_levels
from goldspike.hdl.alwayson.wakeup import Wakeup
from goldspike.model.alwayson.wakeup import WakeupModel, WakeupParams

__all__ = ["BENCH", "WakeupBench"]


class WakeupBench(Bench):
    """A step is a tick; spikes, falling edges, takes and sleep come with changing chances."""

    rtl = Wakeup
    scale: ClassVar = replace(Bench.scale, label=AXIS)
    configs: ClassVar = {
        "published": WakeupParams(),
        "1": WakeupParams(lines=1),
        "7": WakeupParams(lines=7),
        "65": WakeupParams(lines=65),
    }
    varied: ClassVar = {"lines": range(1, 40)}
    published = "published"
    checks = Checks(group="wake-up, neuron FSM", random=1)
    steps = 3000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Flip every input with a chance that changes every fifty ticks."""
        n = self.params.lines

        def draw(width: int, *chances: float) -> np.ndarray:
            chance = np.repeat(rng.choice(chances, -(-steps // 50)), 50)[:steps, None]
            return rng.random((steps, width)) < chance

        quiet = np.arange(steps)[:, None] < steps - 3  # what is lost last shows for one tick
        last = np.arange(steps)[:, None] == steps - 3  # on which the circuit goes to rest
        toggles = draw(n, 0.05 / n, 0.3, 0.7) & quiet
        return rows_from_levels(
            self,
            {
                "spikes": np.logical_xor.accumulate(toggles, axis=0),
                "falls": (draw(1, 0.1, 0.5) & quiet)[:, 0],
                "taken": (draw(n, 0.02, 0.3, 1.0) & quiet) | last,
                "sleep": ((draw(1, 0.02, 0.2) & quiet) | last)[:, 0],
            },
        )

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Follow what was seen, tick by tick."""
        model, every = WakeupModel(self.params), every_tick(rows)
        spikes, taken = (get_lines(every, name, self.params.lines) for name in ("spikes", "taken"))
        records, before = [], np.zeros((), self.layout.dtype).tobytes()
        for k, row in enumerate(every):
            word = model.tick(
                spikes[k], falls=bool(row["falls"]), taken=taken[k], sleep=bool(row["sleep"])
            )
            if word.tobytes() != before:
                records.append((row["tick"], *word.tolist()))
                before = word.tobytes()
        return np.array(records, self.layout.record_dtype)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the flip-flops; busy while FFclk-en is up, and with the spike that sets it."""
        level = get_lines(every_tick(rows), "spikes", self.params.lines)
        level = np.vstack([np.zeros_like(level[:1]), level, level[-1:]])
        wakes = (level[1:] & ~level[:-1]).any(axis=1)
        names = ("pending", "lost", "clock_enable", "clock_ungate")
        shown = {name: held(expected["tick"], expected[name]) for name in names}
        ends = max(wakes.size, int(expected["tick"][-1]) + 1)
        wakes = np.append(wakes, np.zeros(ends - wakes.size, bool))
        awake = at(shown["clock_enable"], np.arange(1, ends + 1)) == 1
        return {**shown, "wakes": through(wakes), "busy": through(wakes | awake)}

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Each edge against each flip-flop, and the ties."""
        every = every_tick(rows)
        spikes = get_lines(every, "spikes", self.params.lines)
        edge = spikes & ~np.vstack([np.zeros_like(spikes[:1]), spikes[:-1]])
        taken = get_lines(every, "taken", self.params.lines)
        lost = get_lines(records, "lost", self.params.lines)
        falls, sleep = every["falls"] == 1, every["sleep"] == 1
        known = np.concatenate([np.zeros(1, records.dtype), records])
        before = known[np.searchsorted(records["tick"], every["tick"], side="left")]
        after = known[np.searchsorted(records["tick"], every["tick"], side="right")]
        pending = get_lines(before, "pending", self.params.lines)
        enable, ungate = before["clock_enable"] == 1, before["clock_ungate"] == 1
        asleep = sleep & enable
        bins = {
            "a spike is caught": (edge & ~pending).any(axis=1),
            "a spike is lost": lost.any(axis=1),
            "a spike on the tick on which the one before is taken": (edge & pending & taken).any(1),
            "a spike on the tick of a falling edge": edge.any(axis=1) & falls & ~enable,
            "a spike on the tick of sleep": edge.any(axis=1) & asleep,
            "sleep with nothing pending": asleep & (after["clock_enable"] == 0),
            "sleep with a spike left": asleep & (after["clock_enable"] == 1),
            "the first falling edge": falls & enable & ~ungate,
            "a second falling edge": falls & ungate,
            "a falling edge on the tick of sleep": falls & asleep,
            "a falling edge at rest": falls & ~enable,
        }
        if self.params.lines > 1:
            bins["two spikes at once"] = edge.sum(axis=1) > 1
        return {name: hits.sum() for name, hits in bins.items()}


BENCH = WakeupBench
