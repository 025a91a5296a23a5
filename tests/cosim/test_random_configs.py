"""Random configurations of µBrain's and timing's circuits equal their models.

A failure prints the smallest configuration that shows it, as a command.
"""

import re
from typing import ClassVar

import pytest

from cosim.circuits import choose_config, circuits, load_bench
from cosim.cli import main
from cosim.mubrain.arbiter import BENCH as ARBITER
from cosim.parameters import changed, named
from cosim.random_configs import explore
from cosim.scoreboard import LockstepError
from cosim.timing.edge_detector import BENCH as EDGE_DETECTOR
from hdl.timing.edge_detector import EdgeDetector
from model.errors import InputError
from model.mubrain.arbiter import ArbiterParams, Policy
from model.mubrain.chip import ChipParams
from model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams
from model.timing.oscillator import OscillatorParams

VARIED = [circuit for circuit in circuits() if load_bench(circuit).varied]


def test_every_circuit_of_mubrain_and_timing_is_varied() -> None:
    assert set(VARIED) >= {
        circuit for circuit in circuits("tick") if circuit.startswith(("mubrain/", "timing/"))
    }


@pytest.mark.parametrize("circuit", VARIED)
def test_a_few_random_configurations_equal_their_model(circuit: str) -> None:
    assert explore(load_bench(circuit), 2, seed=1) > 0


@pytest.mark.slow
@pytest.mark.parametrize("circuit", VARIED)
def test_many_random_configurations_equal_their_model(circuit: str) -> None:
    assert explore(load_bench(circuit), 20, seed=2) > 0


class MissesLineFive(EdgeDetector):
    def next_pending(self, edge):
        return super().next_pending(edge) & ~(1 << 5)


class FewWidths(EDGE_DETECTOR):
    varied: ClassVar = {"inputs": (1, 3, 5, 6, 9)}
    steps = 500


def test_a_bug_of_wide_circuits_is_found_and_made_small() -> None:
    with pytest.raises(LockstepError) as caught:
        explore(FewWidths, 12, seed=1, rtl=MissesLineFive)
    again = re.search(r"reproduce with: goldspike (verify .*)$", str(caught.value))
    assert again
    assert "--config inputs=6 " in str(caught.value), "the narrowest that has the line"
    assert main(again[1].split()) == 0, "the command runs the circuit without the bug"


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


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("width=5", "known are low, high, divide, configurable"),
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
