"""The source of leaks in lockstep; source and layer together: a leaky neuron in the circuit."""

import numpy as np
import pytest

from goldspike.cosim.lockstep.runner import run_bench
from goldspike.cosim.mubrain.leak import BENCH
from goldspike.cosim.simulator.batch import BatchSimulator
from goldspike.hdl.bugs import bug_in
from goldspike.hdl.mubrain.layer import Layer
from goldspike.hdl.mubrain.leak import Leak
from goldspike.model.mubrain.layer import LayerParams
from goldspike.model.mubrain.leak import LeakParams
from goldspike.model.mubrain.weight_memory import loading_order

FEW = {"period"}
"""A number of which few values are driven; the proof leaves it free."""

FAULTS = [
    ("smallest", "runs | self.strobe | ", "runs | "),
    (
        "odd",
        "elapsed = Signal(self.params.period_bits)",
        "elapsed = Signal(self.params.period_bits, reset_less=True)",
    ),
]

SLOW = ("test_hand_faults",)


def test_leak_equals_its_model(cocotb_config):
    assert run_bench(BENCH, cocotb_config).compared >= 400


@bug_in(Leak)
def leaks_through_clear(m, dut, inside):
    """Bug: a periodic leak comes through a clear."""
    m.d.comb += inside("due").eq(inside("runs") & inside("ends"))


def test_a_leak_while_clear_is_caught(caught):
    caught(leaks_through_clear, "published", "(strobe|merged)")


def strobes(period, ticks):
    """Return the ticks after which the circuit's strobe is up."""
    params = LeakParams()
    with BatchSimulator(Leak(params, trace=True), params.trace) as simulator:
        rows = simulator.stimulus(1)
        rows["tick"], rows["period"] = 1, period
        records = simulator.run(rows, ticks)
    return records["tick"][records["strobe"] == 1]


@pytest.mark.parametrize(("leak", "period"), [(3, 50), (1, 20), (7, 333)])
def test_the_circuits_neuron_leaks_as_theory_says(leak, period):
    start, params = 60, LayerParams(inputs=2, neurons=1)
    begin = 20 * (start + 1)
    leaks = begin + strobes(period, 70 * period)
    with BatchSimulator(Layer(params, trace=True), params.trace) as circuit:
        rows = circuit.stimulus(3)
        rows["tick"], rows["load"][:2] = np.arange(3), 1
        rows["weight"][:2] = loading_order(np.array([[1], [-leak]])) & 15
        circuit.run(rows)
        circuit.restart()
        excited = 20 * np.arange(1, start + 1)
        rows = circuit.stimulus(2 * (start + leaks.size))
        rows["tick"] = np.sort(np.concatenate([excited, excited + 1, leaks, leaks + 1]))
        rows["spikes"] = np.isin(rows["tick"], excited) + 2 * np.isin(rows["tick"], leaks)
        records = circuit.run(rows)
    potential = records["potential"][records["source"] == 1, 0]
    assert potential.tolist() == np.maximum(0, start - leak * np.arange(1, 71)).tolist()
    falling = potential[potential > 0].astype(int)
    drift = np.polyfit(leaks[: falling.size], falling, 1)[0]
    assert drift == pytest.approx(-leak / period)
