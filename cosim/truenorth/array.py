"""Bench of the array: every pin, core, queue and link, of arrays with any image in any core."""

from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.once import once
from goldspike.cosim.bench.pins import Course, side_by_side, through
from goldspike.cosim.bench.stimulus import every_tick, get_lines
from goldspike.cosim.truenorth.shared.core_records import core_records
from goldspike.cosim.truenorth.stimuli.array import ArrayStimulus, packed
from goldspike.hdl.truenorth.array import Array
from goldspike.model.truenorth.array import ArrayParams
from goldspike.model.truenorth.core import COLUMNS, CoreParams
from goldspike.model.truenorth.neuron import NeuronParams
from goldspike.model.truenorth.router import PORTS
from goldspike.model.truenorth.shared.array_runs import PINS, Shown

__all__ = ["BENCH", "ArrayBench"]

REST = 2
"""Ticks behind the last row that are followed."""
MANY = 100
"""Neurons of a core with which a run has some dozen steps only, too few for what is rare."""
FLAGS = ("in_ready", "sync", "idle", "overrun", "stray")


class ArrayBench(ArrayStimulus):
    """Arrays of up to six small cores, and one of two cores of the paper's size."""

    rtl = Array
    configs: ClassVar = {
        "2x2": ArrayParams(columns=2, rows=2, core=CoreParams(axons=5, neurons=3), depth=2),
        "one": ArrayParams(columns=1, rows=1, core=CoreParams(axons=1, neurons=1), depth=1),
        "3x2": ArrayParams(columns=3, rows=2, core=CoreParams(axons=20, neurons=11)),
        "1x2": ArrayParams(
            columns=1, rows=2, depth=1,
            core=CoreParams(
                axons=3, neurons=2,
                neuron=NeuronParams(potential_bits=6, weight_bits=3, threshold_bits=4),
            ),
        ),
        "2x1-256x256": ArrayParams(),
    }  # fmt: skip
    large: ClassVar = {
        "2x2-3x2": ArrayParams(
            columns=2, rows=2, depth=1,
            core=CoreParams(
                axons=3, neurons=2,
                neuron=NeuronParams(potential_bits=6, weight_bits=3, threshold_bits=4),
            ),
        ),
    }  # fmt: skip
    """Small, with a link of every direction, to be mutated."""
    varied: ClassVar = {"columns": (1, 2, 3), "rows": (1, 2), "depth": (1, 2, 3, 4, 6)}
    published = "2x1-256x256"
    checks = Checks(
        group="array", assembled=True, gates="1x2", mutants=("2x2-3x2",), synthesis="2x2",
        joined=True, slow=("2x1-256x256",), random=1, vectors=("2x2", 900), at_rest=("clear",),
        low={"out_packet[8]": "the sign of dx: a packet that leaves to the east had a dx above 0"},
    )  # fmt: skip
    shown = "2x2"

    @once
    def follow(self, rows: np.ndarray) -> tuple[np.ndarray, Shown]:
        """Run what was seen; return every tick's inputs, and what it shows."""
        filled = every_tick(rows, REST)
        pins_in = np.zeros((filled.size, len(PINS)), np.int64)
        for k, name in enumerate(PINS):
            if name in (filled.dtype.names or ()):
                pins_in[:, k] = filled[name]
        pins_in[:, 4:8] = unpacked(filled["in_packet"].astype(np.int64)).T
        ready = get_lines(filled, "out_ready", self.params.rows)
        syncs = int(filled["run"].sum())
        shown = self.run(pins_in, ready, np.zeros(0, np.int64), syncs)
        return filled, shown

    def expect(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Run what was seen."""
        filled, shown = self.follow(rows)
        ticks, begins = filled["tick"], shown.flags[:, 1] == 1
        found = {}
        for k in range(self.params.cores):
            values = shown.cores[:, k].astype(np.int64).T
            columns: dict[str, np.ndarray] = {n: v for n, v in zip(COLUMNS, values, strict=True)}
            columns["prng"] &= 0xFFFFFFFF
            parts = core_records(self.params.core, ticks, columns, begins, shown.active[:, k])
            found |= {f"core_{k}.{name}": records for name, records in parts.items()}
        for k in range(self.params.cores):
            busy = shown.fills[:, k].any(axis=1)
            records: Any = np.zeros(int(busy.sum()), self.params.router.trace.record_dtype)
            records["tick"] = ticks[busy]
            records["fill"], records["head"] = shown.fills[busy, k], shown.heads[busy, k]
            records["sent_last"], records["leaves"] = (
                shown.sent_last[busy, k],
                shown.leaves[busy, k],
            )
            found[f"router_{k}"] = records
        return found

    def split(self, records: np.ndarray) -> dict[str, np.ndarray]:
        """Split the array's word into its parts, and a core's into its own."""
        found = {}
        for name, layout in self.params.parts:
            part = layout.select(records, name)
            if name.startswith("router"):
                found[name] = part
                continue
            for inner, fields in self.params.core.parts:
                found[f"{name}.{inner}"] = fields.select(part, inner)
        return found

    def forbidden(self, rows: np.ndarray, expected: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Ask that the array is cleared only while all is idle."""
        filled, shown = self.follow(rows)
        hits = (filled["clear"] == 1) & (shown.flags[:, 2] == 0)
        return {"cleared while not idle": filled["tick"][hits]}

    def pins(self, rows: np.ndarray, expected: dict[str, np.ndarray]) -> dict[str, Course]:
        """Take the golden model's pins."""
        _, shown = self.follow(rows)
        high = ("in_ready", "idle")
        courses = {
            name: through(shown.flags[:, k], int(name in high)) for k, name in enumerate(FLAGS)
        }
        courses["config_ready"] = through(shown.flags[:, FLAGS.index("idle")], 1)
        courses["slot"] = through(shown.cores[:, 0, COLUMNS.index("slot")])
        merged = shown.cores[:, :, COLUMNS.index("merged")]
        courses["merged"] = through(side_by_side(merged, 1))
        courses["out_valid"] = through(side_by_side(shown.outputs[:, :, 0], 1))
        packets = packed(np.moveaxis(shown.outputs[:, :, 1:], 2, 0))
        courses["out_packet"] = through(side_by_side(packets, self.params.router.packet_bits))
        return courses

    def coverage(self, rows: np.ndarray, records: dict[str, np.ndarray]) -> dict[str, int]:
        """Count what begins steps, what waits, what is lost, and who sends to whom."""
        filled, shown = self.follow(rows)
        flags = dict(zip(FLAGS, shown.flags.T == 1, strict=True))
        up = {name: filled[name] == 1 for name in ("run", "clear", "in_valid", "config_valid")}
        timed, ready = filled["period"] > 0, get_lines(filled, "out_ready", self.params.rows)
        waits = (shown.outputs[:, :, 0] == 1) & ~ready
        bins = {
            "a step begins when all is idle": (flags["sync"] & ~timed).sum(),
            "a step begins with its period": (flags["sync"] & timed & flags["idle"]).sum(),
            "a core is busy as a step is due": (flags["overrun"] & ~flags["sync"]).sum(),
            "a packet goes astray": flags["stray"].sum(),
            "a packet from outside waits": (up["in_valid"] & ~flags["in_ready"]).sum(),
            "a word waits": (up["config_valid"] & ~flags["idle"]).sum(),
            "idle and not run": (flags["idle"] & ~up["run"]).sum(),
        }
        if self.params.core.neurons < MANY:
            bins |= {
                "a clear and a run": (up["clear"] & up["run"]).sum(),
                "a step begins with packets under way": (flags["sync"] & ~flags["idle"]).sum(),
                "a word on the tick of a sync": (up["config_valid"] & flags["sync"]).sum(),
            }
        for row in range(self.params.rows):
            bins[f"an output of row {row}"] = (shown.outputs[:, row, 0] == 1).sum()
            bins[f"an output of row {row} waits"] = waits[:, row].sum()
        for core in range(self.params.cores):
            bins[f"core {core} takes a spike"] = shown.leaves[:, core, 0].sum()
            bins[f"core {core} sends one on"] = shown.leaves[:, core, 1:].sum()
        bins["a spike merges"] = shown.cores[:, :, COLUMNS.index("merged")].sum()
        for port, name in enumerate(PORTS):
            bins[f"a packet goes {name}"] = shown.leaves[:, :, port].sum()
        return {name: int(hits) for name, hits in bins.items()}


def unpacked(packets: np.ndarray) -> np.ndarray:
    """Return dx, dy, slot and axon, int64 (4, ...), of packets."""
    dx, dy = packets & 511, packets >> 9 & 511
    signs = [part - (part >> 8 << 9) for part in (dx, dy)]
    return np.array([*signs, packets >> 18 & 15, packets >> 22])


BENCH = ArrayBench
