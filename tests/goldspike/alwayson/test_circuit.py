"""Frames on the compiled chip, array by array, against the golden model."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from goldspike.alwayson import circuit
from goldspike.alwayson.circuit import CircuitEngine
from goldspike.alwayson.engine import Events, total
from goldspike.hdl.alwayson.chip import Chip
from goldspike.hdl.bugs import bug_in
from goldspike.model.alwayson.chip import ChipModel, ChipParams
from goldspike.model.alwayson.synapse_arbiter import Policy
from goldspike.model.errors import LockstepError

CASES = {
    "default": (ChipParams(layers=(5, 3, 5, 3), thresholds=(1, 3, 3)), (5, 3, 5, 3)),
    "a smaller network": (
        ChipParams(
            layers=(9, 8, 4), thresholds=(1, 1), policy=Policy.ROUND_ROBIN, neuron_clock=3,
            synapse_clock=7,
        ),
        (4, 7, 2),
    ),
}  # fmt: skip


def frames(params, sizes, seed=1, count=3, ticks=3000, each=120) -> tuple[Any, ...]:
    """Return a network, thresholds, and random frames, the last one empty, some spikes too late."""
    rng = np.random.default_rng(seed)
    weights = [np.where(rng.random(shape) < 0.7, 1, -1) for shape in pairwise(sizes)]
    places = [2 * np.sort(rng.choice(ticks // 2, each, replace=False)) + 1 for _ in range(count)]
    bounds = np.array([*(np.arange(count + 1) * each), count * each])
    total = count * each
    tick, address = np.concatenate(places), rng.integers(0, sizes[0], total)
    thresholds = (1, 1, 2)[: len(params.thresholds)]
    return weights, thresholds, tick, address, bounds, ticks - 300, rng.integers(0, 2, total)


def run_circuit(params, weights, thresholds, tick, address, bounds, frame, line, *, compared):
    """Run all frames on the compiled chip."""
    model, events = ChipModel(params, weights, thresholds), Events(tick, address, bounds)
    engine = CircuitEngine(model, lambda *_: events, frame, compared=compared)
    try:
        parts = [slice(*ends) for ends in pairwise(bounds)]
        return total([engine.run_frame(tick[own], address[own], line[own]) for own in parts])
    finally:
        engine.close()


@pytest.mark.parametrize("case", CASES)
def test_the_circuit_does_what_its_model_does(case):
    params, sizes = CASES[case]
    weights, thresholds, *events = frames(params, sizes)
    expected = ChipModel(params, weights, thresholds).run(*events)
    run = run_circuit(params, weights, thresholds, *events, compared=True)
    assert run.potentials.tolist() == expected.potentials.tolist()
    assert run.ticks.tolist() == expected.ticks.tolist()
    assert run.counts.tolist() == expected.counts.tolist()
    names = ChipModel(params, weights).counted
    assert expected.counts[:, 1, names.index("dropped")].any()
    assert expected.counts[:, 0, names.index("dropped")].any()
    assert run.potentials.any()


def test_engines_agree_and_a_bug_is_caught(monkeypatch):
    params, sizes = CASES["default"]
    weights, thresholds, *events = frames(params, sizes)
    rtl = run_circuit(params, weights, thresholds, *events, compared=False)
    assert rtl.counts.any()

    @bug_in(Chip)
    def thaws(m, chip, inside):
        """Bug: a chip's output core is never frozen."""
        m.d.comb += inside("takes").eq(-1)

    @bug_in(Chip)
    def forgets_a_loss(m, chip, inside):
        """Bug: a chip does not report what its input core loses."""
        m.d.comb += chip.lost[0].eq(0)

    for bug, where in (
        (thaws, r"field output_"),
        (forgets_a_loss, r"field pin lost"),
    ):
        monkeypatch.setattr(circuit, "Chip", bug)
        with pytest.raises(LockstepError, match=rf"^alwayson/chip, frame 1, tick \d+, {where}"):
            run_circuit(params, weights, thresholds, *events, compared=True)
