import pytest

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.multi_phase_oscillator import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.multi_phase_oscillator import MultiPhaseOscillator

FAULTS = [
    ("longest", "count.eq(count + 1)", "count.eq((count + 1) & 63)"),
]


def message(config, field):
    """Return what a mismatch says: where, what, and how to see it again."""
    where = rf"^{BENCH.circuit} \({config}\), tick \d+, field {field}(\[\d+\])?"
    again = rf"goldspike verify {BENCH.circuit} --config {config} --seed 1 --steps \d+.*"
    return rf"{where}: expected \S.*, got \S.*, seed 1; reproduce with: {again}$"


def test_multi_phase_oscillator_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 1000


@bug_in(MultiPhaseOscillator, MultiPhaseOscillator.last_counts)
def swapped(self):
    """Bug: the phases *select* and *access* swap places."""
    load, select, access, recover = MultiPhaseOscillator.last_counts(self)
    return [load, access, select, recover]


@bug_in(MultiPhaseOscillator, MultiPhaseOscillator.last_counts)
def short(self):
    """Bug: an oscillation is one tick short."""
    load, select, access, recover = MultiPhaseOscillator.last_counts(self)
    return [load, select, access, recover - 1]


def test_swapped_phases_are_caught():
    with pytest.raises(LockstepError, match=message("default", "phase")):
        run_bench(BENCH, "default", rtl=swapped, driver="arrays")


def test_a_short_period_is_caught():
    with pytest.raises(LockstepError, match=message("uneven", "record")):
        run_bench(BENCH, "uneven", rtl=short, driver="arrays")
