import pytest

from goldspike.model.alwayson.neuron_fsm import SLEEP, TAKE_MINUS, TAKE_PLUS, Kind, NeuronFsmModel
from goldspike.model.alwayson.neuron_fsm import NeuronFsmParams as Params
from goldspike.model.alwayson.neuron_fsm import NeuronState as S


class Stepped(NeuronFsmModel):
    """Remembers what its last step reset."""

    resets = 0


def pulse(fsm, *, plus=False, minus=False, ack=False, threshold=2):
    """Step once; return the state reached."""
    fsm.resets = fsm.pulse(plus=plus, minus=minus, ack=ack, threshold=threshold)
    return fsm.state


def test_a_hidden_neuron_below_its_threshold_updates_checks_and_sleeps():
    fsm = Stepped(Params())
    assert pulse(fsm, plus=True) == S.POTENTIAL_UPDATE
    assert fsm.potential == 0
    assert pulse(fsm, plus=True) == S.CHECK
    assert fsm.potential == 1
    assert pulse(fsm, plus=True) == S.STANDBY
    assert fsm.resets == TAKE_PLUS | SLEEP


def test_a_hidden_neuron_at_its_threshold_resets_requests_and_waits_for_ack():
    fsm = Stepped(Params())
    states = [pulse(fsm, plus=True, threshold=1) for _ in range(4)]
    assert states == [S.POTENTIAL_UPDATE, S.CHECK, S.POTENTIAL_RESET, S.SPK_REQ]
    assert fsm.potential == 0
    assert fsm.resets == TAKE_PLUS
    assert pulse(fsm) == S.SPK_REQ
    assert pulse(fsm, minus=True) == S.POTENTIAL_UPDATE_2
    assert pulse(fsm, minus=True) == S.SPK_REQ
    assert (fsm.potential, fsm.resets) == (-1, TAKE_MINUS)
    assert pulse(fsm, plus=True, ack=True) == S.STANDBY
    assert fsm.resets == SLEEP  # the new spike stays


def test_both_signs_at_once_are_both_applied():
    fsm = Stepped(Params())
    pulse(fsm, plus=True, minus=True)
    pulse(fsm, plus=True, minus=True)
    assert pulse(fsm, plus=True, minus=True) == S.STANDBY
    assert (fsm.potential, fsm.resets) == (0, TAKE_PLUS | TAKE_MINUS | SLEEP)


def test_a_sign_that_comes_behind_the_update_is_not_taken():
    fsm = Stepped(Params())
    pulse(fsm, plus=True)
    pulse(fsm, plus=True)
    pulse(fsm, plus=True, minus=True)
    assert fsm.resets == TAKE_PLUS | SLEEP


@pytest.mark.parametrize("kind", list(Kind))
def test_nothing_to_work_on_is_a_reason_to_sleep(kind):
    fsm = Stepped(Params(kind=kind))
    assert pulse(fsm) == S.STANDBY
    assert fsm.resets == SLEEP


def test_no_request_goes_out_while_an_old_ack_is_up():
    fsm = Stepped(Params())
    for _ in range(3):
        pulse(fsm, plus=True, ack=True, threshold=1)
    assert pulse(fsm, ack=True) == S.POTENTIAL_RESET
    assert pulse(fsm) == S.SPK_REQ
    first = Stepped(Params(kind=Kind.INPUT))
    assert pulse(first, plus=True, ack=True) == S.STANDBY
    assert pulse(first, plus=True) == S.SPK_REQ


def test_an_input_neuron_serves_one_sign_per_request():
    fsm = Stepped(Params(kind=Kind.INPUT))
    assert pulse(fsm, plus=True, minus=True) == S.SPK_REQ
    assert pulse(fsm, plus=True, minus=True, ack=True) == S.STANDBY
    assert fsm.resets == TAKE_PLUS | SLEEP
    pulse(fsm, minus=True)
    pulse(fsm, minus=True, ack=True)
    assert fsm.resets == TAKE_MINUS | SLEEP


def test_an_output_neuron_counts_and_never_asks():
    fsm = Stepped(Params(kind=Kind.OUTPUT, bits=12))
    for _ in range(5):
        states = [pulse(fsm, minus=True) for _ in range(3)]
        assert states == [S.POTENTIAL_UPDATE, S.FLIPFLOP_RESET, S.STANDBY]
    assert fsm.potential == -5


@pytest.mark.parametrize("sign", [1, -1])
def test_the_potential_stops_at_its_ends(sign):
    fsm = Stepped(Params(kind=Kind.OUTPUT, bits=3))
    for _ in range(3 * 10):
        pulse(fsm, plus=sign > 0, minus=sign < 0)
    assert fsm.potential == (3 if sign > 0 else -4)
    for _ in range(3):  # both at once change nothing at the end either
        pulse(fsm, plus=True, minus=True)
    assert fsm.potential == (3 if sign > 0 else -4)


@pytest.mark.parametrize("kind", list(Kind))
def test_illegal_states_are_left(kind):
    legal = {
        Kind.INPUT: {S.STANDBY, S.SPK_REQ},
        Kind.HIDDEN: set(S) - {S.FLIPFLOP_RESET},
        Kind.OUTPUT: {S.STANDBY, S.POTENTIAL_UPDATE, S.FLIPFLOP_RESET},
    }[kind]
    for state in set(range(8)) - legal:
        fsm = Stepped(Params(kind=kind))
        fsm.fsm.state[0] = state
        assert pulse(fsm, plus=True, minus=True) == S.STANDBY
        assert (fsm.resets, fsm.potential) == (0, 0)


def test_parameters_out_of_range_are_refused():
    with pytest.raises(ValueError, match=r"^kind must be input, hidden or output, not 'deep'$"):
        Params(kind="deep")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^bits must be in 2\.\.16, not 17$"):
        Params(bits=17)
