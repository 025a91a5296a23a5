"""Spike arbiter: many inputs, one spike at a time.

Ref: Stuijt 2021, section 2.3, Fig. 2A and 2C. In ``cell`` the spikes clock their edge detectors,
and the oscillator's phases clock the spike register, the selected input and, gated by it, the
detector that is served. The priority encoder is that of ``tick``, without registers.
"""

from amaranth.hdl import Cat, DomainRenamer, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.cells import clock_and, clocked
from goldspike.hdl.mubrain import arbiter
from goldspike.hdl.mubrain.cell.multi_phase_oscillator import MultiPhaseOscillator
from goldspike.hdl.timing.cell.edge_detector import EdgeDetector
from goldspike.hdl.trace import cell_trace_ports, pack
from goldspike.model.mubrain.arbiter import ArbiterParams
from goldspike.model.timing.edge_detector import EdgeDetectorParams

__all__ = ["Arbiter", "PriorityEncoder"]


class PriorityEncoder(arbiter.PriorityEncoder):
    """The encoder of ``tick`` between two clocks: its longest path has from load to select."""

    def schedule(self, m: Module) -> list[Signal | None]:
        """Return no strobe: there are no registers between its steps."""
        return [None, None, None]

    def keep(self, m: Module, group: Value, line: Value) -> None:
        """Remember what is selected; the domain is clocked by `select`."""
        number = Cat(arbiter.encode(line), arbiter.encode(group))
        m.d.sync += [self.group.eq(group), self.line.eq(line), self.address.eq(number)]


class Arbiter(wiring.Component):
    """Grants the pending inputs one by one, one per oscillation.

    Equal, to the picosecond, to :class:`goldspike.model.mubrain.arbiter.ArbiterModel`.

    Members
    -------
    rst : In(1)
        At rest, nothing pending; held for one oscillation at least.
    spikes : In(inputs)
        Input lines: each is a clock.
    clear : In(1)
        While up, the search starts at input 0 again and `address` is 0; only at rest, which spikes
        that were served and are still up do not disturb.
    grant : Out(1)
        The clock of *access*: rises as the spike of `address` is granted, falls with *recover*.
    address : Out(range(inputs))
        The selected input; holds from select to the next select.
    busy : Out(1)
        An oscillation is under way.
    """

    rst: Signal
    spikes: Signal
    clear: Signal
    grant: Signal
    address: Signal
    busy: Signal
    merges: Signal
    trace_word: Signal

    def __init__(self, params: ArbiterParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        n = params.inputs
        super().__init__(
            {
                "rst": In(1),
                "spikes": In(n),
                "clear": In(1),
                "grant": Out(1),
                "address": Out(params.address_bits),
                "busy": Out(1),
                **({"merges": Out(n)} if trace else {}),
                **cell_trace_ports(params.cell_trace, trace),
            }
        )
        self.detector = EdgeDetector(EdgeDetectorParams(inputs=n), trace=trace)
        self.oscillator = MultiPhaseOscillator(params.oscillator, trace=trace)
        self.encoder = PriorityEncoder(params)

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        m.submodules.detector = detector = self.detector
        m.submodules.oscillator = oscillator = self.oscillator
        encoder = self.encoder
        m.submodules.encoder = DomainRenamer("select")(encoder)
        load = clocked(m, "load", oscillator.load_phase, self.rst)
        clocked(m, "select", oscillator.select_phase, self.rst | self.clear)
        register = Signal(self.params.inputs)

        m.d[load] += register.eq(detector.pending)
        m.d.comb += [
            detector.rst.eq(self.rst),
            detector.level.eq(self.lines(m)),
            detector.taken.eq(self.takes(m, oscillator.access_phase, encoder.mask())),
            oscillator.rst.eq(self.rst),
            oscillator.request.eq(self.request(m, detector.pending)),
            encoder.register.eq(self.register_settled(m, register)),
            self.grant.eq(oscillator.access_phase),
            self.address.eq(encoder.address),
            self.busy.eq(oscillator.busy),
        ]
        if self.trace:
            grants = Signal(8)
            m.d[clocked(m, "counted", oscillator.access_phase, self.rst)] += grants.eq(grants + 1)
            word = pack(
                self.params.cell_trace,
                taps=oscillator.taps,
                grants=grants,
                address=self.address,
                pending=detector.pending,
                register=register,
                merges=detector.merges,
            )
            m.d.comb += [self.merges.eq(detector.merges), self.trace_word.eq(word)]
        return m

    def lines(self, m: Module) -> Value:
        """Return what clocks the edge detectors."""
        return self.spikes

    def takes(self, m: Module, access: Value, mask: Value) -> Value:
        """Return the clocks that take the granted spike: that of the selected input rises."""
        return clock_and(m, "take", access, mask)

    def request(self, m: Module, pending: Value) -> Value:
        """Return the request: something waits."""
        return pending.any()

    def register_settled(self, m: Module, register: Value) -> Value:
        """Return the spike register as the encoder sees it."""
        return register
