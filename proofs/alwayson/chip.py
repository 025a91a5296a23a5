"""Proof of the chip: how its parts are joined.

What the parts do, their own proofs say. Here every spike, bit and row is followed from the pins, or
from the part that it leaves, to the registers of the part that it is for, and of no other.
"""

from typing import Any, ClassVar

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, ValueLike

from goldspike.hdl.alwayson.chip import Chip
from goldspike.hdl.bugs import bug_in
from goldspike.model.alwayson.chip import ChipParams
from goldspike.model.alwayson.synapse_arbiter import Policy
from goldspike.proofs.alwayson.aer_input import AerInputProof
from goldspike.proofs.part import include
from goldspike.proofs.proof import Proof

__all__ = ["PROOF", "ChipProof"]


@bug_in(Chip)
def exchanged_inputs(m, chip, inside):
    """Give the input core Spk-1 for Spk+1."""
    m.d.comb += [
        chip.cores[0].plus.eq(chip.aer_input.minus), chip.cores[0].minus.eq(chip.aer_input.plus),
    ]  # fmt: skip


@bug_in(Chip)
def exchanged_columns(m, chip, inside):
    """Lead the columns of the input core to the neurons of the next one the wrong way round."""
    m.d.comb += [
        chip.cores[1].plus.eq(chip.cores[0].plus_out[::-1]),
        chip.cores[1].minus.eq(chip.cores[0].minus_out[::-1]),
    ]


@bug_in(Chip)
def frozen_too_late(m, chip, inside):
    """Freeze the output core a tick too late."""
    late = Signal()
    m.d.sync += late.eq(chip.freeze)
    m.d.comb += inside("takes").eq((~late).replicate(len(chip.output.plus)))


@bug_in(Chip)
def shifts_two(m, chip, inside):
    """Shift the neurons' chain with the synapses'."""
    m.d.comb += chip.cores[1].scan_neurons.eq(chip.scan & (chip.scan_block[1:] == 1))


@bug_in(Chip)
def wrong_end(m, chip, inside):
    """Show the end of the first chain, whichever is chosen."""
    m.d.comb += chip.scan_out.eq(chip.cores[0].scan_out_neurons)


@bug_in(Chip)
def loads_the_neighbour(m, chip, inside):
    """Load every core with the row that is for another."""
    m.d.comb += chip.cores[1].load.eq(chip.load & chip.scan_block[0])


@bug_in(Chip)
def hidden_not_cleared(m, chip, inside):
    """Keep the hidden core's frame."""
    m.d.comb += chip.cores[1].clear.eq(0)


@bug_in(Chip)
def loss_unseen(m, chip, inside):
    """Report nothing that the input core loses."""
    m.d.comb += chip.lost[0].eq(0)


@bug_in(Chip)
def rests_too_soon(m, chip, inside):
    """Rest while only the input core is awake."""
    parts = (chip.aer_input, *chip.cores[1:], chip.output, chip.aer_output)
    m.d.comb += chip.busy.eq(Cat(part.busy for part in parts).any())


@bug_in(Chip)
def reads_from_the_second_on(m, chip, inside):
    """Skip the first potential."""
    potentials, bits = chip.output.potentials, chip.params.output_bits
    m.d.comb += chip.aer_output.potentials.eq(Cat(potentials[bits:], Const(-1, bits)))


def quick_chip(layers: tuple[int, ...], **others: Any) -> ChipParams:
    """Return a small chip whose clocks are as fast as they can be."""
    return ChipParams(
        layers=layers, thresholds=(1,) * (len(layers) - 1), bits=2, output_bits=2, length_bits=2,
        synapse_clock=1, **others,
    )  # fmt: skip


class ChipProof(Proof):
    """Any spikes, settings and weights at any time; an arbitrary neuron of every layer."""

    rtl = Chip
    configs: ClassVar = {
        "2-2": quick_chip((2, 2)),
        "2-3-2": quick_chip((2, 3, 2), policy=Policy.ROUND_ROBIN),
        "3-5-4-3": ChipParams(layers=(3, 5, 4, 3), thresholds=(1, 2, 3)),
    }
    quick = ("2-2", "2-3-2")
    search = 24
    bugs: ClassVar = {
        "an event is a spike at the input neuron that address and sign name": exchanged_inputs,
        "what a core launches, the next one gets, by column and sign": exchanged_columns,
        "the output core gets the same, unless it is frozen": frozen_too_late,
        "the chosen chain moves by a bit, and no other": shifts_two,
        "the end of the chosen chain is shown": wrong_end,
        "a row is written where it is chosen, and nowhere else": loads_the_neighbour,
        "a clear reaches all blocks": hidden_not_cleared,
        "a loss is reported for its core": loss_unseen,
        "at rest nobody is awake": rests_too_soon,
        "a readout shows the output core's potentials": reads_from_the_second_on,
    }

    def properties(self, m: Module) -> None:
        """Go from the pins through all layers to the readout; then what reaches every block."""
        dut, cores = self.dut, self.dut.cores
        include(self, AerInputProof, dut.aer_input, "aer_input")
        self.arrivals(m)
        names = [f"core_{k}" for k in range(1, len(cores))] + ["output"]
        launched = []
        for k, (core, name) in enumerate(zip(cores, names, strict=True)):
            column = self.any_value(f"column_{k}", self.params.layers[k + 1])
            got = self.sampled(name if name == "output" else f"{name}.neurons", k + 1, column)
            spikes = Cat(
                line.bit_select(column, 1) for line in (core.synapses.plus, core.synapses.minus)
            )
            takes = (~dut.freeze).replicate(2) if name == "output" else spikes
            was = self.before(f"launched_{k}", spikes & takes)
            launched.append(got == was)
            if k == 0:
                self.reaches("the input core launches", was.any())
        *hidden, last = launched
        self.holds("what a core launches, the next one gets, by column and sign", Cat(hidden).all())
        self.holds("the output core gets the same, unless it is frozen", last)
        self.scan_chains(m)
        self.memories(m)
        self.every_block()
        potentials = self.before("potentials", dut.output.potentials)
        shown = potentials.word_select(dut.out_address, self.params.output_bits)
        self.holds(
            "a readout shows the output core's potentials", ~dut.valid | (dut.value == shown)
        )

    def before(self, name: str, value: ValueLike) -> Signal:
        """Return what a value was on the tick before."""
        was = Signal(len(Value.cast(value)), name=f"was_{name}")
        self.m.d.sync += was.eq(value)
        return was

    def sampled(self, block: str, layer: int, neuron: Value) -> Value:
        """Return the level of the lines of a neuron, as it sampled them: Spk+1 lowest."""
        lines = [
            self.inside(f"{block}.neuron_{k}.wakeup.detector.sampled")
            for k in range(self.params.layers[layer])
        ]
        return Cat(lines).word_select(neuron, 2)

    def arrivals(self, m: Module) -> None:
        """Follow an event to its neuron."""
        dut = self.dut
        neuron = self.any_value("neuron", self.params.layers[0])
        up = self.before("strobe", dut.strobe)
        named = (dut.strobe & ~up) & (dut.address == neuron)
        comes = self.before("event", Cat(named & ~dut.negative, named & dut.negative))
        lines = Cat(
            line.bit_select(neuron, 1) for line in (dut.aer_input.plus, dut.aer_input.minus)
        )
        self.helps("an event on its line", comes == lines)
        self.helps("the strobe as followed", up == self.inside("aer_input.sampled"))
        self.holds(
            "an event is a spike at the input neuron that address and sign name",
            self.sampled("core_0.neurons", 0, neuron) == self.before("event_then", comes),
        )

    def chains(self) -> list[Value]:
        """Return the chains of all blocks, by number; the bit that leaves next is lowest."""
        found: list[Value] = []
        for core in self.dut.cores:
            found += [core.neurons.scan_chain.chain, core.synapses.scan_chain.chain]
        return [*found, self.dut.output.scan_chain.chain]

    def scan_chains(self, m: Module) -> None:
        """Follow all chains."""
        dut = self.dut
        known, bit = self.before("reset", 1), self.before("scan_in", dut.scan_in)
        moves, ends = [], []
        for block, chain in enumerate(self.chains()):
            chosen = dut.scan_block == block
            shifts = self.before(f"shift_{block}", dut.scan & chosen)
            was = self.before(f"chain_{block}", chain)
            moves.append(~known | (chain == Mux(shifts, Cat(was[1:], bit), was)))
            ends.append(~chosen | (dut.scan_out == chain[0]))
        self.holds("the chosen chain moves by a bit, and no other", Cat(moves).all())
        self.holds("the end of the chosen chain is shown", Cat(ends).all())

    def memories(self, m: Module) -> None:
        """Follow all rows of weights."""
        dut, same = self.dut, []
        for k, core in enumerate(dut.cores):
            row = self.any_value(f"row_{k}", self.params.layers[k])
            fields = core.synapses.scan_chain.fields
            words = [
                self.inside(f"core_{k}.synapses.memory.row_{place}")
                for place in range(self.params.layers[k])
            ]
            word = Cat(words).word_select(row, self.params.layers[k + 1])
            writes = dut.load & (dut.scan_block == 2 * k + 1) & (fields["row"] == row)
            follows = self.before(f"word_{k}", Mux(writes, fields["word"], word))
            same.append(~self.before(f"known_{k}", 1) | (word == follows))
        self.holds("a row is written where it is chosen, and nowhere else", Cat(same).all())

    def every_block(self) -> None:
        """Claim what a clear does, and what lost spikes and work of any block show."""
        dut, cleared = self.dut, self.before("clear", self.dut.clear)
        kept: list[Value] = [dut.output.potentials]
        awake: list[Value] = []
        reported = []
        blocks = [f"core_{k}.neurons" for k in range(len(dut.cores))] + ["output"]
        for k, (block, count) in enumerate(zip(blocks, self.params.layers, strict=True)):
            neurons = [f"{block}.neuron_{place}" for place in range(count)]
            merged = Cat(self.inside(f"{path}.wakeup.detector.merged") for path in neurons)
            reported.append(dut.lost[k] == merged.any())
            awake += [self.inside(f"{path}.wakeup.clock_enable") for path in neurons]
        for core in dut.cores:
            synapses: Any = core.synapses
            shaken = synapses.synchroniser
            kept += [core.neurons.potentials, shaken.ack_first, shaken.ack_seen]
            kept.append(synapses.arbiter.following)
            awake.append(synapses.clock_enable)
        self.holds("a clear reaches all blocks", ~cleared | ~Cat(kept).any())
        self.holds("a loss is reported for its core", Cat(reported).all())
        self.holds("at rest nobody is awake", dut.busy | ~Cat(awake).any())


PROOF = ChipProof
