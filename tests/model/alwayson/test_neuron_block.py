import numpy as np
import pytest

from goldspike.model.alwayson.neuron import NeuronModel, NeuronParams
from goldspike.model.alwayson.neuron_block import (
    NeuronBlockModel,
    NeuronBlockParams,
    Responder,
    Settings,
    acks,
    clears,
    spikes,
)
from goldspike.model.alwayson.neuron_fsm import Kind, NeuronFsmParams
from goldspike.model.timing.oscillator import OscillatorModel
from goldspike.model.timing.power_gate import PowerGateParams

ONE = NeuronBlockParams(neurons=1)
OUTPUT = NeuronParams(fsm=NeuronFsmParams(kind=Kind.OUTPUT, bits=12))


def ones(*ticks, line=0):
    """Return spikes of neuron 0."""
    return spikes(np.array(ticks), np.zeros(len(ticks)), np.full(len(ticks), line))


def test_one_spike_runs_the_generator_for_five_periods():
    run = NeuronBlockModel(ONE, Settings(threshold=2)).run(ones(10))
    # wakes at rest: a pulse that does not count, three steps, and none behind them
    assert run.clock_ticks == 2 * 4
    assert {name: int(count[0]) for name, count in run.counts.items()} == {
        "spikes": 1, "lost": 0, "wakeups": 1, "power_ups": 1, "pulses": 3, "requests": 0,
        "awake": 7, "powered": 10,
    }  # fmt: skip


def test_a_neuron_wakes_faster_where_the_clock_runs_for_another():
    params = NeuronBlockParams(neurons=2)
    settings = Settings(length=4, threshold=5)

    def first_pulse(events):
        records = NeuronBlockModel(params, settings).run(events, traced=True).records
        assert records is not None
        return int(records["tick"][records["neuron_0_gated"] == 1][0])

    alone = spikes(np.array([33]), np.array([0]), np.array([0]))
    both = spikes(np.array([33, 20]), np.array([0, 1]), np.array([0, 0]))
    assert first_pulse(alone) == 33 + 8 + 4
    # neuron 1 started periods at 20: falling edges at 28, 36
    assert first_pulse(both) == 36 + 4


def test_the_event_driven_block_is_the_neuron_tick_by_tick():
    rng = np.random.default_rng(2)
    tick = np.cumsum(rng.integers(2, 40, 600))
    line = (rng.random(600) < 0.2).astype(int)
    settings = Settings(length=2, threshold=2)
    responder = Responder(rng.integers(1, 20, 31), rng.integers(1, 20, 37))
    run = NeuronBlockModel(ONE, settings).run(
        spikes(tick, np.zeros(600), line), responder=responder, traced=True
    )
    records = run.records
    assert records is not None
    clock = np.zeros(run.ticks + 60, bool)
    for record, end in zip(records, [*records["tick"][1:], len(clock)], strict=True):
        clock[record["tick"] : end] = record["clock"]
    ack = np.zeros(len(clock), bool)
    for change in run.acks:
        ack[change["tick"] :] = change["value"]
    model, words = NeuronModel(ONE.neuron), []
    levels = np.zeros((len(clock), 2), bool)
    levels[tick, line] = True
    for t in range(1, len(clock)):
        before = model.word
        model.tick(
            levels[t], rises=bool(clock[t] > clock[t - 1]), falls=bool(clock[t] < clock[t - 1]),
            ack=bool(ack[t]), threshold=2,
        )  # fmt: skip
        if model.word != before:
            words.append((t, *model.word))
    names = ["tick", *(f"neuron_0_{name}" for name in ONE.neuron.watched)]
    seen = [tuple(int(record[name]) for name in names) for record in records]
    only = [word for k, word in enumerate(seen) if k == 0 or word[1:] != seen[k - 1][1:]]
    assert only == words
    assert run.counts["requests"][0] > 20 and run.counts["lost"][0] > 0


def test_the_clock_is_that_of_the_oscillators_own_model():
    rng = np.random.default_rng(3)
    tick = np.cumsum(rng.integers(2, 120, 300))
    settings = Settings(length=2, divide=3, threshold=1)
    run = NeuronBlockModel(ONE, settings).run(
        ones(*tick), responder=Responder(np.array([9]), np.array([7])), traced=True
    )
    records = run.records
    assert records is not None
    enable = np.zeros(run.ticks + 50, bool)
    for record, end in zip(records, [*records["tick"][1:], len(enable)], strict=True):
        enable[record["tick"] : end] = record["neuron_0_clock_enable"]  # sampled a tick later
    edges = OscillatorModel(ONE.clock(settings)).run(enable)
    change = np.diff(edges["clock"].astype(int), prepend=0) != 0
    moves = np.diff(records["clock"].astype(int), prepend=0) != 0
    assert records["tick"][moves].tolist() == edges["tick"][change].tolist()


def test_a_million_spikes_are_each_applied_or_counted_as_lost():
    rng = np.random.default_rng(4)
    count = 1_000_000
    model = NeuronBlockModel(NeuronBlockParams(neurons=1, neuron=OUTPUT))
    tick = np.cumsum(rng.integers(2, 30, count))
    line = (rng.random(count) < 0.5).astype(int)
    run = model.run(spikes(tick, np.zeros(count), line))
    assert run.counts["spikes"][0] == count
    lost = run.spikes["lost"] == 1
    assert lost.sum() == run.counts["lost"][0] > 0.05 * count
    kept = np.where(line == 0, 1, -1)[~lost]
    assert np.abs(np.cumsum(kept)).max() < 2000  # nothing saturated, so the sum is the potential
    assert model.state.fsm.potential[0] == kept.sum()


def test_requests_are_acknowledged_from_outside_as_well():
    events = np.concatenate(
        [ones(5), acks(np.array([40, 60]), np.zeros(2), np.array([1, 0])), clears(np.array([90]))]
    )
    run = NeuronBlockModel(ONE, Settings(threshold=1)).run(events, traced=True)
    assert run.counts["requests"][0] == 1
    records = run.records
    assert records is not None
    done = records["tick"][np.flatnonzero(records["neuron_0_request"])[-1] + 1]
    assert done in (40, 41)


@pytest.mark.parametrize("level", [0, 1])
def test_an_ack_that_never_comes_or_never_goes_is_named(level):
    events = np.concatenate([acks(np.array([2]), np.zeros(1), np.array([level])), ones(9, 40)])
    with pytest.raises(ValueError, match=r"^a neuron waits for an Ack that no event"):
        NeuronBlockModel(ONE, Settings(threshold=1)).run(events)


def test_too_fast_a_clock_is_refused():
    slow = NeuronParams(power=PowerGateParams(wake=4))
    with pytest.raises(ValueError, match=r"low phase must be at least the 4 ticks .* not 3$"):
        NeuronBlockParams(neuron=slow, settings=Settings(length=3))
    with pytest.raises(ValueError, match=r"^length must be in 1\.\.127, not 128$"):
        NeuronBlockModel(ONE, Settings(length=128))
