"""No pin of any circuit can be wrong, and no bundle misplaced, without its bench noticing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from goldspike.cosim.bench.circuits import circuits, load_bench
from goldspike.cosim.bench.ports import Ports
from goldspike.cosim.timing.power_gate import BENCH
from goldspike.model.paths import ROOT
from goldspike.signoff.results import sources
from goldspike.signoff.wrong_pins import smallest, survivors, wrongs


def depends_on(circuit: str) -> list[str]:
    """Return what says whether a wrong pin of a circuit is noticed."""
    folders = ["cosim/bench", "cosim/lockstep", "cosim/simulator", "signoff"]
    files = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [sources(circuit, "lockstep"), *(path.read_text() for path in files)]


@pytest.mark.parametrize("circuit", circuits())
def test_every_wrong_pin_is_noticed(circuit: str, mark_of: Callable[..., Path]) -> None:
    passed = mark_of(circuit, *depends_on(circuit))
    if not passed.exists():
        assert [str(wrong) for wrong in survivors(load_bench(circuit))] == []
        passed.touch()


class LooksAway(BENCH):
    """Any value of a pin will do."""

    def free(self, rows, expected, pins):
        return {"isolate": (np.zeros(1, int), np.ones(1, int))}


def test_a_pin_that_a_bench_does_not_look_at_is_reported() -> None:
    assert {str(wrong) for wrong in survivors(LooksAway)} == {
        "isolate[0] inverted", "isolate[0] stuck at 0", "isolate[0] stuck at 1"
    }  # fmt: skip


def test_a_line_that_is_never_up_is_excused_for_being_stuck_there_alone() -> None:
    checks = replace(BENCH.checks, low={"isolate[0]": "for once"})
    bench = type("NeverUp", (LooksAway,), {"checks": checks})
    assert {str(wrong) for wrong in survivors(bench)} == {
        "isolate[0] inverted", "isolate[0] stuck at 1"
    }  # fmt: skip


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
