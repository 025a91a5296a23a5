"""Bench of the request synchronisers: all flip-flops, after every change."""

from dataclasses import replace
from typing import ClassVar

import numpy as np

from goldspike.cosim.alwayson import AXIS
from goldspike.cosim.alwayson.stimuli.request_synchroniser import (
    STROBES,
    RequestSynchroniserStimulus,
)
from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Pins, held
from goldspike.cosim.bench.stimulus import every_tick, get_lines
from goldspike.hdl.alwayson.request_synchroniser import RequestSynchroniser
from goldspike.model.alwayson.request_synchroniser import (
    RequestSynchroniserModel,
    RequestSynchroniserParams,
)

__all__ = ["BENCH", "RequestSynchroniserBench"]


class RequestSynchroniserBench(RequestSynchroniserStimulus):
    """Synchronisers for 1 to 128 neurons."""

    rtl = RequestSynchroniser
    scale: ClassVar = replace(Bench.scale, label=AXIS)
    configs: ClassVar = {
        "128": RequestSynchroniserParams(),
        **{str(n): RequestSynchroniserParams(lines=n) for n in (1, 3, 5)},
    }
    large: ClassVar = {"top": RequestSynchroniserParams(lines=512)}
    varied: ClassVar = {"lines": range(1, 40)}
    published = "128"
    checks = Checks(
        group="synchroniser, synapse arbiter", gates="5", mutants=("3",), synthesis="5", random=1
    )
    shown = "3"

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Follow what was seen, on every tick on which something may change."""
        model, every = RequestSynchroniserModel(self.params), every_tick(rows)
        every = every[np.any([every[name] for name in STROBES], axis=0)]
        lines = {name: get_lines(every, name, self.params.lines) for name in ("request", "ack")}
        records, before = [], np.zeros((), self.layout.dtype).tobytes()
        for k, row in enumerate(every):
            word = model.tick(
                lines["request"][k], lines["ack"][k], **{name: bool(row[name]) for name in STROBES}
            )
            if word.tobytes() != before:
                records.append((row["tick"], *word.tolist()))
                before = word.tobytes()
        return np.array(records, self.layout.record_dtype)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Follow the second flip-flops."""
        names = ("request_seen", "ack_seen")
        return {name: held(expected["tick"], expected[name]) for name in names}


BENCH = RequestSynchroniserBench
