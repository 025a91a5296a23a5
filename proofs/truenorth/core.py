"""Proof of the core: spikes are read in their slot, offers wait, steps take their ticks.

What each part does is proved of the part. Here a core so small that all its registers fit into the
induction is driven by anything, and loaded with anything while it is at rest.
"""

from typing import ClassVar

from amaranth.hdl import Cat, Module, Mux, Signal

from goldspike.hdl.bugs import bug_in
from goldspike.hdl.truenorth.core import Core
from goldspike.hdl.truenorth.neuron import Neuron
from goldspike.hdl.truenorth.token_controller import State, TokenController
from goldspike.model.truenorth.core import CoreParams
from goldspike.model.truenorth.neuron import NeuronParams
from goldspike.model.truenorth.prng import PrngParams
from goldspike.model.truenorth.scheduler import SLOTS
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "CoreProof"]

NARROW = NeuronParams(potential_bits=4, weight_bits=2, threshold_bits=1)
SHORT = PrngParams(bits=3, taps=0b110, shifts=1, draw_bits=1)


@bug_in(Core)
def reads_the_next_slot(m, dut, inside):
    """Take the spikes of the slot after the one that is due."""
    m.d.comb += inside("sync_slot").eq(dut.slot + 1)


@bug_in(Core)
def counts_while_busy(m, dut, inside):
    """Go on with the slot number on every sync."""
    with m.If(dut.sync):
        m.d.sync += dut.slot.eq(dut.slot + 1)


@bug_in(Core)
def clears_while_busy(m, dut, inside):
    """Empty the scheduler while the core is busy."""
    m.d.comb += inside("clears").eq(dut.clear)


@bug_in(Core)
def arrives_late(m, dut, inside):
    """Compute with the slot number as it is after the sync."""
    with m.If(dut.out_valid):
        m.d.comb += dut.out_slot.eq(dut.slot + dut.parts_of(inside("sram.row"))["delay"])


@bug_in(Core)
def draws_while_it_waits(m, dut, inside):
    """Draw on every tick for which a spike waits."""
    m.d.comb += inside("take").eq(inside("neuron_unit.draws"))


@bug_in(Core)
def waits_for_nobody(m, dut, inside):
    """Go on, taken or not."""
    m.d.comb += inside("out_ready").eq(1)


@bug_in(Core)
def shows_the_row(m, dut, inside):
    """Show a destination without a spike."""
    m.d.comb += dut.out_axon.eq(dut.parts_of(inside("sram.row"))["axon"])


@bug_in(Core)
def sends_nowhere(m, dut, inside):
    """Send in spite of a delay of 0."""
    m.d.comb += dut.out_valid.eq(inside("neuron_unit.fired"))


@bug_in(Core, at=Neuron)
def sinks(m, neuron, inside):
    """Let a potential with kappa go on below -beta."""
    with m.If(neuron.fire & ~neuron.fired):
        m.d.comb += neuron.result.eq(inside("leaked"))


@bug_in(Core, at=TokenController)
def fetches_twice(m, controller, inside):
    """Fetch a row again and again, as long as spikes would be taken."""
    with m.If(controller.fetch & controller.out_ready):
        m.d.sync += inside("phase").eq(State.FETCH)


class CoreProof(Proof):
    """Any image, spikes, syncs, clears and stalls."""

    rtl = Core
    configs: ClassVar = {
        "1x1": CoreParams(axons=1, neurons=1, neuron=NARROW, prng=SHORT),
        "2x2": CoreParams(axons=2, neurons=2, neuron=NARROW, prng=SHORT),
        "3x3": CoreParams(axons=3, neurons=3),
    }
    quick = ("2x2",)
    search = 14
    bugs: ClassVar = {
        "a spike is read in the next step of its slot, and in no other": reads_the_next_slot,
        "steps are counted, modulo 16": counts_while_busy,
        "active axons stay for the step": clears_while_busy,
        "a spike arrives `delay` steps after its own": arrives_late,
        "a neuron whose spike waits draws nothing": draws_while_it_waits,
        "a spike stays as it is until it is taken": waits_for_nobody,
        "nothing is shown without a spike": shows_the_row,
        "a delay of 0 sends nothing": sends_nowhere,
        "with kappa, none below -beta but a reset one": sinks,
        "a step takes 1 + 2 * neurons + events + stalls ticks": fetches_twice,
    }

    def properties(self, m: Module) -> None:
        """Load at rest; follow a spike that comes in, one that leaves, and the ticks of a step."""
        dut, params = self.dut, self.params
        loads = dut.load | dut.load_types | dut.load_seed
        self.assumes("loaded while not busy", ~(dut.busy & loads))
        self.assumes("axons that there are", ~dut.spike_valid | (dut.spike_axon < params.axons))
        self.assumes("neurons that there are", ~dut.load | (dut.load_neuron < params.neurons))
        self.syncs, self.clears = Signal(), Signal()
        m.d.comb += [
            self.syncs.eq(~dut.busy & dut.sync & ~dut.clear),
            self.clears.eq(~dut.busy & dut.clear),
        ]
        self.follow_in(m)
        self.follow_out(m)
        self.count_ticks(m)

    def follow_in(self, m: Module) -> None:
        """Follow one axon's spike in one slot."""
        dut = self.dut
        slot, axon = self.any_value("slot", SLOTS), self.any_value("axon", self.params.axons)
        waits, due, began, kept = (Signal() for _ in range(4))
        active = self.inside("scheduler.active")
        before = Signal.like(active)
        steps = Signal(4)
        written = dut.spike_valid & (dut.spike_slot == slot) & (dut.spike_axon == axon)
        taken = self.syncs & (steps == slot)
        m.d.sync += [
            waits.eq(~self.clears & (written | (waits & ~taken))),
            due.eq(waits),
            began.eq(taken),
            kept.eq(~self.syncs & ~self.clears),
            before.eq(active),
            steps.eq(Mux(self.clears, 0, steps + self.syncs)),
        ]
        self.holds("steps are counted, modulo 16", dut.slot == steps)
        self.holds(
            "a spike is read in the next step of its slot, and in no other",
            ~began | (active.bit_select(axon, 1) == due),
        )
        self.holds("active axons stay for the step", ~kept | (active == before))
        word = self.contents("scheduler.slots", slot).bit_select(axon, 1)
        counted = self.inside("scheduler.counts").bit_select(slot, 1)
        self.helps("what waits", waits == Mux(counted, word, 0))
        self.reaches("a merge with a spike of two steps before", written & dut.merged & waits)

    def follow_out(self, m: Module) -> None:
        """Compare every tick's offer with the one before; and what is written with -beta."""
        dut = self.dut
        row = dut.parts_of(self.inside("sram.row"))
        offer = Cat(dut.out_dx, dut.out_dy, dut.out_slot, dut.out_axon)
        state = self.inside("prng.state")
        result = self.inside("neuron_unit.result")
        waited = Signal()
        shown, drawn, written = Signal.like(offer), Signal.like(state), Signal.like(result)
        m.d.sync += [
            waited.eq(dut.out_valid & ~dut.out_ready),
            shown.eq(offer),
            drawn.eq(state),
            written.eq(result),
        ]
        same = dut.out_valid & (offer == shown) & (result == written)
        self.holds("a spike stays as it is until it is taken", ~waited | same)
        self.holds("a neuron whose spike waits draws nothing", ~waited | (state == drawn))
        self.holds("nothing is shown without a spike", dut.out_valid | ~offer.any())
        self.holds("a delay of 0 sends nothing", ~dut.out_valid | row["delay"].any())
        arrives = (dut.out_slot - (dut.slot - 1) - row["delay"])[:4] == 0
        self.holds("a spike arrives `delay` steps after its own", ~dut.out_valid | arrives)
        write_back = self.inside("controller.write_back")
        fired = self.inside("neuron_unit.fired")  # R may be anything
        sinks = write_back & row["kappa"] & ~fired & (result < -row["beta"])
        self.holds("with kappa, none below -beta but a reset one", ~sinks)
        self.helps("a row is there", ~waited | ~self.inside("controller.fresh"))
        self.reaches("a spike that waited is taken", waited & dut.out_ready)

    def count_ticks(self, m: Module) -> None:
        """Count the ticks of a step without those of its events and stalls."""
        dut, params = self.dut, self.params
        spent = Signal(range(2 * params.neurons + 3))
        extra = self.inside("controller.integrate") | self.inside("controller.stall")
        erase = self.inside("controller.erase")
        neuron, phase = self.inside("controller.neuron"), self.inside("controller.phase")
        m.d.sync += spent.eq(Mux(dut.busy & ~erase, spent + ~extra, self.syncs))
        last = self.inside("controller.write_back") & (neuron == params.neurons - 1)
        self.holds(
            "a step takes 1 + 2 * neurons + events + stalls ticks",
            ~last | (spent == 2 * params.neurons),
        )
        runs = phase == State.RUN
        working = runs | (phase == State.FETCH)
        self.helps("ticks so far", ~working | (spent == 1 + 2 * neuron + runs))
        self.helps("neurons", (neuron < params.neurons) & (dut.busy | (neuron == 0)))
        self.helps("fresh after a fetch", ~self.inside("controller.fresh") | runs)
        left = Cat(self.inside("controller.left_0"))
        waits = runs & dut.out_valid & ~self.inside("controller.fresh")
        self.helps("nothing is left of what fires", ~waits | ~left.any())
        self.reaches("a step is over", last)


PROOF = CoreProof
