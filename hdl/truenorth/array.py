"""The array: cores and their routers on a mesh, the step generator, the configuration port.

Ref: Merolla 2014, Akopyan 2015; see :mod:`goldspike.model.truenorth.array`.
"""

from functools import partial
from typing import Any

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import combine, drive_trace, trace_ports
from goldspike.hdl.truenorth.core import Core
from goldspike.hdl.truenorth.router import Router
from goldspike.hdl.verilog import name_ports, repeat
from goldspike.model.truenorth.array import ArrayParams

__all__ = ["Array"]

LOCAL, WEST, EAST, SOUTH, NORTH = range(5)
PERIOD_BITS = 20
WORD = 32
ROW, TYPES, SEED = range(3)


class Array(wiring.Component):
    """A packet h links away takes h + 1 ticks; a packet per link and tick.

    Bit-exact against :func:`goldspike.model.truenorth.array.array_tick`. Cores are numbered from
    the south west, row by row; bundles by row of the array, or by core, the first one lowest.

    Members
    -------
    run : In(1), period : In(20), sync : Out(1), slot : Out(4)
        While `run` is up, steps begin: when all is idle, or `period` ticks after the last one. A
        step begins with `sync`; `slot` is the number of the one that comes next.
    idle : Out(1)
        No core is busy, and there is no packet in a queue or at the input.
    overrun : Out(1)
        A step is due by its period, and not all is idle.
    clear : In(1)
        For an idle array: erase spikes and potentials, bring PRNGs back to their seeds, reset
        routers.
    in_valid : In(1), in_packet : In(packet_bits), in_ready : Out(1)
        A packet at the west link of core 0; dx, dy lead from there to its core.
    out_valid : Out(rows), out_packet : Out(rows * packet_bits), out_ready : In(rows)
        Packets at the east links; what is shown may change until it is taken. 0 without a packet.
    stray : Out(1)
        A packet leaves by another edge on this tick, and is lost.
    merged : Out(cores)
        A spike meets another one on its axon and slot.
    config_valid : In(1), config_data : In(32), config_ready : Out(1)
        A word of the configuration is taken on a tick on which both lines are up.
    """

    run: Signal
    period: Signal
    clear: Signal
    in_valid: Signal
    in_packet: Signal
    out_ready: Signal
    config_valid: Signal
    config_data: Signal
    sync: Signal
    slot: Signal
    idle: Signal
    overrun: Signal
    in_ready: Signal
    out_valid: Signal
    out_packet: Signal
    stray: Signal
    merged: Signal
    config_ready: Signal

    def __init__(self, params: ArrayParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        bits = params.router.packet_bits
        super().__init__(
            {
                "run": In(1),
                "period": In(PERIOD_BITS),
                "clear": In(1),
                "in_valid": In(1),
                "in_packet": In(bits),
                "out_ready": In(params.rows),
                "config_valid": In(1),
                "config_data": In(WORD),
                "sync": Out(1),
                "slot": Out(4),
                "idle": Out(1),
                "overrun": Out(1),
                "in_ready": Out(1),
                "out_valid": Out(params.rows),
                "out_packet": Out(params.rows * bits),
                "stray": Out(1),
                "merged": Out(params.cores),
                "config_ready": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        params = self.params
        cores = repeat(
            m, platform, "core", partial(Core, trace=self.trace), params.core, params.cores
        )
        routers = repeat(
            m, platform, "router", partial(Router, trace=self.trace), params.router, params.cores,
            reset=self.clear,
        )  # fmt: skip
        self.begin_steps(m, cores, routers)
        self.configure(m, cores)
        strays: list[Value] = []
        for k, (core, router) in enumerate(zip(cores, routers, strict=True)):
            self.join_core(m, core, router)
            strays += self.join_links(m, routers, k)
            m.d.comb += [
                core.sync.eq(self.sync),
                core.clear.eq(self.clear),
                self.merged[k].eq(core.merged),
            ]
        m.d.comb += [self.stray.eq(Cat(strays).any()), self.slot.eq(cores[0].slot)]
        if self.trace:
            parts = [(core, params.core.trace) for core in cores]
            parts += [(router, params.router.trace) for router in routers]
            happens = Cat(part.trace_happens for part, _ in parts).any()
            drive_trace(m, self, happens, combine(parts))
        return m

    def begin_steps(self, m: Module, cores: list[Any], routers: list[Any]) -> None:
        """Build the step generator: a timer that stops at its end."""
        since = Signal(PERIOD_BITS, init=-1)  # ticks since the last step, from 0; after reset, long
        rest = Signal()
        due = Signal()
        over = since >= self.period - 1
        m.d.comb += [
            rest.eq(~Cat(core.busy for core in cores).any()),
            self.idle.eq(rest & ~Cat(router.busy for router in routers).any() & ~self.in_valid),
            due.eq(Mux(self.period == 0, self.idle, over)),
            self.sync.eq(self.run & due & rest & ~self.clear),
            self.overrun.eq(self.run & (self.period != 0) & due & ~self.idle),
        ]
        with m.If(self.clear):
            m.d.sync += since.eq(-1)
        with m.Elif(self.sync):
            m.d.sync += since.eq(0)
        with m.Elif(~since.all()):
            m.d.sync += since.eq(since + 1)

    def configure(self, m: Module, cores: list[Any]) -> None:
        """Build the configuration port: words are shifted in from above, until the last one."""
        core, sram = self.params.core, self.params.core.sram
        widths = (sram.row_bits, 2 * core.axons, WORD)
        counts = [-(-width // WORD) for width in widths]
        most = max(counts)
        kind = Signal(2)
        number = Signal(14)
        neuron = Signal(core.neuron_bits)
        left = Signal(range(most + 1))
        kept = Signal(WORD * (most - 1) if most > 1 else 1)
        words = Signal(WORD * most)  # with the one that comes in
        takes = Signal()
        ends = Signal()
        m.d.comb += [
            self.config_ready.eq(self.idle),
            takes.eq(self.config_valid & self.config_ready),
            ends.eq(takes & (left == 1)),
            words.eq(Cat(kept, self.config_data) if most > 1 else self.config_data),
        ]
        with m.If(takes & (left == 0)):
            m.d.sync += [
                kind.eq(self.config_data[30:]),
                number.eq(self.config_data[16:30]),
                neuron.eq(self.config_data[:16]),
            ]
            with m.Switch(self.config_data[30:]):
                for code, count in enumerate(counts):
                    with m.Case(code):
                        m.d.sync += left.eq(count)
        with m.Elif(takes):
            m.d.sync += [left.eq(left - 1), kept.eq(words[WORD:])]
        for k, target in enumerate(cores):
            mine = Signal(name=f"loads_{k}")
            m.d.comb += [
                mine.eq(ends & (number == k)),
                target.load.eq(mine & (kind == ROW)),
                target.load_types.eq(mine & (kind == TYPES)),
                target.load_seed.eq(mine & (kind == SEED)),
                target.load_neuron.eq(neuron),
                target.load_row.eq(words[WORD * (most - counts[ROW]) :]),
                target.types.eq(words[WORD * (most - counts[TYPES]) :]),
                target.seed.eq(words[WORD * (most - counts[SEED]) :]),
            ]

    def join_core(self, m: Module, core: Any, router: Any) -> None:
        """Join a core to the local port of its router."""
        arrived = router.out_data.word_select(LOCAL, self.params.router.packet_bits)
        m.d.comb += [
            router.in_valid[LOCAL].eq(core.out_valid),
            router.in_data.word_select(LOCAL, self.params.router.packet_bits).eq(
                Cat(core.out_dx, core.out_dy, core.out_slot, core.out_axon)
            ),
            core.out_ready.eq(router.in_ready[LOCAL]),
            router.out_ready[LOCAL].eq(1),
            core.spike_valid.eq(router.out_valid[LOCAL]),
            core.spike_slot.eq(arrived[18:22]),
            core.spike_axon.eq(arrived[22:]),
        ]

    def join_links(self, m: Module, routers: list[Any], k: int) -> list[Value]:
        """Join what leads into a router, and what leads out at an edge; return what goes astray."""
        params, router = self.params, routers[k]
        bits = params.router.packet_bits
        y, x = divmod(k, params.columns)
        sides = (  # its port, the neighbour there, and the neighbour's port that leads here
            (WEST, k - 1 if x else None, EAST),
            (EAST, k + 1 if x < params.columns - 1 else None, WEST),
            (SOUTH, k - params.columns if y else None, NORTH),
            (NORTH, k + params.columns if y < params.rows - 1 else None, SOUTH),
        )
        strays = []
        for port, beside, back in sides:
            data = router.in_data.word_select(port, bits)
            if beside is not None:
                source = routers[beside]
                m.d.comb += [
                    router.in_valid[port].eq(source.out_valid[back]),
                    data.eq(source.out_data.word_select(back, bits)),
                    source.out_ready[back].eq(router.in_ready[port]),
                ]
                continue
            outside = k == 0 and port == WEST
            m.d.comb += [
                router.in_valid[port].eq(self.in_valid if outside else 0),
                data.eq(self.in_packet if outside else Const(0, bits)),
            ]
            if outside:
                m.d.comb += self.in_ready.eq(router.in_ready[port])
            if port == EAST:
                m.d.comb += [
                    router.out_ready[port].eq(self.out_ready[y]),
                    self.out_valid[y].eq(router.out_valid[port]),
                    self.out_packet.word_select(y, bits).eq(
                        router.out_data.word_select(port, bits)
                    ),
                ]
                continue
            m.d.comb += router.out_ready[port].eq(1)
            strays.append(router.out_valid[port])
        return strays
