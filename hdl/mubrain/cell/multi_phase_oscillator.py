"""Multi-phase single-cycle oscillator: four strobes in a fixed order, on demand.

Ref: Stuijt 2021, section 2.4, Fig. 2B. In ``cell`` it is a chain of four delay cells.
One oscillation is one transition that travels down the chain; each phase is up from one tap's
transition to the next one's. Nothing has to return to zero, and nothing samples: the launch is an
AND of request and rest, so a request may come up at any moment.
"""

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.cells import clock_and, clock_xor, clocked, delayed
from goldspike.hdl.trace import cell_trace_ports, pack
from goldspike.model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams

__all__ = ["MultiPhaseOscillator"]


PHASES = ("load", "select", "access", "recover")


class MultiPhaseOscillator(wiring.Component):
    """One oscillation per request; `load` rises `load` picoseconds after the request came up.

    Equal, to the picosecond, to
    :meth:`goldspike.model.mubrain.multi_phase_oscillator.MultiPhaseOscillatorModel.run_levels`.

    Members
    -------
    rst : In(1)
        At rest; held until nothing is left in the chain.
    request : In(1)
        Starts an oscillation while the oscillator rests, and must then not fall and come again
        before `load`; ignored during one.
    load_phase, select_phase, access_phase : Out(1)
        Clocks that rise with their phase and fall with the next one.
    busy : Out(1)
        Up from the launch to *recover*; on a launch with *recover*, up throughout.
    """

    rst: Signal
    request: Signal
    load_phase: Signal
    select_phase: Signal
    access_phase: Signal
    busy: Signal
    taps: Signal
    trace_word: Signal

    def __init__(self, params: MultiPhaseOscillatorParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "rst": In(1),
                "request": In(1),
                "load_phase": Out(1),
                "select_phase": Out(1),
                "access_phase": Out(1),
                "busy": Out(1),
                **({"taps": Out(4)} if trace else {}),
                **cell_trace_ports(params.cell_trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        turn = Signal()  # changes with every launch
        taps = []  # change with every phase
        for phase, ps in zip(PHASES, self.params.delays, strict=True):
            taps.append(delayed(m, f"{phase}_tap", taps[-1] if taps else turn, ps))
        loaded, selected, accessed, recovered = self.order(taps)

        active = clock_xor(m, "active", loaded, recovered)  # from load to recover
        launch = clock_and(m, "launch", self.request, self.rests(~active))  # up until load
        m.d[clocked(m, "launched", launch, self.rst)] += turn.eq(~turn)
        m.d.comb += [
            self.load_phase.eq(clock_xor(m, "load_clock", loaded, selected)),
            self.select_phase.eq(clock_xor(m, "select_clock", selected, accessed)),
            self.access_phase.eq(clock_xor(m, "access_clock", accessed, recovered)),
            self.busy.eq(turn ^ recovered),
        ]
        if self.trace:
            m.d.comb += [
                self.taps.eq(Cat(taps)),
                self.trace_word.eq(pack(self.params.cell_trace, taps=Cat(taps))),
            ]
        return m

    def order(self, taps: list[Signal]) -> list[Signal]:
        """Return the taps that end load, select, access and recover."""
        return taps

    def rests(self, inactive: Value) -> Value:
        """Return whether a request may launch."""
        return inactive
