"""The chip in lockstep, and what can be wrong in how its parts are joined."""

import pytest
from amaranth.hdl import Signal

from goldspike.cosim.alwayson.chip import BENCH
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.alwayson.chip import Chip
from goldspike.hdl.bugs import bug_in

NUMBERED = True

GATED = ["3-5-3"]

APART = {("clear", "start"), ("start", "load"), ("start", "scan")}

FAULTS = [
    (
        "3-5-3",
        "*(part.clear.eq(self.clear) for part in blocks)",
        "*(part.clear.eq(self.clear & ~self.freeze) for part in blocks)",
    ),
    (
        "3-5-3",
        "*(part.clear.eq(self.clear) for part in blocks)",
        "*(part.clear.eq(self.clear & ~self.scan) for part in blocks)",
    ),
    (
        "3-5-3",
        "*(part.clear.eq(self.clear) for part in blocks)",
        "*(part.clear.eq(self.clear & ~self.load) for part in blocks)",
    ),
    (
        "3-5-3",
        "core.load.eq(self.load & (self.scan_block == 2 * k + 1))",
        "core.load.eq(self.load & ~self.clear & (self.scan_block == 2 * k + 1))",
    ),
    (
        "3-5-3",
        "core.load.eq(self.load & (self.scan_block == 2 * k + 1))",
        "core.load.eq(self.load & ~self.freeze & (self.scan_block == 2 * k + 1))",
    ),
    (
        "3-5-3",
        "core.load.eq(self.load & (self.scan_block == 2 * k + 1))",
        "core.load.eq(self.load & ~self.scan & (self.scan_block == 2 * k + 1))",
    ),
    (
        "3-5-3",
        "core.load.eq(self.load & (self.scan_block == 2 * k + 1))",
        "core.load.eq(self.load & ~self.strobe & (self.scan_block == 2 * k + 1))",
    ),
    (
        "3-5-3",
        "shift.eq(self.scan), self.scan_out",
        "shift.eq(self.scan & ~self.clear), self.scan_out",
    ),
    (
        "3-5-3",
        "shift.eq(self.scan), self.scan_out",
        "shift.eq(self.scan & ~self.freeze), self.scan_out",
    ),
    (
        "3-5-3",
        "shift.eq(self.scan), self.scan_out",
        "shift.eq(self.scan & ~self.load), self.scan_out",
    ),
    (
        "3-5-3",
        "shift.eq(self.scan), self.scan_out",
        "shift.eq(self.scan & ~self.strobe), self.scan_out",
    ),
    ("3-5-3", "aer_input.strobe.eq(self.strobe)", "aer_input.strobe.eq(self.strobe & ~self.clear)"),
    ("3-5-3", "aer_input.strobe.eq(self.strobe)", "aer_input.strobe.eq(self.strobe & ~self.load)"),
    ("3-5-3", "aer_input.strobe.eq(self.strobe)", "aer_input.strobe.eq(self.strobe & ~self.scan)"),
    ("3-5-3", "aer_output.start.eq(self.start)", "aer_output.start.eq(self.start & self.freeze)"),
    (
        "3-5-3",
        "aer_output.start.eq(self.start)",
        "aer_output.start.eq(self.start & ~(blocks[0].power & blocks[0].isolate)[-1])",
    ),
    (
        "3-5-3",
        "self.invalid.eq(aer_input.invalid)",
        "self.invalid.eq(aer_input.invalid & ~self.scan_in)",
    ),
    (
        "3-5-3",
        "takes.eq((~self.freeze).replicate(len(takes)))",
        "takes.eq((~self.freeze & ~self.scan_in).replicate(len(takes)))",
    ),
]

RATIOS = [name for name in BENCH.configs if ":" in name]


@pytest.mark.parametrize("config", ["3-5-3", pytest.param("7-5-6-3", marks=pytest.mark.slow)])
def test_in_lockstep(config):
    assert run_bench(BENCH, config).compared > 3000  # cocotb; test_batch.py drives all from arrays


@pytest.mark.slow
@pytest.mark.parametrize("config", [*RATIOS, "5-3-5-3", "7-5-6-3", "9-8-8-5", "slow-power"])
def test_forty_frames_in_lockstep(config):
    assert run_bench(BENCH, config, driver="arrays", steps=40).compared > 15_000


@bug_in(Chip)
def frozen_too_late(m, chip, inside):
    """Bug: a chip's output core is frozen a tick too late."""
    late = Signal()
    m.d.sync += late.eq(chip.freeze)
    m.d.comb += inside("takes").eq((~late).replicate(len(chip.output.plus)))


@bug_in(Chip)
def skips_a_core(m, chip, inside):
    """Bug: a chip's output core listens to the core before the last one."""
    m.d.comb += chip.output.plus.eq(chip.cores[0].plus_out & inside("takes"))


@bug_in(Chip)
def exchanged_signs(m, chip, inside):
    """Bug: Spk+1 and Spk-1 of a chip's output core are exchanged."""
    m.d.comb += [
        chip.output.plus.eq(chip.cores[-1].minus_out & inside("takes")),
        chip.output.minus.eq(chip.cores[-1].plus_out & inside("takes")),
    ]


@bug_in(Chip)
def hidden_not_cleared(m, chip, inside):
    """Bug: a clear does not reach a chip's hidden core."""
    m.d.comb += chip.cores[1].clear.eq(0)


@bug_in(Chip)
def input_not_cleared(m, chip, inside):
    """Bug: a clear does not reach a chip's input core."""
    m.d.comb += chip.cores[0].clear.eq(0)


@bug_in(Chip)
def wrong_chain(m, chip, inside):
    """Bug: a chip shifts the chain before the chosen one."""
    m.d.comb += chip.cores[0].scan_synapses.eq(chip.scan & (chip.scan_block == 2))


@bug_in(Chip)
def loads_the_neighbour(m, chip, inside):
    """Bug: a row for a chip's core is written into the next one, too."""
    m.d.comb += chip.cores[1].load.eq(chip.load & chip.scan_block[0])


@bug_in(Chip)
def wrong_end(m, chip, inside):
    """Bug: a chip shows the end of its first chain, whichever is chosen."""
    m.d.comb += chip.scan_out.eq(chip.cores[0].scan_out_neurons)


@bug_in(Chip)
def loss_unseen(m, chip, inside):
    """Bug: a chip does not report what its input core loses."""
    m.d.comb += chip.lost[0].eq(0)


@bug_in(Chip)
def rests_too_soon(m, chip, inside):
    """Bug: a chip is not busy while only its output core is."""
    parts = (chip.aer_input, *chip.cores, chip.aer_output)
    m.d.comb += chip.busy.eq(sum(part.busy for part in parts) != 0)


@bug_in(Chip)
def invalid_unseen(m, chip, inside):
    """Bug: a chip does not report an address that names no neuron."""
    m.d.comb += chip.invalid.eq(0)


@bug_in(Chip)
def cleared_by_start(m, chip, inside):
    """Bug: a readout resets a chip's output potentials."""
    m.d.comb += chip.output.clear.eq(chip.clear | chip.start)


BUGS = {
    frozen_too_late: "(output_|record)",
    hidden_not_cleared: "(core_1_|record)",
    skips_a_core: "(output_|record)",
    exchanged_signs: "(output_|record)",
    input_not_cleared: "(core_0_synapse_ack|record)",
    wrong_chain: "",
    loads_the_neighbour: "core_1_synapse_weights",
    wrong_end: "pin scan_out",
    loss_unseen: "pin lost",
    rests_too_soon: "(pin busy|output_|record)",
    invalid_unseen: "pin invalid",
    cleared_by_start: "(output_|record)",
}
QUICK = (frozen_too_late,)


@pytest.mark.parametrize(
    "rtl",
    [rtl if rtl in QUICK else pytest.param(rtl, marks=pytest.mark.slow) for rtl in BUGS],
)
def test_a_wrong_chip_is_caught(rtl, caught):
    caught(rtl, "3-5-3", BUGS[rtl])
