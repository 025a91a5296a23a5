"""The fault flag, which no bench raises: their timesteps are never too short."""

import pytest

from goldspike.cosim.imc.dataflow_controller import BENCH
from goldspike.cosim.simulator.batch import BatchSimulator


@pytest.mark.parametrize(
    ("distance", "late"), [(2, 1), (3, 1), (BENCH("figure-8").params.busiest(5), 0)]
)
def test_a_step_before_the_timestep_has_ended_is_told(distance: int, late: int) -> None:
    bench = BENCH("figure-8")
    rows = bench.blank(4)
    rows["tick"] = [1, 2, 1 + distance, 2 + distance]
    rows["step"] = [1, 0, 1, 0]
    with BatchSimulator(bench.make(), bench.layout) as simulator:
        simulator.run(rows, 200)
        assert simulator.outputs()["late"] == late
