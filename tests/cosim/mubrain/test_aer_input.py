from amaranth.hdl import Mux

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.aer_input import BENCH
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.aer_input import AerInput

FAULTS = [
    ("7", "sampled = Signal()", "sampled = Signal(reset_less=True)"),
]

SLOW = ("test_hand_faults",)


def test_aer_input_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 600


@bug_in(AerInput, AerInput.decoded)
def wraps_address(self, event):
    """Bug: an address beyond the lines wraps."""
    wrapped = (self.address - self.params.lines)[: len(self.address)]
    return event << Mux(self.address >= self.params.lines, wrapped, self.address)


def test_an_invalid_address_that_wraps_is_caught(caught):
    caught(wraps_address, "7", "spikes")
