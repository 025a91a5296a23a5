"""No pin of any circuit can be wrong, and no bundle misplaced, without its bench noticing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from goldspike.cosim.bench.circuits import circuits, load_bench
from goldspike.cosim.bench.ports import Ports
from goldspike.model.paths import ROOT
from goldspike.signoff.wrong_pins import smallest, survivors, wrongs

CASES = [
    pytest.param(name, marks=pytest.mark.slow if load_bench(name).checks.assembled else [])
    for name in circuits()
]


def depends_on(circuit: str) -> list[str]:
    """Return the sources that say whether a wrong pin of a circuit is noticed."""
    chip = circuit.partition("/")[0]
    folders = ["cosim/bench", "cosim/lockstep", "cosim/simulator", "signoff"]
    folders += [f"{wing}/{part}" for wing in ("model", "hdl", "cosim") for part in (chip, "timing")]
    files = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path.read_text() for path in files]


@pytest.mark.parametrize("circuit", CASES)
def test_every_wrong_pin_is_noticed(circuit: str, mark_of: Callable[..., Path]) -> None:
    passed = mark_of(circuit, *depends_on(circuit))
    if not passed.exists():
        assert [str(wrong) for wrong in survivors(load_bench(circuit))] == []
        passed.touch()


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
