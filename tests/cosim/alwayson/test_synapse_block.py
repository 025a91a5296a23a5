import pytest

from goldspike.cosim.alwayson.synapse_block import BENCH
from goldspike.cosim.lockstep.runner import run_bench


@pytest.mark.parametrize("config", ["3x5", "5x3-slow-power"])
def test_in_lockstep(config):
    run_bench(BENCH, config, steps=200)  # cocotb; test_batch.py drives all from arrays
