"""Circuits whose parameters are near their largest legal values, those that take long to build."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from goldspike.cosim.bench.circuits import circuits, load_bench
from goldspike.signoff.coverage.goals import shares_of
from goldspike.signoff.coverage.measure import measure_one

TOP = [circuit for circuit in circuits() if "top" in load_bench(circuit).large]


@pytest.mark.slow
@pytest.mark.parametrize("circuit", TOP)
def test_every_bit_is_used_near_the_top(
    circuit: str, said_of: Callable[[str, str, Any], Any]
) -> None:
    bench = load_bench(circuit)
    coverage = measure_one(bench("top"), 1, said_of(circuit, "TOP_STEPS", 1) * bench.steps)
    missed = [what.partition(".")[2] for what in shares_of(circuit, coverage)["bits"].missed]
    still = re.compile(said_of(circuit, "STILL", "nothing"))
    assert [bit for bit in missed if not still.fullmatch(bit)] == []
    assert coverage.bins  # records were compared, all equal
