import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from goldspike.cosim.bench.pins import at
from goldspike.cosim.bench.stimulus import rows_from_levels
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.rram.macro import BENCH
from goldspike.cosim.rram.stimuli.macro import drain
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.rram.macro import Macro
from goldspike.hdl.rram.word_line_controller import WordLineController
from goldspike.model.rram.macro import MacroParams, weight_cells

WRONG_ANSWERS = [
    (
        "5x4",
        "self.in_ready.eq(~full)",
        "self.in_ready.eq(1)",
        r"product \d+ is wrongly the last, or not|products: word \d+ is .*",
    ),
    (
        "5x4",
        "self.write_ready.eq(~computes)",
        "self.write_ready.eq(1)",
        r"products: 0x\w+ comes out, but all that went in is out",
    ),
    (
        "5x4",
        "start.eq(full & ~computes & ~self.out_valid)",
        "start.eq(full & ~computes)",
        r"product \d+ is wrongly the last, or not|products: word \d+ is .*",
    ),
    (
        "5x4",
        "with m.If(self.out_valid & self.out_ready):",
        "with m.If(self.out_valid):",
        r"product \d+ is wrongly the last, or not|products: word \d+ is 0x\w+, not 0x\w+: .*",
    ),
]

FAULTS = [
    (
        "5x4",
        "slot = Signal(3)",
        "late = Signal(10)\n"
        "    m.d.sync += late.eq(Mux(self.out_valid & ~self.out_ready, late + 1, 0))\n"
        "    with m.If(late == 1023):\n"
        "        m.d.sync += self.out_valid.eq(0)\n"
        "    slot = Signal(3)",
    ),
]


def test_macro_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 1000


@bug_in(Macro)
def loses_a_word(m, dut, inside):
    """Bug: a word is said to be taken while the buffer is full."""
    m.d.comb += dut.in_ready.eq(1)


@bug_in(Macro)
def waits_for_nobody(m, dut, inside):
    """Bug: the last product is dropped if it is not taken at once."""
    with m.If(dut.out_last):
        m.d.sync += dut.out_valid.eq(0)


@bug_in(Macro)
def columns_in_reverse(m, dut, inside):
    """Bug: codes are taken for those of the opposite column."""
    m.d.sync += inside("select").eq(dut.params.share - 1 - inside("controller.column"))


@bug_in(Macro)
def writes_while_computing(m, dut, inside):
    """Bug: a row is never refused."""
    m.d.comb += dut.write_ready.eq(1)


@bug_in(Macro)
def last_words_precision(m, dut, inside):
    """Bug: the precision is that of a vector's last word."""
    with m.If(dut.in_valid & dut.in_ready):
        m.d.sync += inside("next_precision").eq(dut.precision)


@bug_in(Macro, WordLineController.without_group)
def groups_of_one_more(self, m, rows):
    """Bug: a group has one row more than an ADC can tell apart."""
    fewer = WordLineController.without_group(self, m, rows)
    return fewer & (fewer - 1)[: self.params.rows]


BUGS = {
    loses_a_word: "products.record",
    waits_for_nobody: "products.record",
    columns_in_reverse: r"products.totals\[\d\]",
    writes_while_computing: r"products.totals\[\d\]",
    last_words_precision: r"(controller|products)\.record",
    groups_of_one_more: r"controller.word_lines\[\d\]",
}


@pytest.mark.parametrize("rtl", BUGS)
def test_a_wrong_macro_is_caught(rtl, caught):
    caught(rtl, "5x4", BUGS[rtl], steps=3000)


PARAMS = MacroParams(rows=20, adcs=2, lanes=20)


@pytest.fixture(scope="module")
def simulator():
    with BatchSimulator(Macro(PARAMS)) as found:
        found.watched = True
        yield found


def multiplied(simulator, weights, inputs, precision, signed):
    """Return what the circuit makes of inputs, uint8 (vectors, rows), and weights."""
    quiet = BENCH("drawn", PARAMS).quiet(1 + PARAMS.rows + len(inputs) * drain(PARAMS))
    write, comes = slice(1, 1 + PARAMS.rows), slice(1 + PARAMS.rows, None, drain(PARAMS))
    quiet["write"][write], quiet["write_row"][write] = 1, np.arange(PARAMS.rows)
    quiet["write_data"][write] = weight_cells(weights, PARAMS.precisions[precision])
    quiet["in_valid"][comes], quiet["signed_inputs"][comes] = 1, signed
    quiet["precision"][comes] = precision
    quiet["in_data"][comes] = np.unpackbits(inputs, axis=1, bitorder="little")
    rows = rows_from_levels(BENCH("drawn", PARAMS), quiet)
    simulator.reset()
    simulator.run(rows, int(rows["tick"][-1]))
    pins, ticks = simulator.pins, np.arange(int(rows["tick"][-1]))
    valid, raw = (at((pins["tick"], pins[name]), ticks) for name in ("out_valid", "out_data"))
    numbers = raw[valid == 1].astype(np.int64)
    half = 1 << PARAMS.product_bits - 1
    return ((numbers + half) % (2 * half) - half).reshape(len(inputs), -1)


@pytest.mark.parametrize("precision", range(4))
@settings(max_examples=25, deadline=None)
@given(data=st.data(), inputs=arrays(np.uint8, (3, 20)), signed=st.booleans())
def test_products_are_exact(simulator, precision, data, inputs, signed):
    bits = PARAMS.precisions[precision]
    span = (0, 1) if bits == 1 else (-(1 << bits - 1), (1 << bits - 1) - 1)
    weights = data.draw(arrays(np.int64, (20, 16 // bits), elements=st.integers(*span)))
    got = multiplied(simulator, weights, inputs, precision, signed)
    numbers = inputs.view(np.int8) if signed else inputs
    assert np.array_equal(got, numbers.astype(np.int64) @ weights)


@pytest.mark.slow
def test_a_hundred_thousand_vectors_are_neither_lost_nor_repeated():
    vectors = 0
    for seed in range(5):
        found = run_bench(BENCH, "5x4", seed=seed, steps=400_000, driver="arrays")
        vectors += sum(hits for name, hits in found.coverage.items() if name[:7] == "weights")
    assert vectors >= 100_000
