import numpy as np
import pytest

from goldspike.model.alwayson.synapse_arbiter import (
    Policy,
    Spkgen,
    SynapseArbiterModel,
    SynapseArbiterParams,
)


def lines(inputs, *up):
    found = np.zeros(inputs, bool)
    found[list(up)] = True
    return found


def served(params, requests, steps):
    """Return rows in the order of their grants; each drops its request once Ack is up."""
    model, waiting, order = SynapseArbiterModel(params), list(requests), []
    for _ in range(steps):
        before = model.state.ack.copy()
        model.tick(lines(params.inputs, *waiting) & ~before, step=True)
        for row in np.flatnonzero(model.state.ack & ~before):
            order.append(int(row))
            waiting.remove(row)
    return order


def test_fig_5c_two_requests_take_three_steps_each():
    model = SynapseArbiterModel(SynapseArbiterParams(inputs=3))
    found = []
    requests = [lines(3, 1, 2)] * 3 + [lines(3, 2)] * 3 + [lines(3)]
    for request in requests:
        model.tick(request, step=True)
        word = model.word
        names = ("ack", "spkgen", "capture", "grant", "sleep")
        found.append(tuple(int(np.ravel(word[name])[0]) for name in names))
    assert found == [
        (2, 0, 0, 1, 0), (2, 1, 1, 0, 0), (2, 2, 0, 0, 0),
        (4, 0, 0, 1, 0), (4, 1, 1, 0, 0), (4, 2, 0, 0, 0),
        (0, 0, 0, 0, 1),
    ]  # fmt: skip


def test_ack_outlasts_a_slow_request_and_launches_once():
    model, pins = SynapseArbiterModel(SynapseArbiterParams(inputs=2)), []
    for t in range(9):
        model.tick(lines(2, 1) if t < 7 else lines(2), step=True)
        pins.append(model.pins())
    assert [pin["launch"] for pin in pins] == [0, 0, 1, 1, 1, 1, 1, 0, 0]
    assert [pin["read"] for pin in pins] == [1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert pins[0]["row"] == 1


def test_policies():
    fixed = SynapseArbiterParams(inputs=4)
    turns = SynapseArbiterParams(inputs=4, policy=Policy.ROUND_ROBIN)
    # row 1 asks again only once its first Ack is over, which is when row 2 is chosen
    assert served(fixed, [3, 1, 2, 1], 20) == [1, 2, 1, 3]
    assert served(turns, [3, 1, 2, 1], 20) == [1, 2, 3, 1]


def test_round_robin_never_lets_a_request_wait_for_more_than_the_others():
    params = SynapseArbiterParams(inputs=5, policy=Policy.ROUND_ROBIN)
    order = served(params, [0] * 40 + [3] * 40 + [4], 3 * 81)
    assert order.index(4) <= 2 and order[3:13] == [0, 3] * 5


def test_reset_and_retain():
    model = SynapseArbiterModel(SynapseArbiterParams(inputs=4, policy=Policy.ROUND_ROBIN))
    model.tick(lines(4, 2), step=True)
    model.tick(lines(4, 2), step=True, reset=True)
    assert not model.state.ack.any() and model.state.spkgen[0] == Spkgen.ST0
    assert model.state.following[0] == 3
    model.tick(lines(4, 0), step=True, retain=True)
    assert model.state.following[0] == 3
    model.tick(lines(4), retain=True, clear=True)
    assert model.state.following[0] == 0 and model.state.ack[0]


@pytest.mark.parametrize(("acks", "spkgen"), [((0, 2), 0), ((), 1), ((), 2), ((1,), 3)])
def test_illegal_states_lead_to_standby(acks, spkgen):
    model = SynapseArbiterModel(SynapseArbiterParams(inputs=3))
    model.state.ack[:] = lines(3, *acks)
    model.state.spkgen[0] = spkgen
    assert model.pins() == {"read": 0, "row": 0, "launch": 0}
    model.tick(lines(3, 0, 1, 2), step=True)
    assert (model.did, model.state.ack.any(), model.state.spkgen[0]) == (0, False, 0)


def test_params():
    with pytest.raises(ValueError, match=r"^policy must be fixed or round_robin, not 'x'$"):
        SynapseArbiterParams(policy="x")  # type: ignore[arg-type]
    assert [SynapseArbiterParams(inputs=n).row_bits for n in (1, 2, 3, 256)] == [1, 1, 2, 8]
