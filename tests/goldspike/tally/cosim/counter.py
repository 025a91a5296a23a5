"""Bench of the counter: the count after every tick that is counted."""

from typing import ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.pins import Course, held
from goldspike.cosim.bench.stimulus import every_tick, rows_from_levels
from goldspike.hdl.tally.counter import Counter
from goldspike.model.tally.counter import CounterModel, CounterParams

__all__ = ["BENCH", "CounterBench"]


class CounterBench(Bench):
    """A step is a tick, on which the input is up or not."""

    rtl = Counter
    configs: ClassVar = {str(bits): CounterParams(bits=bits) for bits in (3, 8)}
    varied: ClassVar = {"bits": range(1, 10)}
    published = "8"
    checks = Checks(gates="3", mutants=("3",))

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Count on every second tick or so."""
        return rows_from_levels(self, {"up": rng.integers(0, 2, steps, np.uint8)})

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Count what was seen."""
        up = every_tick(rows)["up"] == 1
        records = np.zeros(up.sum(), self.layout.record_dtype)
        records["tick"] = np.flatnonzero(up) + 1
        records["count"] = CounterModel(self.params).run(up)[up]
        return records

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> dict[str, Course]:
        """Expect the count from the tick after on."""
        return {"count": held(expected["tick"], expected["count"])}

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Find the count wrapping."""
        return {"the count wraps": int((records["count"] == 0).sum())}


BENCH = CounterBench
