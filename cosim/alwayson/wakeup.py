"""Bench of the wake-up circuit: its flip-flops after every change."""

from dataclasses import replace
from typing import ClassVar

import numpy as np

from goldspike.cosim.alwayson import AXIS
from goldspike.cosim.alwayson.stimuli.wakeup import WakeupStimulus
from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, at, held, through
from goldspike.cosim.bench.stimulus import every_tick, get_lines
from goldspike.hdl.alwayson.wakeup import Wakeup
from goldspike.model.alwayson.wakeup import WakeupModel, WakeupParams

__all__ = ["BENCH", "WakeupBench"]


class WakeupBench(WakeupStimulus):
    """Wake-up by 1 to 65 lines."""

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


BENCH = WakeupBench
