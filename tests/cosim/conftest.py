"""Which configurations cocotb drives, and what it means that a bench catches a bug.

cocotb drives one configuration of each circuit, the others with ``-m slow``. Arrays drive every
configuration (test_batch.py), through the same simulator and the same judge; a run under cocotb
costs a second more for starting another Python.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest

from goldspike.cosim.bench.scoreboard import LockstepError
from goldspike.cosim.lockstep.runner import run_bench


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give `cocotb_config` the names of the configurations of the module's bench."""
    if "cocotb_config" in metafunc.fixturenames:
        bench = getattr(metafunc.module, "BENCH")  # noqa: B009
        late = bench.checks.slow
        names = sorted(bench.configs, key=lambda name: (name in late, name != bench.published))
        slow = [pytest.param(name, marks=pytest.mark.slow) for name in names[1:]]
        metafunc.parametrize("cocotb_config", [names[0], *slow])


@pytest.fixture
def caught(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Return a function that makes sure that the module's bench catches a wrong circuit.

    It takes the circuit, a configuration, how the name of the field begins in which the two differ
    (a regular expression; empty: any field or pin), and further arguments of `run_bench`. What a
    mismatch says is held as a whole: where it is, what both sides have there, and how to see it
    again.
    """
    bench = request.module.BENCH

    def run(rtl: Any, config: str, field: str, **options: Any) -> None:
        name, begins = re.escape(config), field or "(pin )?"
        where = rf"^{bench.circuit} \({name}\), {bench.unit} \d+, field ({begins})\S*"
        again = rf"goldspike verify {bench.circuit} --config {name} --seed \d+ --steps \d+"
        both = r"expected \S.*, got \S.*"
        message = rf"{where}: {both}, seed \d+; reproduce with: {again}"
        with pytest.raises(LockstepError, match=message):
            run_bench(bench, config, **{"rtl": rtl, "driver": "arrays", **options})

    return run
