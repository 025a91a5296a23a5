"""The ideal network of floats, worked out by hand and held against the chip's own law."""

import numpy as np
import pytest

from goldspike.model.timebase import ticks
from goldspike.workloads.mubrain.reference import run_chain
from goldspike.workloads.nir_graph import Chain, FloatLayer


def chain(*layers: tuple[list[list[float]], float], tau: float = np.inf) -> Chain:
    made = []
    for weight, threshold in layers:
        w = np.array(weight, float)
        level = np.full(w.shape[1], threshold)
        made.append(FloatLayer("test", w, level, np.full_like(level, tau)))
    return Chain(tuple(made))


def run(net: Chain, tick: list[int], line: list[int], reset: str) -> list[list[tuple[int, int]]]:
    found = run_chain(net, np.array(tick), np.array(line), reset)  # type: ignore[arg-type]
    return [list(zip(t.tolist(), n.tolist(), strict=True)) for t, n in found]


def test_a_neuron_fires_above_its_threshold_not_at_it() -> None:
    net = chain(([[0.5]], 1.0))
    assert run(net, [1, 2, 3, 4, 5], [0] * 5, "zero") == [[(3, 0)]]
    assert run(net, [1, 2, 3, 4, 5], [0] * 5, "subtract") == [[(3, 0), (5, 0)]]


def test_potentials_fall_below_zero() -> None:
    net = chain(([[0.9], [-2.0]], 1.0))
    assert run(net, [1, 2, 3, 4, 5, 6], [1, 0, 0, 0, 0, 0], "subtract") == [[(5, 0), (6, 0)]]


def test_events_of_one_tick_are_taken_together() -> None:
    net = chain(([[1.5], [-1.0]], 1.0))
    assert run(net, [3, 3], [0, 1], "zero") == [[]]
    assert run(net, [3, 4], [0, 1], "zero") == [[(3, 0)]]


def test_a_spike_reaches_the_next_layer_at_once() -> None:
    net = chain(([[1.1, 1.1]], 1.0), ([[0.6], [0.6]], 1.0))
    assert run(net, [7], [0], "zero") == [[(7, 0), (7, 1)], [(7, 0)]]


def test_the_leak_takes_its_part_between_two_events() -> None:
    tau = 1e-3
    net = chain(([[1.0]], 1.5), tau=tau)
    at = ticks(tau * np.log(2))  # half is left: 0.5 + 1 is not above 1.5
    assert run(net, [1, 1 + at - 10], [0, 0], "zero") == [[(1 + at - 10, 0)]]
    assert run(net, [1, 1 + at + 10], [0, 0], "zero") == [[]]


@pytest.mark.parametrize("weight", [1, 3, 7])
def test_by_subtraction_n_spikes_give_what_the_mean_rate_says(weight: int) -> None:
    n = 1000
    (spikes,) = run_chain(
        chain(([[weight]], 64.0)), np.arange(1, n + 1), np.zeros(n, int), "subtract"
    )
    assert abs(spikes[0].size - n * weight / 64) <= 1


def test_silence_stays_silent() -> None:
    net = chain(([[1.0]], 1.0), ([[1.0]], 1.0))
    assert run(net, [], [], "zero") == [[], []]
