"""Circuits with handshakes in environments that listen to them.

A wrong `ready`, request or Ack changes what happens there: a word is lost, or comes twice, or
nobody moves any more. The environment says so by its own account, and the golden model, given the
inputs that came about, differs as well. Each circuit's own tests list such faults: configuration,
source, what is put in its place, and what the environment says.
"""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from goldspike.cosim.bench.circuits import circuits, load_bench
from goldspike.cosim.bench.environment import environments, load_environment
from goldspike.cosim.bench.ports import Ports
from goldspike.cosim.lockstep.closed_loop import close_loop
from goldspike.model.errors import LockstepError
from goldspike.signoff.edited import edited

ALONE = {
    "timing/power_gate": "what is requested comes after a fixed time, for which nobody has to wait",
    "mubrain/multi_phase_oscillator": "a request goes on until the phases that serve it",
    "alwayson/neuron_fsm": "it steps when the neuron's clock says so: see the neuron",
    "alwayson/request_synchroniser": "it passes levels on, and answers none",
}
"""Circuits with pins of a handshake and without an environment, and why."""
HANDSHAKES = r"(.*_)?(ready|room|ack|request|waits|stall)"

CONTROLS = r"(clear|scan(_\w+s)?|load|write|program_\w+)$"

CASES = [
    (circuit, config) for circuit in environments() for config in load_environment(circuit).configs
]


@pytest.mark.parametrize(("circuit", "config"), CASES)
def test_nothing_is_lost_in_a_closed_loop(circuit: str, config: str) -> None:
    run = close_loop(circuit, config, resets=2)
    assert run.moves >= 50
    assert run.records.size >= 100
    for name in load_environment(circuit).controls:
        assert np.count_nonzero(run.rows[name]) >= 3, name


@pytest.mark.of_each("WRONG_ANSWERS", always=1)
def test_a_wrong_answer_changes_what_happens(circuit: str, case: tuple[str, str, str, str]) -> None:
    config, old, new, complaint = case
    said = rf"closed loop, seed \d+: tick \d+: ({complaint}); golden model: tick \d+, field "
    with pytest.raises(LockstepError, match=said):
        close_loop(circuit, config, rtl=edited(load_bench(circuit).rtl, old, new))


def test_circuits_with_handshakes_have_an_environment() -> None:
    without = set()
    for circuit in {*circuits()} - {*environments()}:
        if "/cell/" in circuit:
            continue  # without a clock there is no tick on which an environment could be asked
        kind = load_bench(circuit)
        pins = Ports.of(kind.rtl(next(iter(kind.configs.values()))))
        if any(re.fullmatch(HANDSHAKES, name) for name in (*pins.inputs, *pins.outputs)):
            without.add(circuit)
    assert without == {*ALONE}


@pytest.mark.parametrize("circuit", environments())
def test_controls_come_in_the_middle_of_a_closed_loop(circuit: str) -> None:
    kind = load_bench(circuit)
    pins = Ports.of(kind.rtl(next(iter(kind.configs.values()))))
    named = {name for name in pins.inputs if re.match(CONTROLS, name)}
    assert named <= {*load_environment(circuit).controls}


@pytest.mark.parametrize("circuit", environments())
def test_every_environment_has_its_faults(
    circuit: str, said_of: Callable[[str, str, Any], Any]
) -> None:
    assert said_of(circuit, "WRONG_ANSWERS", [])


@pytest.mark.parametrize(("circuit", "config", "old", "new"), [
    ("imc/pooling", "5x4", "place = Signal(range(max(2, params.words)))",
     "place = Signal(range(max(2, params.words)), reset_less=True)"),
    ("rram/macro", "5x4", "filled = Signal(range(params.words + 1))",
     "filled = Signal(range(params.words + 1), reset_less=True)"),
    ("truenorth/token_controller", "5x3", "phase = Signal(State)",
     "phase = Signal(State, reset_less=True)"),
])  # fmt: skip
def test_what_a_reset_leaves_behind_is_noticed(
    circuit: str, config: str, old: str, new: str
) -> None:
    rtl = edited(load_bench(circuit).rtl, old, new)
    close_loop(circuit, config, rtl=rtl)
    with pytest.raises(LockstepError, match=r"closed loop, seed \d+, after [1-9] resets: tick \d"):
        close_loop(circuit, config, rtl=rtl, resets=9)
