"""Bench of the scheduler: spikes for every slot, steps in any order, clears at any moment."""

from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, held, strobes
from goldspike.cosim.bench.stimulus import every_tick
from goldspike.cosim.truenorth.stimuli.scheduler import SchedulerStimulus
from goldspike.hdl.truenorth.scheduler import Scheduler
from goldspike.model.trace import pack_bits
from goldspike.model.truenorth.scheduler import SLOTS, SchedulerModel, SchedulerParams

__all__ = ["BENCH", "SchedulerBench"]


class SchedulerBench(SchedulerStimulus):
    """Schedulers for 1 to 256 axons."""

    rtl = Scheduler
    configs: ClassVar = {
        "256": SchedulerParams(),
        "one": SchedulerParams(axons=1),
        "5": SchedulerParams(axons=5),
        "40": SchedulerParams(axons=40),
    }
    varied: ClassVar = {"axons": (1, 2, 3, 5, 8, 17, 40, 64, 65, 300, 512)}
    published = "256"
    checks = Checks(group="scheduler, memory", gates="5", mutants=("5", "40"))
    shown = "5"

    def follow(self, rows: np.ndarray) -> tuple[list[tuple], np.ndarray]:
        """Return the golden model's records, and the ticks on which it merges two spikes."""
        model, records, merged = SchedulerModel(self.params), [], []
        for row in every_tick(rows):
            pins: dict[str, Any] = {name: int(row[name]) for name in ("slot", "axon", "sync_slot")}
            pins |= {name: bool(row[name]) for name in ("write", "sync", "clear")}
            if model.tick(**pins):
                merged.append(row["tick"])
            if pins["write"] or pins["sync"] or pins["clear"]:
                stored = model.slots[pins["slot"]] if pins["write"] else set[int]()
                records.append((row["tick"], self.lines(stored), self.lines(model.active)))
        return records, np.array(merged, np.int64)

    def lines(self, chosen: set[int]) -> np.ndarray:
        """Return a set of axons as bytes."""
        lines = np.zeros(self.params.axons, bool)
        lines[list(chosen)] = True
        return pack_bits(lines)

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Do what was seen."""
        return np.array(self.follow(rows)[0], self.layout.record_dtype)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the active axons, a register; `merged` is of the tick of its write."""
        return {
            "active": held(expected["tick"], expected["active"]),
            "merged": strobes(self.follow(rows)[1]),
        }

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Count every slot and axon, merges, and controls that come together."""
        filled = every_tick(rows)
        write, sync, clear = (filled[name] == 1 for name in ("write", "sync", "clear"))
        slot, own = filled["slot"], sync & (filled["slot"] == filled["sync_slot"])
        merged = np.isin(filled["tick"], self.follow(rows)[1])
        shown = np.zeros(filled.size, bool)  # something is active after the tick
        shown[records["tick"] - 1] = records["active"].any(axis=1)
        return {
            "every slot written": np.bincount(slot[write], minlength=SLOTS).min(),
            "every slot taken": np.bincount(
                filled["sync_slot"][sync & shown], minlength=SLOTS
            ).min(),
            "every slot merged into": np.bincount(slot[merged], minlength=SLOTS).min(),
            "every axon": np.bincount(filled["axon"][write], minlength=self.params.axons).min(),
            "written as it is taken": (write & own & ~clear).sum(),
            "written as another is taken": (write & sync & ~own & ~clear & shown).sum(),
            "merged as another is taken": (merged & sync).sum(),
            "written as all is cleared": (write & clear & ~sync).sum(),
            "taken as all is cleared": (sync & clear & ~write).sum(),
            "cleared with something active": (clear[1:] & shown[:-1]).sum(),
            "a step with nothing active": (sync & ~shown & ~clear).sum(),
            "a spike just like one that waits not": (write & ~merged).sum(),
        }


BENCH = SchedulerBench
