import numpy as np
import pytest
from amaranth.hdl import Cat

from goldspike.cosim.alwayson.core import BENCH
from goldspike.cosim.alwayson.shared.core_levels import load, until_rest
from goldspike.cosim.bench.stimulus import get_lines, rows_from_levels
from goldspike.cosim.lockstep.runner import run_bench
from goldspike.hdl.alwayson.core import Core
from goldspike.hdl.alwayson.neuron import Neuron
from goldspike.hdl.alwayson.request_synchroniser import RequestSynchroniser
from goldspike.hdl.bugs import bug_in
from goldspike.model.alwayson.core import CoreModel
from goldspike.model.paths import ROOT

WRONG_ANSWERS = [
    (
        "input-3x5",
        "synapses.request.eq(neurons.request)",
        "synapses.request.eq(neurons.request & ~1)",
        r"nothing moves for 1000 ticks: neuron \d: .*",
    ),
    (
        "input-3x5",
        "synapses.request.eq(neurons.request)",
        "synapses.request.eq(Cat(neurons.request[1:], neurons.request[0]))",
        r"nothing moves for 1000 ticks: neuron \d: .*",
    ),
    (
        "input-3x5",
        "self.lost.eq(neurons.lost)",
        "self.lost.eq(neurons.lost & 0xF)",
        r"neuron 2: \d+ \+ and \d+ - spikes came and were not lost: \d+ requests",
    ),
    (
        "input-3x5",
        "synapses.neuron_clock.eq(neurons.clock)",
        "synapses.neuron_clock.eq(neurons.clock & ~neurons.request.all())",
        r"nothing moves for 1000 ticks: neuron \d: .*",
    ),
    (
        "hidden-3x5",
        "synapses.request.eq(neurons.request)",
        "synapses.request.eq(neurons.request & 3)",
        r"nothing moves for 1000 ticks: neuron \d: .*",
    ),
    (
        "hidden-5x3",
        "neurons.scan.eq(self.scan_neurons)",
        "neurons.scan.eq(0)",
        r"neuron \d: \d+ \+ and \d+ - spikes came .*",
    ),
    (
        "hidden-5x3",
        "self.lost.eq(neurons.lost)",
        "self.lost.eq(neurons.lost & 0xFF)",
        r"neuron 4: \d+ \+ and \d+ - spikes came .*",
    ),
]

NUMBERED = True

GATED = ["hidden-3x5"]

FAULTS = [
    (
        "hidden-3x5",
        "neurons.scan.eq(self.scan_neurons)",
        "neurons.scan.eq(self.scan_neurons & ~self.load)",
    ),
    (
        "hidden-3x5",
        "synapses.scan.eq(self.scan_synapses)",
        "synapses.scan.eq(self.scan_synapses & ~self.clear)",
    ),
    (
        "hidden-3x5",
        "neurons.scan.eq(self.scan_neurons)",
        "neurons.scan.eq(self.scan_neurons & ~self.plus.any())",
    ),
    (
        "hidden-3x5",
        "synapses.scan.eq(self.scan_synapses)",
        "synapses.scan.eq(self.scan_synapses & ~self.minus.any())",
    ),
    (
        "hidden-3x5",
        "synapses.request.eq(neurons.request)",
        "synapses.request.eq(neurons.request & ~Cat(self.scan_in, self.scan_in, self.scan_in))",
    ),
]


@pytest.mark.parametrize("config", ["hidden-3x5", "input-5x3"])
def test_in_lockstep(config):
    run_bench(BENCH, config, steps=200)  # cocotb; all others from arrays


@bug_in(Core)
def acknowledges_the_neighbour(m, dut, inside):
    """Bug: an acknowledgement reaches the neuron after the one that asked."""
    m.d.comb += dut.neurons.ack.eq(dut.synapses.ack.rotate_left(1))


@bug_in(Core, at=Neuron)
def asks_unpowered(m, part, inside):
    """Bug: a neuron's request is not isolated."""
    m.d.comb += part.request.eq(part.fsm.request)


@bug_in(Core)
def wrong_clock(m, dut, inside):
    """Bug: acknowledgements are synchronised to the synapse block's own clock."""
    m.d.comb += dut.synapses.neuron_clock.eq(dut.synapses.clock)


@bug_in(Core, at=RequestSynchroniser)
def requests_by_the_neurons_clock(m, part, inside):
    """Bug: requests are synchronised to the neurons' clock."""
    flip_flops = Cat(part.request_seen, part.request_first)
    with m.If(~part.reset):
        m.d.sync += flip_flops.eq(flip_flops)
        with m.If(part.neuron_rises):
            m.d.sync += flip_flops.eq(Cat(part.request_first, part.request))


@bug_in(Core)
def half_cleared(m, dut, inside):
    """Bug: a clear does not reach the synapse block."""
    m.d.comb += dut.synapses.clear.eq(0)


@bug_in(Core)
def keeps_potentials(m, dut, inside):
    """Bug: a clear does not reach the neurons."""
    m.d.comb += dut.neurons.clear.eq(0)


@bug_in(Core)
def one_chain(m, dut, inside):
    """Bug: the synapse block's chain takes what leaves the neurons'."""
    m.d.comb += dut.synapses.scan_in.eq(dut.neurons.scan_out)


@bug_in(Core)
def shifts_both(m, dut, inside):
    """Bug: the neurons' chain shifts with the synapse block's."""
    m.d.comb += dut.neurons.scan.eq(dut.scan_neurons | dut.scan_synapses)


@bug_in(Core)
def swapped_signs(m, dut, inside):
    """Bug: Spk+1 and Spk-1 to the next core are swapped."""
    m.d.comb += [dut.plus_out.eq(dut.synapses.minus), dut.minus_out.eq(dut.synapses.plus)]


@bug_in(Core)
def rests_too_soon(m, dut, inside):
    """Bug: busy does not wait for the synapse block."""
    m.d.comb += dut.busy.eq(dut.neurons.busy)


BUGS = [
    (acknowledges_the_neighbour, "(potentials|awake|request|record|pin)"),
    (asks_unpowered, "(request|pin|synapse|record)"),
    (requests_by_the_neurons_clock, "(synapse_request_first|synapse_request_seen|record)"),
    (wrong_clock, "(synapse_ack_first|synapse_ack_seen|record|pin)"),
    (half_cleared, "(synapse_ack_first|synapse_ack_seen|synapse_following|record)"),
    (keeps_potentials, "(potentials|record)"),
    (one_chain, "(pin|synapse|record)"),
    (shifts_both, "(pin|record)"),
    (swapped_signs, "pin (plus|minus)_out"),
    (rests_too_soon, "(pin busy|record)"),
]
OFTEN = {wrong_clock, half_cleared}


@pytest.mark.parametrize(
    ("rtl", "field"),
    [pytest.param(*bug, marks=[] if bug[0] in OFTEN else pytest.mark.slow) for bug in BUGS],
)
def test_a_wrong_core_is_caught(rtl, field, caught):
    caught(rtl, "hidden-5x3-slow-power", field, steps=200)


class Image(BENCH):
    """Digits of 16 levels, every pixel twice as wide and high; a step is a tick."""

    def stimulus(self, rng, steps):
        """Let every pixel of an image spike at a rate of its own, from a phase of its own."""
        params, model, parts = self.params, CoreModel(self.params), []
        images = np.load(ROOT / "data" / "digits.npz")["x"].reshape(-1, 8, 8)
        settings = (params.neurons.settings, params.synapses.settings)
        for clear, image in enumerate(images[rng.choice(len(images), 2, replace=False)]):
            parts.append(load(rng, model, settings, every=not clear, clear=clear))
            rates = np.kron(image / image.max(), np.ones((2, 2))).ravel()[: params.neurons.neurons]
            phases = rng.random(rates.size) + 0.01 * np.arange(steps)[:, None] * rates
            lines = np.zeros((steps, 2, rates.size), bool)
            lines[1:, 0] = np.diff(np.floor(phases), axis=0) > 0
            parts.append(until_rest(model, lines, 0))
        self.served = model.counts["synapse_served"]
        joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        return rows_from_levels(self, joined)

    def coverage(self, rows, records):
        """Requests, more than can be served at once."""
        waiting = get_lines(records, "request", self.params.neurons.neurons).sum(axis=1)
        return {"served": int(self.served > 300), "several wait": int((waiting > 1).sum())}


@pytest.mark.slow
@pytest.mark.parametrize("config", ["input-256x128", "hidden-128x128"])
def test_the_published_core_on_images(config):
    run_bench(Image, config, driver="arrays", steps=8000)


@pytest.mark.slow
@pytest.mark.parametrize("config", ["hidden-3x5", "6-14", "14-6"])
def test_long_in_lockstep(config):
    run_bench(BENCH, config, driver="arrays", steps=20_000)
