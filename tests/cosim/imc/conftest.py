import pytest

from cosim.runner import run_bench


@pytest.fixture
def run():
    """Return what runs a bench: its published configuration by cocotb, others from arrays."""

    def run_config(bench, config):
        engine = "cocotb" if config == bench.published else "batch"
        return run_bench(bench, config, engine=engine)

    return run_config
