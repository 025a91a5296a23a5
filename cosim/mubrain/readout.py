"""Bench of the read-out: every answer after every event, ties and all."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.checks import Checks, Exclusion
from goldspike.cosim.bench.pins import Pins, held, strobes
from goldspike.cosim.bench.stimulus import edges, up
from goldspike.cosim.mubrain.stimuli.readout import ReadoutStimulus
from goldspike.hdl.mubrain.readout import Readout
from goldspike.model.mubrain.readout import ReadoutModel, ReadoutParams

__all__ = ["BENCH", "ReadoutBench", "answers"]


def answers(cleared: np.ndarray, records: np.ndarray) -> Pins:
    """Return what the answer's pins show: what the records say, and nothing after a clear."""
    tick = np.concatenate([cleared, records["tick"]])
    order = np.argsort(tick, kind="stable")
    nothing = np.zeros(cleared.size, np.int64)
    return {
        name: held(tick[order], np.concatenate([nothing, records[name].astype(np.int64)])[order])
        for name in records.dtype.names or ()
        if name != "tick"
    }


class ReadoutBench(ReadoutStimulus):
    """From 1 to 65 classes, some with counters so narrow that every bit is used."""

    rtl = Readout
    configs: ClassVar = {
        "1": ReadoutParams(classes=1),
        "2-narrow": ReadoutParams(classes=2, time_bits=11, count_bits=8),
        "3-narrow": ReadoutParams(classes=3, time_bits=11, count_bits=8),
        "7": ReadoutParams(classes=7),
        "10": ReadoutParams(classes=10),
        "65": ReadoutParams(classes=65, time_bits=37, count_bits=12),
    }
    varied: ClassVar = {
        "classes": range(1, 40), "time_bits": range(11, 64), "count_bits": range(8, 33),
    }  # fmt: skip
    published = "10"
    checks = Checks(
        group="neuron, weight memory, read-out",
        mutants=("3-narrow",),
        exclusions=(
            Exclusion(
                "bits",
                r"Readout\.(most_)?count(_\d+)?\[([89]|1\d)\]",
                "counts to 65535; every bit is used where the counters are narrow",
            ),
            Exclusion(
                "bits",
                r"Readout\.count_[1-6]\d\[[2-7]\]",
                "one counter, 65 times: all its bits are used in the first ten classes",
            ),
            Exclusion(
                "bits",
                r"Readout\.shortest_class\[6\]",
                "only the last of 65 classes has it",
            ),
        ),
    )

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Read all events of a sample again after each one."""
        model, records = ReadoutModel(self.params), []
        for tick, time, line in self.samples(rows):
            for k in range(1, tick.size + 1):
                records.append((tick[k - 1], *model.record(time[:k], line[:k])))
        return np.array(records, self.layout.record_dtype)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the answers; busy on the tick of an event and on those of a clear."""
        cleared = up(rows, "clear")
        return {
            **answers(cleared, expected),
            "busy": strobes(np.concatenate([edges(rows, "strobe", 1)[0], cleared])),
        }


BENCH = ReadoutBench
