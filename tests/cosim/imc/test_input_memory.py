import numpy as np
import pytest

from goldspike.cosim.imc.input_memory import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.imc.input_memory import InputMemory
from goldspike.model.imc.input_memory import STORE

APART = {
    ("store", "fetch"), ("store", "residual"), ("fetch", "residual"),  # one access per tick
    ("fetch", "next_column"),  # a window has been read before the next begins
}  # fmt: skip

TOP_STEPS = 10

STILL = r"word_[rsw]\[0\]|addr_[rsw]_0\[[0-3]\]"
"""Bits that stay as they are in `top`: memory words hold one, and addresses multiples of 16."""

FAULTS = [
    ("figure-8", "with m.If(self.next_column):", "with m.If(self.next_column & ~self.store):"),
    ("figure-8", "zero.eq(self.fetch & self.pad)", "zero.eq(self.pad)"),
]

SLOW = ("test_controls", "test_hand_faults")


def test_input_memory_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 500


@bug_in(InputMemory, InputMemory.wrapped)
def columns_modulo_too_many(self, column):
    """Bug: columns are not counted modulo F."""
    return InputMemory.wrapped(self, column) if self.params.layer.kernel == 1 else column


@bug_in(InputMemory, InputMemory.row_step)
def row_never_added(self, rows):
    """Bug: Algorithm 2, line 17 as printed: the row address never grows.

    Algorithm 2, line 17 as printed.
    """
    return InputMemory.row_step(self, rows)[:0]


@bug_in(InputMemory, InputMemory.residual_address)
def residual_one_behind(self, m):
    """Bug: residual pixels are read one pixel off."""
    return InputMemory.residual_address(self, m) + self.params.words


@pytest.mark.parametrize("rtl", [columns_modulo_too_many, row_never_added, residual_one_behind])
def test_a_wrong_address_is_caught(rtl, caught):
    caught(rtl, "figure-8", "add")


@pytest.mark.parametrize("config", BENCH.configs)
def test_no_word_is_read_before_one_is_stored(config):
    bench, stored = BENCH(config), set()
    records = bench.expect(bench.stimulus(np.random.default_rng(1), bench.steps))
    for kind, address in records[["kind", "address"]].tolist():
        assert kind == STORE or address in stored
        if kind == STORE:
            stored.add(address)
