"""Faults as a designer makes them, each seen by its circuit's own bench.

Each stands for a kind: a control that reaches nobody, a handshake that promises too much, a pin
that is dead, late, or of another moment, lines in another order, a reset at a bad moment, a counter
or a number that is too short, an input that is overheard because of another one.
"""

import pytest

from goldspike.cosim.bench.circuits import load_bench
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.model.errors import LockstepError
from goldspike.signoff.edited import edited

OFTEN = {"mubrain/aer_output", "imc/core", "imc/dataflow_controller", "alwayson/neuron_block",
         "mubrain/multi_phase_oscillator", "timing/power_gate", "mubrain/cell/arbiter",
         "mubrain/weight_memory", "imc/digital_processor"}  # fmt: skip
"""One per kind, on every run; the others on slow ones."""

FAULTS = [
    # controls
    ("mubrain/aer_output", "7-fast", "arbiter.clear.eq(self.clear)", "arbiter.clear.eq(0)"),
    ("mubrain/layer", "registers-7x3-linear", "neuron.clear.eq(self.clear)", "neuron.clear.eq(0)"),
    ("mubrain/chip", "5-4-3", "output.clear.eq(self.clear)", "output.clear.eq(0)"),
    ("mubrain/chip", "5-4-3", "readout.clear.eq(self.clear)", "readout.clear.eq(self.load[0])"),
    ("mubrain/layer", "registers-7x3", "arbiter.clear.eq(self.clear)",
     "arbiter.clear.eq(self.fired)"),
    ("mubrain/cell/arbiter", "round_robin-7", "self.rst | self.clear", "self.rst"),
    ("mubrain/cell/layer", "7x3", "arbiter.clear.eq(self.clear)", "arbiter.clear.eq(0)"),
    # handshakes
    ("imc/core", "figure-8", "self.in_ready.eq(controller.in_ready)",
     "self.in_ready.eq(controller.receiving)"),
    ("imc/output_memory", "3x5", "self.valid.eq(offered != 0)", "self.valid.eq(held != 0)"),
    # pins
    ("mubrain/chip", "5-4-3", "self.invalid.eq(aer_input.invalid)", "self.invalid.eq(0)"),
    ("imc/dataflow_controller", "3x3", "self.complete.eq(self.next_image)",
     "self.complete.eq(self.next_column)"),
    ("alwayson/neuron_block", "hidden-7", "Cat(neuron.request for neuron in neurons)",
     "Cat(neuron.request for neuron in neurons[::-1])"),
    ("mubrain/leak", "smallest", "runs | self.strobe | ", "runs | "),
    ("imc/chain", "stalling", "self.late.eq(Cat(core.late for core in cores).any())",
     "self.late.eq(cores[0].late & cores[-1].complete)"),
    ("imc/fully_connected", "5-3", "| (taken != 0)", ""),
    ("alwayson/neuron", "hidden-slow-power", "self.retain.eq(power.retain)",
     "self.retain.eq(power.isolate)"),
    # resets
    ("mubrain/weight_memory", "memory-65x5", "Signal(range(max(2, self.params.neurons)))",
     "Signal(range(max(2, self.params.neurons)), reset_less=True)"),
    ("mubrain/weight_memory", "memory-65x5",
     "Signal(range(max(2, self.params.sources)), init=last)",
     "Signal(range(max(2, self.params.sources)), init=last, reset_less=True)"),
    ("mubrain/weight_memory", "registers-7x3", "reset_less=True", "reset_less=False"),
    ("mubrain/aer_input", "7", "sampled = Signal()", "sampled = Signal(reset_less=True)"),
    ("mubrain/readout", "3-narrow", "sampled = Signal()", "sampled = Signal(reset_less=True)"),
    ("imc/dataflow_controller", "56x8",
     "self.next_read = Signal(range(layer.height + memory.skipped_rows + 1))",
     "self.next_read = Signal(range(layer.height + memory.skipped_rows + 1), reset_less=True)"),
    ("mubrain/leak", "odd", "elapsed = Signal(self.params.period_bits)",
     "elapsed = Signal(self.params.period_bits, reset_less=True)"),
    # counters
    ("mubrain/multi_phase_oscillator", "longest", "count.eq(count + 1)",
     "count.eq((count + 1) & 63)"),
    ("timing/power_gate", "longest", "count.eq(after)", "count.eq(after & 63)"),
    ("timing/oscillator", "longest", "count.eq(count + 1)", "count.eq((count + 1) & 63)"),
    ("timing/oscillator", "most-rounds", "rounds.eq(rounds + 1)", "rounds.eq((rounds + 1) & 63)"),
    # numbers at their ends
    ("imc/digital_processor", "signed", "scale[MULTIPLIER_BITS:].as_signed()",
     "scale[MULTIPLIER_BITS : MULTIPLIER_BITS + 25].as_signed()"),
    ("imc/digital_processor", "56", "scale[:MULTIPLIER_BITS].as_signed()",
     "Mux(scale[:MULTIPLIER_BITS] == 1 << 15, 1 - (1 << 15), scale[:MULTIPLIER_BITS].as_signed())"),
    ("imc/digital_processor", "signed", "BIAS_BITS, GAIN_BITS + 8) + 2",
     "BIAS_BITS, GAIN_BITS + 8)"),
    ("imc/fully_connected", "5-3", "score = Signal(signed(bits))", "score = Signal(signed(32))"),
    # two inputs at once, and inputs that count for nothing
    ("imc/digital_processor", "signed", "write.en.eq(self.program_scale)",
     "write.en.eq(self.program_scale & ~self.start)"),
    ("imc/fully_connected", "5-3", "write.en.eq(self.program_bias)",
     "write.en.eq(self.program_bias & ~self.program_weight)"),
    ("imc/input_memory", "figure-8", "with m.If(self.next_column):",
     "with m.If(self.next_column & ~self.store):"),
    ("imc/input_memory", "figure-8", "zero.eq(self.fetch & self.pad)", "zero.eq(self.pad)"),
    ("mubrain/chip", "5-4-3", "layer.load.eq(self.load[k])",
     "layer.load.eq(self.load[k] & ~self.in_strobe)"),
    ("alwayson/neuron_block", "hidden-7", "chain.scan.eq(self.scan)",
     "chain.scan.eq(self.scan | self.scan_in)"),
    ("imc/array", "stalling", "step.eq(self.run & (cycle == 0))",
     "step.eq((self.run | self.in_valid) & (cycle == 0))"),
    ("mubrain/layer", "registers-7x3", "memory.load.eq(self.load)",
     "memory.load.eq(self.load & ~self.spikes.any())"),
    # in `cell`
    ("mubrain/cell/neuron", "published", "self.rst | self.clear", "self.clear"),
    ("alwayson/cell/request_synchroniser", "3", "self.clear | self.rst", "self.clear"),
    ("mubrain/cell/arbiter", "round_robin-7", "self.busy.eq(oscillator.busy)",
     "self.busy.eq(oscillator.busy & ~oscillator.access_phase)"),
]  # fmt: skip


CASES = [pytest.param(*f, marks=[] if f[0] in OFTEN else pytest.mark.slow) for f in FAULTS]


@pytest.mark.parametrize(("circuit", "config", "old", "new"), CASES)
def test_a_fault_is_seen(circuit: str, config: str, old: str, new: str) -> None:
    bench = load_bench(circuit)
    with pytest.raises(LockstepError, match=r", (tick|picosecond) \d+, field "):
        run_bench(bench, config, rtl=edited(bench.rtl, old, new), driver="arrays")


def test_a_fault_that_is_none_is_told() -> None:
    circuit = load_bench("timing/power_gate").rtl
    with pytest.raises(ValueError, match="PowerGate must have 'nothing like it' exactly once"):
        edited(circuit, "nothing like it", "")
