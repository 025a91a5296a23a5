"""Random configurations of all circuits equal their models.

A failure prints the smallest configuration that shows it, as a command.
"""

import re
from dataclasses import replace
from typing import ClassVar

import pytest
from amaranth.hdl import Const

from goldspike.cli import main
from goldspike.cosim.alwayson.wakeup import BENCH as WAKEUP
from goldspike.cosim.bench.circuits import choose_config, circuits, load_bench
from goldspike.cosim.bench.parameters import changed, named
from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.imc.chain import BENCH as CHAIN
from goldspike.cosim.imc.crossbar import BENCH as CROSSBAR
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.arbiter import BENCH as ARBITER
from goldspike.cosim.timing.cell.delay_cell import BENCH as DELAY_CELL
from goldspike.cosim.timing.edge_detector import BENCH as EDGE_DETECTOR
from goldspike.hdl.alwayson.wakeup import Wakeup
from goldspike.hdl.imc.crossbar import Crossbar
from goldspike.hdl.timing.cell.delay_cell import DelayCell
from goldspike.hdl.timing.edge_detector import EdgeDetector
from goldspike.model.errors import InputError
from goldspike.model.imc.shared.layer import LayerParams
from goldspike.model.mubrain.arbiter import ArbiterParams, Policy
from goldspike.model.mubrain.chip import ChipParams
from goldspike.model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams
from goldspike.model.mubrain.shared.connectivity import Connectivity
from goldspike.model.timing.oscillator import OscillatorParams
from goldspike.signoff.random_configs import explore, one_of

DRAWN = {circuit: load_bench(circuit).checks.random for circuit in circuits("tick")}
FEW = [circuit for circuit, count in DRAWN.items() if count > 1]
ONE = [circuit for circuit, count in DRAWN.items() if count == 1]


@pytest.mark.parametrize("circuit", circuits())
def test_every_circuit_is_varied(circuit: str) -> None:
    bench = load_bench(circuit)
    name = one_of(bench, 1)
    assert choose_config(bench, name) == name
    assert len({one_of(bench, seed) for seed in range(9)}) > 1


@pytest.mark.parametrize("circuit", FEW)
def test_a_few_random_configurations_equal_their_model(circuit: str) -> None:
    assert explore(load_bench(circuit), DRAWN[circuit], seed=1) > 0


@pytest.mark.parametrize("circuit", ONE)
def test_a_random_configuration_equals_its_model(circuit: str) -> None:
    bench = load_bench(circuit)
    length = max(bench.least_steps, bench.steps // 4)
    assert run_bench(bench, one_of(bench, 1), steps=length, driver="arrays").compared > 0


@pytest.mark.slow
@pytest.mark.parametrize("circuit", circuits())
def test_many_random_configurations_equal_their_model(circuit: str) -> None:
    assert explore(load_bench(circuit), 20, seed=2) > 0


class MissesLineFive(EdgeDetector):
    def next_pending(self, edge):
        return super().next_pending(edge) & ~(1 << 5)


class FewWidths(EDGE_DETECTOR):
    varied: ClassVar = {"inputs": (1, 3, 5, 6, 9)}
    steps = 500


class WakesLateIfWide(Wakeup):
    def waits(self):
        late = (self.pending & ~self.taken).any()
        return super().waits() if self.params.lines < 6 else late


class FewLines(WAKEUP):
    varied: ClassVar = {"lines": (1, 3, 5, 6, 9)}
    steps = 500


class MissesTheSecondColumn(Crossbar):
    def dot(self, activations, weights, column):
        return super().dot(activations, weights, column) if column != 1 else Const(0)


class FewLayers(CROSSBAR):
    steps = 10

    @classmethod
    def vary(cls, choose):
        simplest = super().vary(lambda choices: choices[0])
        return {
            **simplest,
            "memory.layer.outputs": choose((1, 2, 3)),
            "memory.depth": choose((1, 9)),
        }


class LosesTheFourthLine(DelayCell):
    def entering(self, m):
        return self.level & ~(1 << 3)


class FewDelays(DELAY_CELL):
    varied: ClassVar = {"width": (1, 3, 4, 6), "delay": (1, 99)}
    steps = 500


def slow(*values):
    return pytest.param(*values, marks=pytest.mark.slow)


@pytest.mark.parametrize(
    ("bench", "rtl", "smallest"),
    [
        (FewWidths, MissesLineFive, r"inputs=6"),
        slow(FewLines, WakesLateIfWide, r"lines=6"),
        slow(FewLayers, MissesTheSecondColumn, r"\S*layer\.outputs=2,\S*depth=1,\S*"),
        slow(FewDelays, LosesTheFourthLine, r"width=4,delay=1"),
    ],
)
def test_a_bug_of_some_configurations_is_found_and_made_small(bench, rtl, smallest) -> None:
    with pytest.raises(LockstepError) as caught:
        explore(bench, 12, seed=1, rtl=rtl)
    again = re.search(r"reproduce with: goldspike (verify .*)$", str(caught.value))
    assert again
    assert re.search(f"--config {smallest} ", again[1])
    assert main(again[1].split()) == 0, "the command runs the circuit without the bug"


class CannotBeBuilt(EdgeDetector):
    def elaborate(self, platform):
        if self.params.inputs > 3:
            raise RuntimeError("too wide")
        return super().elaborate(platform)


@pytest.mark.slow
def test_what_cannot_be_built_is_found_and_made_small() -> None:
    with pytest.raises(LockstepError, match=r"RuntimeError: too wide; .*--config inputs=5 "):
        explore(FewWidths, 6, seed=1, rtl=CannotBeBuilt)


def test_a_configuration_is_the_published_one_with_changes() -> None:
    delays = {"oscillator.load": 1, "oscillator.recover": 7}
    name = named({"inputs": 5, "policy": Policy.LINEAR, **delays})
    assert name == "inputs=5,policy=linear,oscillator.load=1,oscillator.recover=7"
    assert choose_config(ARBITER, name) == name
    assert ARBITER(name).params == ArbiterParams(
        inputs=5,
        policy=Policy.LINEAR,
        oscillator=MultiPhaseOscillatorParams(load=1, recover=7),
    )
    assert changed(ChipParams(), "sizes=5:4:3,scale=True:False") == ChipParams(
        sizes=(5, 4, 3), scale=(True, False)
    )


def test_layers_and_residuals_are_written_part_by_part() -> None:
    layer = LayerParams(height=2, width=4, channels=3, outputs=3)
    wanted = {"layers": (layer, layer), "shifts": (3, 4), "replicas": (1, 2)}
    name = named({**wanted, "residuals": ((0, 1, 64),)})
    one = "2x4x3x3x3x1x1"
    assert name == f"layers={one}:{one},shifts=3:4,replicas=1:2,residuals=0x1x64"
    published = CHAIN.configs[CHAIN.published]
    assert CHAIN(name).params == replace(published, **wanted, residuals=((0, 1, 64),))
    assert CHAIN(named({**wanted, "residuals": ()})).params.residuals == ()


def test_values_that_the_published_chip_has_none_of() -> None:
    chip = load_bench("mubrain/chip")
    name = "sizes=6:6:3:2,lateral=6x14x1:None:None,bias=False:True:1"
    params = chip(name).params
    assert params.lateral == (Connectivity(neurons=6, synapses=14, seed=1), None, None)
    assert params.bias == (False, True, True)
    kept = {key: getattr(params, key) for key in ("sizes", "lateral", "bias")}
    assert chip(named(kept)).params == params


@pytest.mark.parametrize("circuit", circuits())
def test_a_name_that_no_parameter_has_is_told(circuit: str, capsys: pytest.CaptureFixture) -> None:
    assert main(["verify", circuit, "--config", "colour=3"]) == 2
    told = capsys.readouterr().err
    assert "unknown parameter 'colour' in 'colour=3'; choose from " in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("circuit", "config", "words"),
    [
        ("imc/core", "layer.colour=3", "unknown parameter 'colour' in 'colour=3'"),
        ("imc/core", "layer.kernel=3,layer.padding=3", "padding must be in 0..2, not 3"),
        ("imc/core", "layer=8x8", "'layer' in 'layer=8x8' must be given as"),
        ("imc/chain", "layers=4x4x1", "layers must be like '4x4x1x3x3x2x1', not '4x4x1'"),
        ("imc/chain", "layers=4x4x0x3x3x2x1", "channels must be in 1..4096, not 0"),
        ("imc/chain", "residuals=1x2", "a residual must be (source, sink, gain), not (1, 2)"),
        ("mubrain/chip", "sizes=784,128,10", "not '128'; several values are written 5:4:3."),
        ("mubrain/chip", "bias=yes", "bias must be like 'False', not 'yes'"),
        ("mubrain/cell/layer", "storage=memory", "keeps its weights in registers"),
        ("alwayson/cell/neuron", "power.wake=0", "wake must be in 1..65535, not 0"),
        ("alwayson/neuron_block", "neuron.power.wake=9", "the clock's low phase must be at least"),
    ],
)
def test_a_configuration_that_does_not_go_is_told(
    circuit: str, config: str, words: str, capsys: pytest.CaptureFixture
) -> None:
    assert main(["verify", circuit, "--config", config]) == 2
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("width=5", "choose from low, high, divide, configurable"),
        ("low=fast", "must be like '1', not 'fast'"),
        ("low=0", "low must be in 1..65535, not 0"),
        ("configurable=yes", "must be like 'False', not 'yes'"),
        ("low.part=3", "NAME=VALUE or NAME.PART=VALUE"),
    ],
)
def test_a_change_that_does_not_go_is_told(name: str, word: str) -> None:
    with pytest.raises(InputError, match=re.escape(word)):
        changed(OscillatorParams(), name)


@pytest.mark.parametrize("count", ["0", "some"])
def test_a_bad_number_of_random_configurations(count: str, capsys: pytest.CaptureFixture) -> None:
    assert main(["verify", "timing/edge_detector", "--random", count]) == 2
    assert "number of random configurations" in capsys.readouterr().err


def test_the_command_line_draws_configurations(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "timing/edge_detector", "--random", "1"]) == 0
    assert "records equal" in capsys.readouterr().out
