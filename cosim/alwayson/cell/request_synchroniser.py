"""Bench of the request synchronisers in ``cell``: all flip-flops, to the picosecond."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.alwayson.cell.stimuli.request_synchroniser import (
    RequestSynchroniserStimulus,
    rising,
)
from goldspike.cosim.bench.pins import Course, taken_up
from goldspike.cosim.bench.stimulus import get_lines
from goldspike.hdl.alwayson.cell.request_synchroniser import RequestSynchroniser
from goldspike.model.alwayson.request_synchroniser import (
    RequestSynchroniserModel,
    RequestSynchroniserParams,
)
from goldspike.model.trace import TraceLayout

__all__ = ["BENCH", "RequestSynchroniserBench"]


class RequestSynchroniserBench(RequestSynchroniserStimulus):
    """Synchronisers for three neurons, and for one."""

    rtl = RequestSynchroniser
    configs: ClassVar = {str(n): RequestSynchroniserParams(lines=n) for n in (3, 1)}
    varied: ClassVar = {"lines": range(1, 40)}
    published = "3"

    @property
    def layout(self) -> TraceLayout:
        """The layout of the circuit's trace word: that of ``tick``."""
        return self.params.trace

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Shift on rising edges; reset and clear for as long as they are up."""
        model, records = RequestSynchroniserModel(self.params), []
        before = np.zeros((), self.layout.dtype).tobytes()
        lines = {name: get_lines(rows, name, self.params.lines) for name in ("request", "ack")}
        rises = rising(rows)
        for k, row in enumerate(rows):
            word = model.tick(
                lines["request"][k], lines["ack"][k],
                synapse_rises=bool(rises["synapse_clock"][k]),
                neuron_rises=bool(rises["neuron_clock"][k]),
                reset=bool(row["reset"]), clear=bool(row["clear"]),
            )  # fmt: skip
            if word.tobytes() != before:
                records.append((row["tick"], *word.tolist()))
                before = word.tobytes()
        return np.array(records, self.layout.record_dtype)

    def decode(self, records: np.ndarray) -> np.ndarray:
        """Take the records as they are."""
        return records

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, Course]:
        """Follow the second flip-flops."""
        names = ("request_seen", "ack_seen")
        return {name: taken_up(expected["tick"], expected[name]) for name in names}


BENCH = RequestSynchroniserBench
