"""µBrain's engines with a circuit: in lockstep a wrong pin is seen though the trace is right."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Module

from goldspike.cosim.mubrain.chip import ChipBench
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.chip import Chip
from goldspike.model.errors import LockstepError
from goldspike.mubrain.circuit import LockstepEngine

CONFIG = "5-4-3"
PARAMS = ChipBench.configs[CONFIG]


def run(samples: int = 3) -> int:
    """Run random samples with an address that no line has; return the records compared."""
    bench = ChipBench(CONFIG, PARAMS)
    rng = np.random.default_rng(7)
    engine = LockstepEngine(PARAMS, bench.draw_weights(rng))
    try:
        events = [(*bench.draw_events(rng, k), ()) for k in range(samples)]
        assert any((address >= PARAMS.sizes[0]).any() for _, address, _ in events)
        results = list(engine.run_all(events))
        assert sum(result.counts["output"]["spikes"] for result in results[:-1]) > 0
        return engine.compared
    finally:
        engine.close()


@bug_in(Chip)
def dead(m: Module, chip: Chip, _signal: Callable[[str], Any]) -> None:
    """Bug: an address that no line has goes unreported, at the pin alone."""
    m.d.comb += chip.invalid.eq(0)


@bug_in(Chip)
def quiet(m: Module, chip: Chip, _signal: Callable[[str], Any]) -> None:
    """Bug: the address leaves the output with its strobe."""
    with m.If(~chip.out_strobe):
        m.d.comb += chip.out_address.eq(0)


def test_words_and_pins_are_compared_from_sample_to_sample() -> None:
    assert run() > 100


@pytest.mark.parametrize(("wrong", "pin"), [(dead, "invalid"), (quiet, "out_address")])
def test_a_wrong_pin_is_seen(wrong: Any, pin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldspike.mubrain.circuit.Chip", wrong)
    monkeypatch.setattr(LockstepEngine, "keep", lambda *_: "none")
    with pytest.raises(LockstepError, match=f"mubrain/chip, tick .*field pin {pin}"):
        run()
