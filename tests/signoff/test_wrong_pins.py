"""No pin of any circuit can be wrong, and no bundle misplaced, without its bench noticing."""

import pytest

from goldspike.cosim.bench.circuits import circuits, load_bench
from goldspike.cosim.bench.ports import Ports
from goldspike.signoff.wrong_pins import smallest, survivors, wrongs


@pytest.mark.parametrize("circuit", circuits())
def test_every_wrong_pin_is_noticed(circuit: str) -> None:
    assert [str(wrong) for wrong in survivors(load_bench(circuit))] == []


def test_what_can_be_wrong() -> None:
    ports = Ports({"level": 2, "taken": 1}, {"busy": 1}, 0, has_busy=True, has_elapsed=False)
    assert [str(wrong) for wrong in wrongs(ports)] == [
        "level reversed",
        "busy[0] inverted",
        "busy[0] stuck at 0",
        "busy[0] stuck at 1",
    ]


def test_the_smallest_configuration_has_no_bundle_of_one_line() -> None:
    assert smallest(load_bench("timing/edge_detector")) == "7"
    assert smallest(load_bench("timing/power_gate")) == "zigzag"
