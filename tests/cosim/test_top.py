"""Circuits whose parameters are near their largest legal values, those that take long to build."""

import pytest

from goldspike.cosim.bench.circuits import circuits, load_bench
from goldspike.cosim.lockstep.runner import run_bench

TOP = [circuit for circuit in circuits() if "top" in load_bench(circuit).large]


@pytest.mark.slow
@pytest.mark.parametrize("circuit", TOP)
def test_in_lockstep_near_the_top(circuit: str) -> None:
    assert run_bench(load_bench(circuit), "top", driver="arrays").compared > 0
