"""The core: scheduler, memory, neuron, PRNG and token controller together.

Ref: Akopyan 2015, Merolla 2014; see :mod:`goldspike.model.truenorth.core` for the ticks of a step.
"""

from types import SimpleNamespace

from amaranth.hdl import Module, Mux, Signal, Value, ValueLike, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import combine, drive_trace, pack, trace_ports
from goldspike.hdl.truenorth.core_sram import CoreSram
from goldspike.hdl.truenorth.neuron import Neuron
from goldspike.hdl.truenorth.prng import Prng
from goldspike.hdl.truenorth.scheduler import Scheduler
from goldspike.hdl.truenorth.token_controller import TokenController
from goldspike.hdl.verilog import name_ports
from goldspike.model.trace import TraceLayout
from goldspike.model.truenorth.core import CoreParams

__all__ = ["Core"]


class Core(wiring.Component):
    """A step takes ``1 + 2 * neurons + events + stalls`` ticks, that of `sync` included.

    Bit-exact against :func:`goldspike.model.truenorth.core.core_tick`. Outputs are 0 while they say
    nothing. Loading is for a core that is not busy; `sync` and `clear` are ignored by a busy one.

    Members
    -------
    sync : In(1)
        Begin a step, if not busy.
    clear : In(1)
        Empty the scheduler, erase the potentials, take the seed and slot 0, if not busy; wins over
        `sync`, and over a spike on its tick.
    spike_valid : In(1), spike_slot : In(4), spike_axon : In(axon_bits)
        A spike for an axon that there is, in the next step with this number; always taken.
    load : In(1), load_neuron : In(neuron_bits), load_row : In(row_bits)
        Load a neuron's row, laid out as :attr:`CoreSramParams.fields`.
    load_types : In(1), types : In(2 * axons)
        Load the types of all axons, axon 0 in the lowest bits.
    load_seed : In(1), seed : In(32)
        Load the seed, and the PRNG with it.
    out_valid : Out(1), out_ready : In(1)
        A neuron's spike; the core waits until it is taken.
    out_dx, out_dy : Out(signed(9))
        Cores to the east and to the north that it goes.
    out_slot : Out(4), out_axon : Out(axon_bits)
        When and where it arrives there.
    busy : Out(1)
        From the tick after a `sync` or `clear` to the last write-back or erasure.
    merged : Out(1)
        The spike on this tick is one with another that was there already.
    slot : Out(4)
        The number of the step that comes next, modulo 16.
    """

    sync: Signal
    clear: Signal
    spike_valid: Signal
    spike_slot: Signal
    spike_axon: Signal
    out_ready: Signal
    load: Signal
    load_neuron: Signal
    load_row: Signal
    load_types: Signal
    types: Signal
    load_seed: Signal
    seed: Signal
    out_valid: Signal
    out_dx: Signal
    out_dy: Signal
    out_slot: Signal
    out_axon: Signal
    busy: Signal
    merged: Signal
    slot: Signal

    def __init__(self, params: CoreParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "sync": In(1),
                "clear": In(1),
                "spike_valid": In(1),
                "spike_slot": In(4),
                "spike_axon": In(params.axon_bits),
                "out_ready": In(1),
                "load": In(1),
                "load_neuron": In(params.neuron_bits),
                "load_row": In(params.sram.row_bits),
                "load_types": In(1),
                "types": In(2 * params.axons),
                "load_seed": In(1),
                "seed": In(32),
                "out_valid": Out(1),
                "out_dx": Out(signed(9)),
                "out_dy": Out(signed(9)),
                "out_slot": Out(4),
                "out_axon": Out(params.axon_bits),
                "busy": Out(1),
                "merged": Out(1),
                "slot": Out(4),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        params = self.params
        m.submodules.scheduler = scheduler = Scheduler(params.scheduler)
        m.submodules.sram = sram = CoreSram(params.sram)
        m.submodules.prng = prng = Prng(params.prng)
        m.submodules.neuron_unit = neuron = Neuron(params.neuron)
        m.submodules.controller = controller = TokenController(params.controller, trace=self.trace)
        syncs = Signal()
        clears = Signal()
        seed = Signal(32, init=1)
        row = self.parts_of(sram.row)
        m.d.comb += [
            syncs.eq(self.sync & ~self.clear & ~self.busy),
            clears.eq(self.clear & ~self.busy),
            self.busy.eq(controller.busy),
            controller.sync.eq(self.sync),
            controller.clear.eq(self.clear),
            controller.out_ready.eq(self.out_ready),
            controller.events.eq(scheduler.active & row["synapses"]),
            controller.send.eq(self.out_valid),
            # spikes that come in
            scheduler.write.eq(self.spike_valid),
            scheduler.slot.eq(self.spike_slot),
            scheduler.axon.eq(self.spike_axon),
            scheduler.sync.eq(syncs),
            scheduler.sync_slot.eq(self.slot),
            scheduler.clear.eq(clears),
            self.merged.eq(scheduler.merged),
            # rows, out and back
            sram.read.eq(controller.fetch),
            sram.read_neuron.eq(controller.neuron),
            sram.write.eq(controller.write_back | controller.erase),
            sram.write_neuron.eq(controller.neuron),
            sram.potential.eq(neuron.result),  # 0 unless it fires
            sram.load.eq(self.load),
            sram.load_neuron.eq(self.load_neuron),
            sram.load_row.eq(self.load_row),
            sram.load_types.eq(self.load_types),
            sram.types.eq(self.types),
            sram.axon.eq(controller.axon),
            # a neuron's work
            neuron.fields.eq(row["constants"]),
            neuron.potential.eq(row["potential"]),
            neuron.first.eq(controller.first),
            neuron.integrate.eq(controller.integrate),
            neuron.axon_type.eq(sram.axon_type),
            neuron.fire.eq(controller.fire),
            neuron.draw_first.eq(prng.first),
            neuron.draw_second.eq(prng.second),
            # a neuron whose spike waits draws when it goes on
            prng.take.eq(Mux(controller.stall, 0, neuron.draws)),
            prng.load.eq(self.load_seed | clears),
            prng.seed.eq(Mux(self.load_seed, self.seed, seed)),
        ]
        with m.If(self.load_seed):
            m.d.sync += seed.eq(self.seed)
        with m.If(syncs):
            m.d.sync += self.slot.eq(self.slot + 1)
        with m.If(clears):
            m.d.sync += self.slot.eq(0)
        self.send(m, neuron.fired, row)
        if self.trace:
            self.trace_parts(m, syncs, scheduler, controller, neuron, prng)
        return m

    def parts_of(self, row: Value) -> dict[str, Value]:
        """Return the parts of a row; the neuron's constants are one."""
        params, place, parts = self.params, 0, {}
        constants = params.neuron.fields
        for name, width in params.sram.fields:
            parts[name] = row[place : place + width]
            place += width
        begin = params.axons + params.neuron.potential_bits
        parts["constants"] = row[begin : begin + sum(width for _, width in constants)]
        return parts

    def send(self, m: Module, fired: Value, row: dict[str, Value]) -> None:
        """Offer a neuron's spike, unless its delay says that it sends nowhere."""
        arrives = self.slot + row["delay"] - 1  # the slot's number has gone on already
        m.d.comb += self.out_valid.eq(fired & row["delay"].any())
        with m.If(self.out_valid):
            m.d.comb += [
                self.out_dx.eq(row["dx"]),
                self.out_dy.eq(row["dy"]),
                self.out_slot.eq(arrives),
                self.out_axon.eq(row["axon"]),
            ]

    def trace_parts(
        self,
        m: Module,
        syncs: Value,
        scheduler: Scheduler,
        controller: TokenController,
        neuron: Neuron,
        prng: Prng,
    ) -> None:
        """Drive the trace port: spikes, active axons, the token, what is written back."""
        layouts = dict(self.params.parts)

        def noted(part: str, happens: Value, **values: ValueLike) -> SimpleNamespace:
            """Keep what a tick shows for the record after it."""
            layout: TraceLayout = layouts[part]
            found = SimpleNamespace(
                trace_valid=Signal(name=f"{part}_valid"),
                trace_word=Signal(layout.width, name=f"{part}_word"),
            )
            m.d.sync += [
                found.trace_valid.eq(happens),
                found.trace_word.eq(pack(layout, **values)),
            ]
            return found

        begins = Signal(name="active_valid")
        m.d.sync += begins.eq(syncs)
        word = pack(layouts["active"], axons=scheduler.active)
        began = SimpleNamespace(trace_valid=begins, trace_word=Mux(begins, word, 0))
        spike = noted(
            "spike",
            self.spike_valid,
            slot=self.spike_slot,
            axon=self.spike_axon,
            merged=self.merged,
        )
        written = noted(
            "write_back",
            controller.write_back,
            potential=neuron.result,
            fired=neuron.fired,
            prng=prng.state,
        )
        parts = {"spike": spike, "active": began, "controller": controller, "write_back": written}
        combined = combine([(part, layouts[name]) for name, part in parts.items()])
        drive_trace(m, self, self.spike_valid | syncs | self.busy, combined)
