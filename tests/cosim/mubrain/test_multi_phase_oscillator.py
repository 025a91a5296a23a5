from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.multi_phase_oscillator import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.multi_phase_oscillator import MultiPhaseOscillator

FAULTS = [
    ("longest", "count.eq(count + 1)", "count.eq((count + 1) & 63)"),
]


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


def test_swapped_phases_are_caught(caught):
    caught(swapped, "default", "phase")


def test_a_short_period_is_caught(caught):
    caught(short, "uneven", "record")
