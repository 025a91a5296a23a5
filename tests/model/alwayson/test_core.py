import numpy as np
import pytest

from goldspike.model.alwayson.core import CoreModel, CoreParams, cycles_per_request
from goldspike.model.alwayson.neuron import NeuronParams
from goldspike.model.alwayson.neuron_block import (
    NeuronBlockModel,
    NeuronBlockParams,
    Settings,
    acks,
    spikes,
)
from goldspike.model.alwayson.neuron_fsm import Kind, NeuronFsmParams
from goldspike.model.alwayson.synapse_block import (
    SynapseBlockModel,
    SynapseBlockParams,
    SynapseSettings,
)

INPUT = NeuronParams(fsm=NeuronFsmParams(kind=Kind.INPUT))


def core(
    neurons, columns, kind=Kind.HIDDEN, length=1, synapse_length=4, threshold=1, **of_synapses
):
    return CoreParams(
        neurons=NeuronBlockParams(
            neurons=neurons,
            neuron=NeuronParams(fsm=NeuronFsmParams(kind=kind)),
            settings=Settings(length=length, threshold=threshold),
        ),
        synapses=SynapseBlockParams(
            rows=neurons,
            columns=columns,
            settings=SynapseSettings(length=synapse_length),
            **of_synapses,
        ),
    )


def pulses(ticks, neurons, chance, rng, tail=2000):
    """Return lines that are up for a tick now and then, and a quiet end."""
    lines = rng.random((ticks, 2, neurons)) < chance
    lines[1:] &= ~lines[:-1]
    return np.concatenate([lines, np.zeros((tail, 2, neurons), bool)])


def held(records, name, ticks):
    """Return a traced field after ticks 0 .. ticks."""
    values = np.concatenate([np.zeros_like(records[name][:1]), records[name]])
    return values[np.searchsorted(records["tick"], np.arange(ticks + 1), side="right")]


@pytest.mark.parametrize(
    ("kind", "length", "synapse_length", "threshold"),
    [(Kind.INPUT, 1, 4, 1), (Kind.HIDDEN, 1, 4, 2), (Kind.HIDDEN, 17, 7, 1), (Kind.INPUT, 3, 1, 1)],
)
def test_both_blocks_do_what_their_own_models_do(kind, length, synapse_length, threshold):
    params = core(3, 5, kind, length, synapse_length, threshold)
    rng = np.random.default_rng(length)
    lines = pulses(9000, 3, 0.005, rng, 4000)
    lines[:, 1] &= rng.random((len(lines), 3)) < 0.3
    weights = rng.choice([-1, 1], (3, 5))
    model = CoreModel(params, weights)
    run, ticks = model.run(lines, traced=True), len(lines)
    records = run.records
    assert records is not None

    # the synapse block alone, on the requests and the clock that the core's neurons drove
    request = np.unpackbits(held(records, "request", ticks), axis=1, count=3, bitorder="little")
    alone = SynapseBlockModel(params.synapses)
    alone.state.memory[:] = weights == 1
    of_synapses = alone.run(request[:-1].astype(bool), run.neuron_clock)
    for name in (part.name for part in params.synapses.trace.fields):
        mine, other = (
            held(records, f"synapse_{name}", ticks),
            held(of_synapses.records, name, ticks),
        )
        assert np.array_equal(mine, other), name

    # the neuron block alone, on the acknowledgements that the core's synapse block drove
    seen = np.unpackbits(
        held(records, "synapse_ack_seen", ticks), axis=1, count=3, bitorder="little"
    )
    change, row = np.nonzero(np.diff(seen.astype(int), axis=0))
    answers = acks(change + 2, row, seen[change + 1, row])
    tick, line, neuron = np.nonzero(lines & ~np.roll(lines, 1, axis=0))
    events = np.concatenate([spikes(tick + 1, neuron, line), answers])
    of_neurons = NeuronBlockModel(params.neurons).run(events, traced=True)
    assert of_neurons.records is not None
    for k in range(3):
        for name, mine in (
            ("potential", held(records, "potentials", ticks)[:, k]), ("request", request[:, k])
        ):  # fmt: skip
            other = held(of_neurons.records, f"neuron_{k}_{name}", ticks)
            assert np.array_equal(mine, other), (k, name)
    clock = held(of_neurons.records, "clock", ticks)[:-1]
    assert np.array_equal(clock.astype(bool), run.neuron_clock)
    for name, count in of_neurons.counts.items():
        assert model.counts[name] == count.sum(), name
    assert model.counts["clock_ticks"] == of_neurons.clock_ticks
    assert model.counts["requests"] == model.counts["synapse_served"] > 5


def test_a_served_request_is_a_spike_per_column_of_its_row():
    params = core(4, 6, Kind.INPUT)
    rng = np.random.default_rng(3)
    weights = rng.choice([-1, 1], (4, 6))
    lines = np.zeros((900, 2, 4), bool)
    for k, row in enumerate((2, 0, 3)):
        lines[10 + 200 * k, k % 2, row] = True  # an input neuron asks for either sign
    settings = SynapseSettings(length=4, idle=2)
    run = CoreModel(params, weights, synapse_settings=settings).run(lines)
    rising = run.spikes & ~np.roll(run.spikes, 1, axis=0)
    tick, line, column = np.nonzero(rising)
    found = [(int(t), int(c), 1 - 2 * int(s)) for t, s, c in zip(tick, line, column, strict=True)]
    launched = sorted({t for t, _, _ in found})
    assert len(launched) == 3
    for t, row in zip(launched, (2, 0, 3), strict=True):
        assert sorted(x[1:] for x in found if x[0] == t) == [(c, weights[row, c]) for c in range(4)]


def test_starved_input_neurons_drop_requests_and_none_is_missing():
    params = core(5, 2, Kind.INPUT)
    lines = pulses(20_000, 5, 0.01, np.random.default_rng(4))
    model = CoreModel(params)
    model.run(lines)
    counts = model.counts
    assert counts["spikes"] == counts["requests"] + counts["lost"]
    assert counts["requests"] == counts["synapse_served"]
    assert 0 < counts["dropped"] <= counts["lost"]


def test_hidden_neurons_that_wait_drop_whole_thresholds():
    params = core(2, 1, Kind.HIDDEN, synapse_length=100, threshold=2)
    lines = np.zeros((8000, 2, 2), bool)
    lines[10:400:20, 0, 1] = True  # 20 spikes: two fire, the other 18 come while it waits
    lines[3000, 0, 1] = True  # finds 18: fires again, once, with 19
    model = CoreModel(params)
    model.run(lines)
    assert model.counts["requests"] == 2
    assert model.counts["dropped"] == 19 // 2 - 1
    assert model.counts["lost"] == 0


def test_a_run_can_be_cut_anywhere():
    params = core(3, 4, threshold=2)
    rng = np.random.default_rng(5)
    lines, weights = pulses(3000, 3, 0.01, rng), rng.choice([-1, 1], (3, 4))
    whole, parts = CoreModel(params, weights), CoreModel(params, weights)
    records = whole.run(lines, traced=True).records
    pieces = [parts.run(part, traced=True).records for part in np.split(lines, [100, 101, 2222])]
    assert records is not None and records.size > 100
    assert np.array_equal(np.concatenate([p for p in pieces if p is not None]), records)
    assert whole.counts == parts.counts


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"a row of synapses per neuron, not 128 rows for 3 neu"):
        CoreParams(neurons=NeuronBlockParams(neurons=3))
    with pytest.raises(ValueError, match=r"must be input or hidden, not output$"):
        core(3, 3, Kind.OUTPUT)


@pytest.mark.parametrize(
    ("length", "synapse_length", "cycles"), [(1, 4, 3.0), (17, 70, 3.0), (1, 16, 3.0)]
)
def test_a_fast_neuron_clock_lets_a_request_take_the_three_cycles_of_spkgen(
    length, synapse_length, cycles
):
    assert cycles_per_request(core(8, 1, Kind.INPUT, length, synapse_length)) == cycles


def test_a_slow_neuron_clock_makes_requests_longer():
    # a period of the neurons is 16 of the synapse block's: on the third edge after the grant the
    # request ends, and the next grant comes before the fourth
    assert cycles_per_request(core(40, 1, Kind.INPUT, 16, 1)) == 3 * 16
    with pytest.raises(ValueError, match=r"^the core does not keep its synapse block busy$"):
        cycles_per_request(core(1, 1, threshold=200))
