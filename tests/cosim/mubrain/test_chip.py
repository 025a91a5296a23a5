"""The whole chip in lockstep: every neuron's potential after every grant, and a bug."""

import pytest

from cosim.mubrain.chip import BENCH
from cosim.runner import run_bench
from cosim.scoreboard import LockstepError
from hdl.mubrain.chip import Chip


@pytest.mark.parametrize("config", BENCH.configs)
def test_lockstep(config: str) -> None:
    assert run_bench(BENCH, config).compared > 1000


def test_lost_remainder_is_caught_on_a_real_digit(forgetful_chip: type[Chip]) -> None:
    message = r"tick \d+, field layer1\.potential\[\d+\]: expected \d+, got 0, seed 1"
    with pytest.raises(LockstepError, match=message):
        run_bench(BENCH, "mnist", steps=1, rtl=forgetful_chip)
