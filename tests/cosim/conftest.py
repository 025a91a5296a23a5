"""Which configurations cocotb drives: one of each circuit, the others with ``-m slow``.

Arrays drive every configuration (test_batch.py), through the same simulator and the same judge; a
run under cocotb costs a second more for starting another Python.
"""

import pytest


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give `cocotb_config` the names of the configurations of the module's bench."""
    if "cocotb_config" in metafunc.fixturenames:
        bench = getattr(metafunc.module, "BENCH")  # noqa: B009
        late = bench.checks.slow
        names = sorted(bench.configs, key=lambda name: (name in late, name != bench.published))
        slow = [pytest.param(name, marks=pytest.mark.slow) for name in names[1:]]
        metafunc.parametrize("cocotb_config", [names[0], *slow])
