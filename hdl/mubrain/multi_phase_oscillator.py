"""Multi-phase single-cycle oscillator: four strobes in a fixed order, on demand.

Ref: Stuijt 2021, section 2.4, Fig. 2B. In ``tick`` the chain of delay cells is one counter of
ticks.
"""

from itertools import accumulate

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.model.mubrain.multi_phase_oscillator import MultiPhaseOscillatorParams

__all__ = ["MultiPhaseOscillator"]


class MultiPhaseOscillator(wiring.Component):
    """One oscillation per request; `load` strobes `load` ticks after the request came up.

    Bit-exact against
    :class:`goldspike.model.mubrain.multi_phase_oscillator.MultiPhaseOscillatorModel`. A counter
    state beyond the period strobes nothing and runs out into rest.

    Members
    -------
    request : In(1)
        Starts an oscillation while the oscillator rests; ignored during one.
    load_phase, select_phase, access_phase, recover_phase : Out(1)
        Strobes: the phase happens on this tick. `load_phase` is combinational if its delay is 1.
    busy : Out(1)
        An oscillation is under way or starts on this tick.
    """

    request: Signal
    load_phase: Signal
    select_phase: Signal
    access_phase: Signal
    recover_phase: Signal
    busy: Signal

    def __init__(self, params: MultiPhaseOscillatorParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "request": In(1),
                "load_phase": Out(1),
                "select_phase": Out(1),
                "access_phase": Out(1),
                "recover_phase": Out(1),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        count = Signal(range(self.params.period))
        m.d.comb += self.busy.eq((count != 0) | self.request)
        with m.If(self.recover_phase):
            m.d.sync += count.eq(0)
        with m.Elif(self.busy):
            m.d.sync += count.eq(count + 1)

        strobes = Cat(self.load_phase, self.select_phase, self.access_phase, self.recover_phase)
        for strobe, last in zip(strobes, self.last_counts(), strict=True):
            if last == 0:
                m.d.comb += strobe.eq(self.busy & (count == 0))
            else:  # out of a register: a strobe reaches many gates
                m.d.sync += strobe.eq(self.busy & (count == last - 1))

        if self.trace:
            phase = Signal(4)
            m.d.sync += phase.eq(strobes)
            drive_trace(m, self, strobes.any(), pack(self.params.trace, phase=phase))
        return m

    def last_counts(self) -> list[int]:
        """Return what the counter holds on the tick of each phase."""
        return [after - 1 for after in accumulate(self.params.delays)]
