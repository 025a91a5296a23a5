"""Request synchronisers: two flip-flops per signal, for a handshake between two unrelated clocks.

Ref: Chundi 2021, "Synapse Block". Assumptions:
:mod:`goldspike.model.alwayson.request_synchroniser`.
"""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_changes, pack, trace_ports
from goldspike.model.alwayson.request_synchroniser import RequestSynchroniserParams

__all__ = ["RequestSynchroniser"]


class RequestSynchroniser(wiring.Component):
    """Requests to the synapse block's clock, acknowledgements to the neurons'.

    Latency: the second rising edge of the clock that a signal crosses to. A level that lasts from
    one edge to the next is seen.

    Bit-exact against
    :class:`goldspike.model.alwayson.request_synchroniser.RequestSynchroniserModel`. Proved
    (:mod:`goldspike.proofs.alwayson.request_synchroniser`): each output is its input as it was at
    the second last edge of its clock, and moves with an edge, a reset or a clear only.

    Members
    -------
    request : In(lines)
        Of the neurons, each up until it is acknowledged.
    ack : In(lines)
        The arbiter's.
    synapse_rises, neuron_rises : In(1)
        A clock rises on this tick; both may.
    reset : In(1)
        The requests' flip-flops go down; wins over `synapse_rises`.
    clear : In(1)
        The acknowledgements' flip-flops go down; wins over `neuron_rises`. Between two frames.
    request_seen, ack_seen : Out(lines)
        Registers: what the arbiter and the neurons see.
    off, noise : In(1), In(8)
        With `poison` only, which is for simulation: while `off` is up, the requests' flip-flops are
        noise.

    Attributes
    ----------
    request_first, ack_first : Signal(lines)
        The first of the two flip-flops.
    """

    request: Signal
    ack: Signal
    synapse_rises: Signal
    neuron_rises: Signal
    reset: Signal
    clear: Signal
    request_seen: Signal
    ack_seen: Signal
    off: Signal
    noise: Signal

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
                "request": In(n),
                "ack": In(n),
                **{name: In(1) for name in ("synapse_rises", "neuron_rises", "reset", "clear")},
                "request_seen": Out(n),
                "ack_seen": Out(n),
                **({"off": In(1), "noise": In(8)} if poison else {}),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        requests = (self.request_seen, self.request_first)
        acks = (self.ack_seen, self.ack_first)
        with m.If(self.synapse_rises):
            m.d.sync += Cat(requests).eq(Cat(self.request_first, self.request))
        with m.If(self.neuron_rises):
            m.d.sync += Cat(acks).eq(Cat(self.ack_first, self.ack))
        if self.poison:
            with m.If(self.off):
                m.d.sync += Cat(requests).eq(self.noise.replicate(-(-self.params.lines // 4)))
        with m.If(self.reset):
            m.d.sync += Cat(requests).eq(0)
        with m.If(self.clear):
            m.d.sync += Cat(acks).eq(0)
        if self.trace:
            word = pack(
                self.params.trace,
                request_first=self.request_first,
                request_seen=self.request_seen,
                ack_first=self.ack_first,
                ack_seen=self.ack_seen,
            )
            drive_changes(m, self, word)
        return m
