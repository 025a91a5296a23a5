"""Faults as a designer makes them, each seen by its circuit's own bench.

Each stands for a kind: a control that reaches nobody, a handshake that promises too much, a pin
that is dead, late, or of another moment, lines in another order, a reset at a bad moment, a counter
or a number that is too short, an input that is overheard because of another one. Each circuit's own
tests list its faults; one of each kind is seen on every run, the others on slow ones.
"""

import pytest

from goldspike.cosim.bench.circuits import load_bench
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.model.errors import LockstepError
from goldspike.signoff.edited import edited


@pytest.mark.of_each("FAULTS")
def test_a_fault_is_seen(circuit: str, case: tuple[str, str, str]) -> None:
    bench, (config, old, new) = load_bench(circuit), case
    with pytest.raises(LockstepError, match=r", (tick|picosecond) \d+, field "):
        run_bench(bench, config, rtl=edited(bench.rtl, old, new), driver="arrays")


def test_what_is_not_in_the_source_cannot_be_edited() -> None:
    circuit = load_bench("timing/power_gate").rtl
    with pytest.raises(ValueError, match="PowerGate must have 'nothing like it' exactly once"):
        edited(circuit, "nothing like it", "")
