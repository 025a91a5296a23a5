import pytest

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.multi_phase_oscillator import BENCH
from goldspike.hdl.mubrain.multi_phase_oscillator import MultiPhaseOscillator


def message(config, field):
    """Return what a mismatch says: where, what, and how to see it again."""
    where = rf"^{BENCH.circuit} \({config}\), tick \d+, field {field}(\[\d+\])?"
    again = rf"goldspike verify {BENCH.circuit} --config {config} --seed 1 --steps \d+.*"
    return rf"{where}: expected \S.*, got \S.*, seed 1; reproduce with: {again}$"


def test_multi_phase_oscillator_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 1000


class Swapped(MultiPhaseOscillator):
    """Bug: the phases *select* and *access* swap places."""

    def last_counts(self):
        load, select, access, recover = super().last_counts()
        return [load, access, select, recover]


class Short(MultiPhaseOscillator):
    """Bug: an oscillation is one tick short."""

    def last_counts(self):
        load, select, access, recover = super().last_counts()
        return [load, select, access, recover - 1]


def test_swapped_phases_are_caught():
    with pytest.raises(LockstepError, match=message("default", "phase")):
        run_bench(BENCH, "default", rtl=Swapped, driver="arrays")


def test_a_short_period_is_caught():
    with pytest.raises(LockstepError, match=message("uneven", "record")):
        run_bench(BENCH, "uneven", rtl=Short, driver="arrays")
