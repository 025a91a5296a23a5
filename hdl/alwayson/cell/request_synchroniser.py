"""Request synchronisers on real clocks: two flip-flops per signal, each on the clock it crosses to.

Ref: Chundi 2021, "Synapse Block". Assumptions:
:mod:`goldspike.model.alwayson.request_synchroniser`.
"""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.cells import clocked
from goldspike.hdl.trace import cell_trace_ports, pack
from goldspike.model.alwayson.request_synchroniser import RequestSynchroniserParams

__all__ = ["RequestSynchroniser"]


class RequestSynchroniser(wiring.Component):
    """Requests to the synapse block's gated clock, acknowledgements to the neurons' clock.

    Equal, to the picosecond, to
    :class:`goldspike.model.alwayson.request_synchroniser.RequestSynchroniserModel`. A signal that
    changes at the very moment of an edge is no contract: silicon resolves it either way.

    Members
    -------
    rst : In(1)
        All flip-flops are down while it is up.
    request, ack : In(lines)
        As in ``tick``.
    synapse_clock, neuron_clock : In(1)
        Each rising edge shifts: the requests on the gated clock, the acknowledgements on the other.
    reset, clear : In(1)
        The requests' flip-flops, the acknowledgements' flip-flops are down while it is up.
    request_seen, ack_seen : Out(lines)
        What the arbiter and the neurons see.
    off, noise : In(1), In(8)
        With `poison` only, which is for simulation: on an edge while `off` is up, the requests'
        flip-flops become noise.
    """

    rst: Signal
    request: Signal
    ack: Signal
    synapse_clock: Signal
    neuron_clock: Signal
    reset: Signal
    clear: Signal
    request_seen: Signal
    ack_seen: Signal
    off: Signal
    noise: Signal
    trace_word: Signal

    def __init__(
        self, params: RequestSynchroniserParams, *, trace: bool = False, poison: bool = False
    ) -> None:
        self.params = params
        self.trace = trace
        self.poison = poison
        n = params.lines
        self.request_first = Signal(n)
        self.ack_first = Signal(n)
        super().__init__(
            {
                "rst": In(1),
                "request": In(n),
                "ack": In(n),
                **{name: In(1) for name in ("synapse_clock", "neuron_clock", "reset", "clear")},
                "request_seen": Out(n),
                "ack_seen": Out(n),
                **({"off": In(1), "noise": In(8)} if poison else {}),
                **cell_trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        down = {name: Signal(name=f"{name}_down") for name in ("request", "ack")}
        m.d.comb += [
            down["request"].eq(self.reset | self.rst),
            down["ack"].eq(self.clear | self.rst),
        ]
        synapse = clocked(m, "synapse", self.synapse_clock, down["request"])
        neuron = clocked(m, "neuron", self.neuron_clock, down["ack"])
        m.d[synapse] += [
            self.request_seen.eq(self.request_first),
            self.request_first.eq(self.request),
        ]
        m.d[neuron] += [self.ack_seen.eq(self.ack_first), self.ack_first.eq(self.ack)]
        if self.poison:
            with m.If(self.off):
                spread = self.noise.replicate(-(-self.params.lines // 4))
                m.d[synapse] += Cat(self.request_seen, self.request_first).eq(spread)
        if self.trace:
            word = pack(
                self.params.trace,
                request_first=self.request_first,
                request_seen=self.request_seen,
                ack_first=self.ack_first,
                ack_seen=self.ack_seen,
            )
            m.d.comb += self.trace_word.eq(word)
        return m
