import pytest
from amaranth.hdl import Const

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.cell.multi_phase_oscillator import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.cell.multi_phase_oscillator import MultiPhaseOscillator


def test_in_lockstep(cocotb_config):
    run_bench(BENCH, cocotb_config)


@bug_in(MultiPhaseOscillator, MultiPhaseOscillator.rests)
def does_not_wait_for_rest(self, inactive):
    """Bug: `cell`: a request launches without waiting for rest.

    A request launches at once; one that stays up launches once only.
    """
    return Const(1)


@bug_in(MultiPhaseOscillator, MultiPhaseOscillator.order)
def rests_too_early(self, taps):
    """Bug: `cell`: an oscillation ends with *access*.

    Takes the transition of *access* for that of *recover*.
    """
    return [*taps[:3], taps[2]]


@pytest.mark.parametrize("rtl", [does_not_wait_for_rest, rests_too_early])
def test_a_wrong_rest_is_caught(rtl, caught):
    caught(rtl, "100ns", "(phase|record)")
