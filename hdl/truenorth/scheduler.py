"""The scheduler: which axons get a spike, 16 steps ahead.

Ref: Merolla 2014, Akopyan 2015; see :mod:`goldspike.model.truenorth.scheduler`. The bits lie in 16
words, one per slot, and a flag beside each word says whether it counts: to clear a slot, or all of
them in one tick, takes the flags alone. So a word changes with a spike only, and a small memory
with one write port can hold them.
"""

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.hdl.verilog import name_ports
from goldspike.model.truenorth.scheduler import SLOTS, SchedulerParams

__all__ = ["Scheduler"]


class Scheduler(wiring.Component):
    """A spike per tick, and a new step per tick; `active` shows it from the next tick on.

    Bit-exact against :class:`goldspike.model.truenorth.scheduler.SchedulerModel`.

    Members
    -------
    write : In(1)
        Note a spike; together with a `sync` of its slot it is kept for 16 steps later.
    slot : In(4), axon : In(axon_bits)
        When, and for which axon; no axon beyond the last.
    sync : In(1), sync_slot : In(4)
        Make the spikes of this slot active, and clear it.
    clear : In(1)
        Forget all spikes, active ones too; wins over `write` and `sync`.
    active : Out(axons)
        Axons that got a spike in the slot of the last `sync`.
    merged : Out(1)
        The spike of this tick's `write` was there already.
    """

    write: Signal
    slot: Signal
    axon: Signal
    sync: Signal
    sync_slot: Signal
    clear: Signal
    active: Signal
    merged: Signal

    def __init__(self, params: SchedulerParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "write": In(1),
                "slot": In(4),
                "axon": In(params.axon_bits),
                "sync": In(1),
                "sync_slot": In(4),
                "clear": In(1),
                "active": Out(params.axons),
                "merged": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        axons = self.params.axons
        m.submodules.slots = slots = Memory(shape=unsigned(axons), depth=SLOTS, init=[])
        port = slots.write_port()
        own, due = slots.read_port(domain="comb"), slots.read_port(domain="comb")
        counts = Signal(SLOTS)  # slots whose word counts
        kept = Signal(axons)
        spikes = Signal(axons)
        line = Signal(axons)
        taken = Signal()
        m.d.comb += [
            own.addr.eq(self.slot),
            due.addr.eq(self.sync_slot),
            line.eq(1 << self.axon),
            taken.eq(self.sync & (self.sync_slot == self.slot)),
            kept.eq(Mux(counts.bit_select(self.slot, 1) & ~taken, own.data, 0)),
            spikes.eq(Mux(counts.bit_select(self.sync_slot, 1), due.data, 0)),
            self.merged.eq(self.write & ~self.clear & (kept & line).any()),
            port.addr.eq(self.slot),
            port.data.eq(kept | line),
            port.en.eq(self.write),
        ]
        with m.If(self.clear):
            m.d.sync += [counts.eq(0), self.active.eq(0)]
        with m.Else():
            with m.If(self.sync):
                m.d.sync += self.active.eq(spikes)
            ended = Mux(self.sync, 1 << self.sync_slot, 0)
            begun = Mux(self.write, 1 << self.slot, 0)
            m.d.sync += counts.eq((counts & ~ended) | begun)

        if self.trace:
            stored = Signal(axons)
            m.d.sync += stored.eq(Mux(self.write & ~self.clear, port.data, 0))
            word = pack(self.params.trace, stored=stored, active=self.active)
            drive_trace(m, self, self.write | self.sync | self.clear, word)
        return m
