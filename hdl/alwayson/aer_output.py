"""AER output: the potentials of the output neurons leave one by one, and then the winner.

Ref: Chundi 2021, "Chip Prototype". Assumptions: :mod:`goldspike.model.alwayson.aer_output`.
"""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_changes, pack, trace_ports
from goldspike.model.alwayson.aer_output import AerOutputParams

__all__ = ["AerOutput"]

SAID = ("valid", "address", "value", "done", "winner")


class AerOutput(wiring.Component):
    """Reads out the potentials, one per tick, and the first of the highest ones.

    With `start` on tick t, potential k is out after tick t + k + 1 and the winner after
    t + lines + 1; the next readout may start on tick t + lines + 2.

    Bit-exact against :class:`goldspike.model.alwayson.aer_output.AerOutputModel`. Proved
    (:mod:`goldspike.proofs.alwayson.aer_output`): all lines once and in order, each as it was
    sampled; the winner is the lowest line of the highest value.

    Members
    -------
    potentials : In(lines * bits)
        Signed, neuron 0 lowest. Each is sampled on the tick on which it is read.
    start : In(1)
        Begin a readout; ignored while one is under way.
    valid : Out(1)
        A potential leaves.
    address, value : Out(address_bits), Out(bits)
        Whose, and the potential in two's complement; 0 without `valid`.
    done : Out(1)
        One tick high after the last potential.
    winner : Out(address_bits)
        With `done`, the neuron of the highest potential, the first of several; else 0.
    busy : Out(1)
        Combinational: a readout starts or is under way, or something leaves.
    """

    potentials: Signal
    start: Signal
    valid: Signal
    address: Signal
    value: Signal
    done: Signal
    winner: Signal
    busy: Signal

    def __init__(self, params: AerOutputParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "potentials": In(params.lines * params.bits),
                "start": In(1),
                "valid": Out(1),
                "address": Out(params.address_bits),
                "value": Out(params.bits),
                "done": Out(1),
                "winner": Out(params.address_bits),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        lines, bits = self.params.lines, self.params.bits
        runs = Signal()
        reads = Signal()
        ends = Signal()
        place = Signal(range(lines + 1))  # whose potential is read next
        potential = Signal(signed(bits))
        m.d.comb += [
            reads.eq(runs & (place < lines)),
            ends.eq(runs & ~reads),
            potential.eq(self.potentials.word_select(place[: len(self.address)], bits)),
            self.busy.eq(self.start | runs | self.valid | self.done),
        ]
        with m.If(~runs):
            m.d.sync += [runs.eq(self.start), place.eq(0)]
        with m.Elif(reads):
            m.d.sync += place.eq(place + 1)
        with m.Else():
            m.d.sync += runs.eq(0)

        highest = Signal(signed(bits))
        leader = Signal(len(self.address))
        with m.If(reads & ((place == 0) | (potential > highest))):
            m.d.sync += [highest.eq(potential), leader.eq(place)]

        m.d.sync += [
            self.valid.eq(reads),
            self.address.eq(Mux(reads, place, 0)),
            self.value.eq(Mux(reads, potential, 0)),
            self.done.eq(ends),
            self.winner.eq(Mux(ends, leader, 0)),
        ]
        if self.trace:
            drive_changes(
                m, self, pack(self.params.trace, **{name: getattr(self, name) for name in SAID})
            )
        return m
