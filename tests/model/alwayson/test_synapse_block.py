import numpy as np
import pytest

from goldspike.model.alwayson.synapse_arbiter import Policy
from goldspike.model.alwayson.synapse_block import (
    SynapseBlockModel,
    SynapseBlockParams,
    SynapseSettings,
)
from goldspike.model.timing.oscillator import OscillatorModel
from goldspike.model.timing.power_gate import PowerGateModel, PowerGateParams


def filled(run, name, ticks):
    """Return a traced field after ticks 0 .. ticks - 1."""
    values = run.records[name]
    values = np.concatenate([np.zeros_like(values[:1]), values])
    place = np.searchsorted(run.records["tick"], np.arange(ticks), side="right")
    return values[place]


def clock_of(period, ticks, rng=None):
    """Return a clock, which with `rng` rests now and then, so that its phase changes."""
    periods = ticks // period + 1
    rests = np.zeros(periods, int) if rng is None else rng.integers(0, 2 * period, periods)
    rests = rests * (rng.random(periods) < 0.1) if rng is not None else rests
    low, high = np.zeros(periods, bool), np.ones(periods, bool)
    lengths = np.stack([rests + period - period // 2, np.full(periods, period // 2)], axis=1)
    return np.repeat(np.stack([low, high], axis=1).reshape(-1), lengths.reshape(-1))[:ticks]


def neurons(params, asks, neuron_period, ticks, rng=None):
    """Let neurons ask at ticks `asks` (tick, row); return the run, and which requests were made."""
    clock = clock_of(neuron_period, ticks, rng)
    tick, row = np.array(asks).T
    request, made = SynapseBlockModel(params).asked(tick, row, clock)
    return SynapseBlockModel(params).run(request, clock), made


ONE = SynapseBlockParams(rows=1, columns=2)


def test_ticks_of_one_request_from_rest():
    params, request = ONE, np.zeros((120, 1), bool)
    request[9:40] = True  # ticks 10 .. 40
    model = SynapseBlockModel(params)
    model.state.memory[0] = [True, False]
    run = model.run(request, np.zeros(120, bool))
    clock = filled(run, "clock", 120)
    assert np.flatnonzero(np.diff(clock.astype(int)) > 0).tolist()[:4] == [13, 21, 29, 37]
    ack = filled(run, "ack", 120)[:, 0]
    assert np.flatnonzero(ack).tolist()[0] == 10 + 28
    spkgen = filled(run, "spkgen", 120)
    assert np.flatnonzero(spkgen == 2)[0] == 10 + 44
    # the request is down after tick 40: seen down on the third pulse after that, at 62
    assert np.flatnonzero(ack).tolist()[-1] == 61
    assert run.counts == {
        "served": 1, "wakeups": 1, "power_ups": 1, "pulses": 6, "clock_ticks": 56, "awake": 52,
        "powered": 58,
    }  # fmt: skip
    assert filled(run, "weights", 120)[50, 0] == 0b01
    assert not run.records["power"][-1] and not run.busy[-1]


@pytest.mark.parametrize("policy", list(Policy))
@pytest.mark.parametrize(
    ("neuron", "length", "divide"),
    [(2, 4, 1), (8, 4, 1), (2, 1, 1), (34, 14, 5), (6, 7, 1), (14, 3, 1), (2, 16, 1), (32, 1, 1)],
)
def test_every_request_is_served_once_for_any_ratio_of_the_clocks(policy, neuron, length, divide):
    params = SynapseBlockParams(
        rows=3, columns=2, policy=policy,
        settings=SynapseSettings(length=length, divide=divide),
    )  # fmt: skip
    rng = np.random.default_rng(neuron + length)
    period = 2 * length * divide
    slow, count = max(neuron, period), 1000 if period <= 32 else 200
    tick = np.cumsum(rng.integers(1, 18 * slow, count))
    asks = np.stack([tick, rng.integers(0, 3, count)], axis=1)
    run, made = neurons(params, asks, neuron, int(asks[-1, 0]) + 400 * slow, rng)
    assert len(made) == run.counts["served"] == count
    records = run.records
    assert not records["ack"][-1].any() and records["power"][-1] == 0
    # each Ack rises once, for a request that was made and not yet served
    ack = np.unpackbits(records["ack"], axis=1, count=3, bitorder="little").astype(int)
    place, granted = np.nonzero(np.diff(ack, axis=0, prepend=0) == 1)
    for k in range(3):
        up, grants = made[made[:, 1] == k, 0], records["tick"][place[granted == k]]
        assert up.size == grants.size and (grants > up).all() and (grants[:-1] < up[1:]).all()
    # a request rises at every phase of the synapse block's clock
    rises = records["tick"][np.diff(records["clock"].astype(int), prepend=0) == 1]
    place = np.searchsorted(rises, made[:, 0]) - 1
    since = made[place >= 0, 0] - rises[place[place >= 0]]
    assert count < 1000 or set(range(1, period + 1)) <= set(since.tolist())


def test_a_busy_block_takes_three_periods_per_request_with_a_fast_neuron_clock():
    params = SynapseBlockParams(rows=5, columns=1)
    asks = [(10, row) for row in range(5)]
    run, _ = neurons(params, asks, 2, 400)
    grants = run.records["tick"][np.diff(run.records["served"].astype(int), prepend=0) == 1]
    assert np.diff(grants).tolist() == [24] * 4


def test_the_clock_and_the_power_are_those_of_their_own_models():
    params = SynapseBlockParams(
        rows=2, columns=1, power=PowerGateParams(wake=2, reset=1, isolate=2, settle=3)
    )
    rng = np.random.default_rng(5)
    asks = [(int(t), int(t) % 2) for t in np.cumsum(rng.integers(5, 130, 30))]
    run, made = neurons(params, asks, 4, asks[-1][0] + 600)
    ticks = len(run.busy)
    assert len(made) == run.counts["served"] == 30
    enable = filled(run, "clock_enable", ticks).astype(bool)
    edges = OscillatorModel(params.clock(params.settings)).run(enable)
    moves = np.flatnonzero(np.diff(filled(run, "clock", ticks).astype(int)) != 0) + 1
    assert edges["tick"].tolist() == moves.tolist()
    # FFclk-en is up after the tick on which the power gate hears the request
    enabled = filled(run, "clock_enable", ticks + 1) | np.zeros(ticks + 1, int)
    needed = enabled[1:] | enabled[:-1] | filled(run, "gated", ticks)
    power = PowerGateModel(params.power).run(needed.astype(bool))
    seen = filled(run, "power", ticks + 1).astype(int)
    changes = np.flatnonzero(np.diff(seen)) + 1
    states = power[np.diff(power["state"].astype(int), prepend=0) != 0]
    assert run.counts["power_ups"] > 3
    assert states["tick"].tolist() == changes.tolist()
    assert states["state"].tolist() == seen[changes].tolist()


def test_the_scan_chain_sets_the_clock_and_writes_rows():
    params = SynapseBlockParams(rows=3, columns=5, length_bits=4, divide_bits=3)
    chain = params.scan_chain
    values = {"length": 3, "divide": 5, "idle": 1, "row": 2, "word": 0b10110}
    bits = chain.scanned(values)
    ticks = len(bits) + 200
    scan, scan_in, load = np.zeros((3, ticks), bool)
    scan[2 : 2 + len(bits)], scan_in[2 : 2 + len(bits)] = True, bits
    load[3 + len(bits)] = True
    request = np.zeros((ticks, 3), bool)
    request[len(bits) + 20 : len(bits) + 21] = True
    model = SynapseBlockModel(params)
    run = model.run(request, np.zeros(ticks, bool), scan, scan_in, load)
    assert model.state.memory.tolist() == [[False] * 5] * 2 + [[False, True, True, False, True]]
    edges = np.flatnonzero(np.diff(filled(run, "clock", ticks).astype(int)) > 0)
    assert np.diff(edges[:2]).tolist() == [30]
    assert edges[0] + 1 == len(bits) + 21 + 2 * 6 + 3
    assert run.busy[:2].tolist() == [False, False] and run.busy[2 : 2 + len(bits)].all()


def test_a_load_writes_what_the_chain_held_before_a_shift_on_its_tick():
    params = SynapseBlockParams(rows=2, columns=2)
    bits = params.scan_chain.scanned({"row": 1, "word": 0b10})
    scan, scan_in, load = np.zeros((3, len(bits) + 3), bool)
    scan[: len(bits) + 1], scan_in[: len(bits)] = True, bits
    load[len(bits)] = True
    model = SynapseBlockModel(params)
    quiet = np.zeros((scan.size, 2), bool)
    model.run(quiet, quiet[:, 0], scan, scan_in, load)
    assert model.state.memory.tolist() == [[False, False], [False, True]]


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"low phase must be at least the 4 ticks .* not 3$"):
        SynapseBlockParams(power=PowerGateParams(wake=4), settings=SynapseSettings(length=3))
    with pytest.raises(ValueError, match=r"^idle must be in 0\.\.9, not 10$"):
        SynapseBlockParams(columns=10, settings=SynapseSettings(idle=10))


def test_clear_leaves_nothing_of_a_frame():
    params = SynapseBlockParams(rows=3, columns=1, policy=Policy.ROUND_ROBIN)
    request = np.zeros((300, 3), bool)
    request[10:60, 1] = True
    clock, clear = clock_of(2, 300), np.zeros(300, bool)
    clock[59:] = False  # stops before the Ack falls
    clear[299] = True
    run = SynapseBlockModel(params).run(request, clock, clear=clear)
    fields = [[int(np.ravel(record[name])[0]) for name in ("ack_seen", "following")]
              for record in run.records[-2:]]  # fmt: skip
    assert fields == [[0b10, 2], [0, 0]]
    assert run.busy[299] and not run.busy[298]
