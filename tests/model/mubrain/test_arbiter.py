import re

import numpy as np
import pytest

from goldspike.model.mubrain.arbiter import ArbiterModel, ArbiterParams, Policy
from goldspike.model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams

FAST = MultiPhaseOscillatorParams(load=1, select=1, access=1, recover=1)


def serve(edges, **params):
    """Return the grants and merges of edges given as (tick, line), as lists of pairs."""
    tick, line = np.array(edges).T
    run = ArbiterModel(ArbiterParams(**params)).run(tick, line)
    pairs = (run.tick, run.line), (run.merge_tick, run.merge_line)
    return tuple([(int(t), int(k)) for t, k in zip(*pair, strict=True)] for pair in pairs)


def test_a_spike_is_granted_load_select_and_access_after_its_edge():
    grants, merges = serve([(5, 3)], inputs=4)
    assert grants == [(5 + 2 + 4 + 2, 3)]
    assert merges == []


def test_spikes_that_wait_are_granted_a_period_apart():
    grants, _ = serve([(0, 2), (0, 0), (0, 1)], inputs=3)
    assert grants == [(8, 0), (18, 1), (28, 2)]


def test_an_edge_on_a_waiting_input_merges():
    grants, merges = serve([(0, 1), (3, 1), (7, 1)], inputs=2)
    assert grants == [(8, 1)]
    assert merges == [(3, 1), (7, 1)]


def test_an_edge_on_the_tick_of_its_grant_is_a_new_spike():
    grants, merges = serve([(0, 1), (8, 1)], inputs=2)
    assert grants == [(8, 1), (18, 1)]  # the second waits while the first recovers
    assert merges == []


def test_an_edge_on_the_tick_of_load_waits_for_the_next_oscillation():
    grants, _ = serve([(0, 1), (2, 0)], inputs=2, policy="linear")
    assert grants == [(8, 1), (18, 0)]
    grants, _ = serve([(0, 1), (1, 0)], inputs=2, policy="linear")
    assert grants == [(8, 0), (18, 1)]


def test_an_edge_on_the_tick_of_recover_starts_anew():
    grants, _ = serve([(0, 0), (10, 0)], inputs=1)
    assert grants == [(8, 0), (18, 0)]


def test_round_robin_searches_from_behind_the_last_grant():
    edges = [(0, 1), (8, 0), (8, 1), (8, 2), (8, 3)]
    assert [k for _, k in serve(edges, inputs=4)[0]] == [1, 2, 3, 0, 1]
    assert [k for _, k in serve(edges, inputs=4, policy="linear")[0]] == [1, 0, 1, 2, 3]


def test_linear_starves_what_round_robin_serves():
    often = [(8 + 10 * k, 0) for k in range(50)]  # again on each of its grants
    edges = sorted([(0, 0), (0, 2), *often])
    assert serve(edges, inputs=3, policy="linear")[0][-1] == (518, 2)
    assert serve(edges, inputs=3)[0][1] == (18, 2)


def reference(params, levels):
    """Return grants and merges of levels (ticks, N), tick by tick, from the text of the rules."""
    n, delays = params.inputs, params.oscillator.delays
    pending, register, before = [False] * n, [False] * n, [False] * n
    phase, wait, selected, last = None, 0, 0, n - 1
    grants, merges = [], []
    tick = 0
    while tick < len(levels) or any(pending) or phase is not None:
        level = list(levels[tick]) if tick < len(levels) else [False] * n
        if phase is not None:
            wait -= 1
            if wait == 0:
                if phase == 0:
                    register = pending[:]
                elif phase == 1:
                    turn = last + 1 if params.policy is Policy.ROUND_ROBIN else 0
                    order = [(turn + k) % n for k in range(n)]
                    selected = next(k for k in order if register[k])
                elif phase == 2:
                    grants.append((tick, selected))
                    pending[selected] = False
                    last = selected
                phase = None if phase == 3 else phase + 1
                wait = 0 if phase is None else delays[phase]
        for k in range(n):
            if level[k] and not before[k]:
                if pending[k]:
                    merges.append((tick, k))
                pending[k] = True
        if phase is None and any(pending):
            phase, wait = 0, delays[0]
        before = level
        tick += 1
    return grants, merges


@pytest.mark.parametrize("policy", Policy)
@pytest.mark.parametrize("oscillator", [FAST, MultiPhaseOscillatorParams()])
@pytest.mark.parametrize("inputs", [1, 2, 3, 7])
def test_the_model_equals_a_reference_that_goes_tick_by_tick(inputs, oscillator, policy):
    params = ArbiterParams(inputs=inputs, policy=policy, oscillator=oscillator)
    for seed in range(10):
        rng = np.random.default_rng(seed)
        chance = rng.choice([0.02, 0.1, 0.5]) / inputs
        levels = np.logical_xor.accumulate(rng.random((300, inputs)) < chance, axis=0)
        rises = levels & ~np.vstack([np.zeros((1, inputs), bool), levels[:-1]])
        edges = np.argwhere(rises)
        if edges.size:
            got = serve(edges, inputs=inputs, policy=policy, oscillator=oscillator)
            assert got == reference(params, levels)


@pytest.mark.parametrize("policy", Policy)
def test_a_million_edges_are_granted_once_or_merged(policy):
    rng = np.random.default_rng(7)
    n, count = 256, 1_000_000
    half = count // 2  # of the first, one edge in 12 ticks on the average; then one in 6
    tick = np.cumsum(np.append(rng.integers(0, 25, half), rng.integers(0, 13, half)))
    line = rng.integers(0, n, count)
    model = ArbiterModel(ArbiterParams(inputs=n, policy=policy))
    run = model.run(tick, line)
    edges, grants, merges = (np.bincount(k, minlength=n) for k in (line, run.line, run.merge_line))
    assert run.tick.size + run.merge_tick.size == count
    assert np.array_equal(edges, grants + merges)
    assert run.merge_tick.size > 1000
    assert np.diff(run.tick).min() == model.params.oscillator.period
    if policy is Policy.ROUND_ROBIN:
        assert run.waited.max() <= n - 1
    else:
        assert run.waited.max() > n - 1


@pytest.mark.parametrize("policy", Policy)
def test_lone_edges_are_served_as_one_by_one(policy):
    model, rng = ArbiterModel(ArbiterParams(inputs=5, policy=policy)), np.random.default_rng(1)
    tick = np.cumsum(rng.integers(0, 2 * model.params.oscillator.period, 4000))  # every gap, ties
    line = rng.integers(0, 5, tick.size)
    short, long = (model.run(tick, line, traced=traced) for traced in (False, True))
    for name in ("tick", "line", "waited", "merge_tick", "merge_line"):
        np.testing.assert_array_equal(getattr(short, name), getattr(long, name), name)
    assert np.any(short.waited == 0) and np.any(short.waited > 0) and short.merge_tick.size


def test_a_full_house_waits_for_all_others():
    run = ArbiterModel(ArbiterParams(inputs=9)).run(np.zeros(9), np.arange(9))
    assert run.waited.tolist() == list(range(9))


def test_the_trace_shows_pending_register_and_phase():
    params = ArbiterParams(inputs=3, oscillator=FAST)
    trace = ArbiterModel(params).run(np.array([0, 1, 1]), np.array([2, 0, 2]), traced=True).trace
    assert trace is not None
    names = trace.dtype.names or ()
    first = [tuple(int(np.sum(record[name])) for name in names) for record in trace[:4]]
    assert first == [  # tick, phase, address, pending, register, merged, access, grant, merging
        (0, 0, 0, 0b100, 0, 0, 0, 0, 0),
        (1, 0b0001, 0, 0b101, 0b100, 0b100, 0, 0, 1),
        (2, 0b0010, 2, 0b101, 0b100, 0, 0, 0, 0),
        (3, 0b0100, 2, 0b001, 0b100, 0, 1, 1, 0),
    ]


@pytest.mark.parametrize(
    ("tick", "line", "message"),
    [
        ([3, 2], [0, 0], "edges must be sorted by tick, from tick 0 on"),
        ([-1], [0], "edges must be sorted by tick, from tick 0 on"),
        ([0], [4], "edges must be on inputs 0..3"),
        ([0], [-1], "edges must be on inputs 0..3"),
    ],
)
def test_edges_that_cannot_be_are_refused(tick, line, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ArbiterModel(ArbiterParams(inputs=4)).run(tick, line)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"inputs": 0}, ValueError, "inputs must be in 1..1024, not 0"),
        ({"inputs": 1025}, ValueError, "inputs must be in 1..1024, not 1025"),
        ({"inputs": 2.0}, TypeError, "inputs must be an integer in 1..1024, not 2.0"),
        ({"policy": "fair"}, ValueError, "policy must be round_robin or linear, not 'fair'"),
    ],
)
def test_bad_parameters_are_refused(change, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        ArbiterParams(**change)
