import numpy as np

from goldspike.model.alwayson.neuron import NeuronModel, NeuronParams
from goldspike.model.timing.power_gate import PowerGateModel, PowerGateParams, PowerState


def run(ticks, spikes, *, low=1, high=1, power=None, threshold=2):
    """Return the words after ticks 1.. of a neuron with a running clock; spikes last a tick."""
    model = NeuronModel(NeuronParams(power=power or PowerGateParams()))
    names = list(model.params.watched)
    words = []
    for tick in range(1, ticks + 1):
        place = tick % (low + high)
        level = np.array([tick in spikes, False])
        model.tick(level, rises=place == low, falls=place == 0, threshold=threshold)
        words.append(dict(zip(names, model.word, strict=True)))
    return model, words


def test_a_spike_just_before_a_falling_edge_has_power_before_its_first_pulse():
    # clock: rises on odd ticks, falls on even ones; the spike of tick 5 meets the fall of tick 6
    _, words = run(20, {5})
    first = next(tick for tick, word in enumerate(words, 1) if word["gated"])
    on = next(tick for tick, word in enumerate(words, 1) if word["power"] == PowerState.ON)
    assert (on, first) == (6, 7)


def test_three_pulses_per_spike_below_the_threshold_then_clock_and_power_go():
    _, words = run(20, {5})
    assert words[-1]["pulses"] == 3
    assert words[-1]["potential"] == 1
    assert [word["power"] for word in words[-3:]] == [PowerState.OFF] * 3
    asleep = next(t for t, word in enumerate(words, 1) if t > 5 and not word["clock_enable"])
    assert asleep == 11  # pulses rise on 7, 9 and 11
    assert words[11 - 1]["gated"] == 1  # the last pulse stays whole


def test_a_spike_on_every_tick_of_the_way_to_sleep_is_applied_or_counted_as_lost():
    for second in range(6, 20):
        model, words = run(60, {5, second} - ({6} if second == 6 else set()), threshold=9)
        arrived = 1 if second == 6 else 2
        assert words[-1]["potential"] % 512 + words[-1]["lost"] == arrived, second
        # FF+1 is up from tick 5 to the Check on tick 11
        assert words[-1]["lost"] == (7 <= second < 11)
        assert model.word[1] == 0


def test_the_power_gate_is_that_of_its_own_model():
    power = PowerGateParams(wake=2, reset=1, isolate=2, settle=3)
    rng = np.random.default_rng(1)
    spikes = set(np.cumsum(rng.integers(2, 60, 200)).tolist())
    count = max(spikes) + 100
    _, words = run(count, spikes, low=4, high=2, power=power)
    # asked for while FFclk-en or the gated clock was up, and on the tick of a spike
    held = [False, *(bool(word["clock_enable"] or word["gated"]) for word in words)]
    request = np.array([held[t - 1] or t in spikes for t in range(1, count + 1)])
    records = PowerGateModel(power).run(request)
    moves = np.diff(records["state"], prepend=0) != 0
    states = [0, *(word["power"] for word in words)]
    seen = [(t, states[t]) for t in range(1, count + 1) if states[t] != states[t - 1]]
    assert seen == list(zip(records["tick"][moves], records["state"][moves], strict=True))
