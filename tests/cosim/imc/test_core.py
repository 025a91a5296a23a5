import numpy as np
import pytest

from goldspike.cosim.bench.scene import load_scene
from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.imc.core import BENCH
from goldspike.cosim.imc.input_memory import InputMemoryBench
from goldspike.cosim.imc.shared.safety import violations
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.imc.core import Core
from goldspike.hdl.imc.dataflow_controller import DataflowController, State
from goldspike.hdl.imc.digital_processor import DigitalProcessor


def test_core_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 500


class StoresWhatIsNeeded(DataflowController):
    def storable(self):
        return self.ahead <= self.layer.kernel


class UnsafeCore(Core):
    """Bug: a core stores what it still needs."""

    controller_type = StoresWhatIsNeeded


class StrideOfOne(DataflowController):
    """Every second output is computed from the window of an odd row."""

    def advance(self, m):
        super().advance(m)
        with m.If(~self.next_column):
            m.d.sync += self.top.eq(self.top + 1)


class WrongPhaseCore(Core):
    """Bug: a core's windows move by the wrong stride."""

    controller_type = StrideOfOne


class ScaleBeforeIts(DigitalProcessor):
    """The multiplier of the channel before: its address is one tick late."""

    def scale_memory(self, m, channel):
        late = type(channel)(len(channel))
        m.d.sync += late.eq(channel)
        return super().scale_memory(m, late)


class LateScaleCore(Core):
    """Bug: a channel is scaled with its neighbour's multiplier."""

    processor_type = ScaleBeforeIts


BUGS = {UnsafeCore: "memory|safety", WrongPhaseCore: "memory|safety", LateScaleCore: "output"}


@pytest.mark.parametrize("rtl", BUGS)
def test_a_wrong_part_is_caught_in_the_core(rtl):
    with pytest.raises(LockstepError, match=rf"^imc/core \(parallel\), .* field ({BUGS[rtl]})\."):
        run_bench(BENCH, "parallel", rtl=rtl, driver="arrays")


def test_violations_are_found_without_a_model():
    bench = InputMemoryBench("figure-8")
    rows = load_scene("imc/input_memory").scenario(bench, np.random.default_rng(1))
    records = bench.expect(rows)
    assert violations(bench.params, records).size == 0
    swapped = records.copy()
    swapped["address"][-1] = 0
    found = violations(bench.params, swapped)
    assert found["tick"].tolist() == [records["tick"][-1]]
    early = records[np.arange(records.size) != 4]  # a word that was never stored
    assert violations(bench.params, early).size == 1


class NeverRests(DataflowController):
    def works(self):
        return super().works() | (self.out_x == self.out_x)


class RestlessCore(Core):
    """Bug: a core never rests."""

    controller_type = NeverRests


class RestsTooEarly(DataflowController):
    """The clock stops while a window is read."""

    def works(self):
        return self.step | (self.state == State.RECEIVE)


class SleepyCore(Core):
    """Bug: a core's clock stops while it reads."""

    controller_type = RestsTooEarly


def test_a_core_that_never_rests_is_caught():
    with pytest.raises(LockstepError, match=r"field pin busy: expected 0"):
        run_bench(BENCH, "parallel", rtl=RestlessCore, driver="arrays")


def test_a_core_that_rests_while_it_reads_is_caught():
    with pytest.raises(LockstepError, match=r"^imc/core \(parallel\), .* field memory\."):
        run_bench(BENCH, "parallel", rtl=SleepyCore, driver="arrays")
