"""The neuron: synapses, leak, threshold, reset, each plain or stochastic.

Ref: Cassidy 2013; see :mod:`goldspike.model.truenorth.neuron`. An event's weight and the leak go
through one sampler, one adder and one saturation, since no tick needs both. Each threshold is one
subtraction: its sign is the comparison, its value the linear reset.
"""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.hdl.verilog import name_ports
from goldspike.model.truenorth.neuron import NeuronParams

__all__ = ["Neuron"]


class Neuron(wiring.Component):
    """One event per tick, or leak, threshold and reset at once; `result` is of the same tick.

    Bit-exact against the functions of :mod:`goldspike.model.truenorth.neuron`. The accumulator is
    the one register; a tick with neither `first` nor `integrate` leaves it as it is.

    Members
    -------
    fields : In(field_bits)
        The neuron's constants, laid out by ``params.fields``; a mask of `threshold_bits` at most.
    potential : In(signed(potential_bits))
        V before this step.
    first : In(1)
        Work on `potential`, not on the accumulator, which takes it over (with the event added, if
        there is one): it may go down while a spike waits.
    integrate : In(1)
        Add the weight of `axon_type` to the accumulator.
    axon_type : In(2)
        Which weight.
    fire : In(1)
        Leak, compare, reset: `result` and `fired` say how it ends, and no register keeps it. Not
        with `integrate`.
    draw_first, draw_second : In(draw_bits)
        The next draw and the one after it.
    result : Out(signed(potential_bits)), fired : Out(1)
        V after this step, and whether the neuron fired; 0 without `fire`.
    draws : Out(2)
        How many draws this tick's work takes.
    """

    fields: Signal
    potential: Signal
    first: Signal
    integrate: Signal
    axon_type: Signal
    fire: Signal
    draw_first: Signal
    draw_second: Signal
    result: Signal
    fired: Signal
    draws: Signal

    def __init__(self, params: NeuronParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "fields": In(params.field_bits),
                "potential": In(signed(params.potential_bits)),
                "first": In(1),
                "integrate": In(1),
                "axon_type": In(2),
                "fire": In(1),
                "draw_first": In(params.draw_bits),
                "draw_second": In(params.draw_bits),
                "result": Out(signed(params.potential_bits)),
                "fired": Out(1),
                "draws": Out(2),
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        field = self.named_fields(m)
        shape = signed(self.params.potential_bits)
        accumulator = Signal(shape)
        before = Signal(shape)
        added = Signal(shape)
        m.d.comb += [
            before.eq(Mux(self.first, self.potential, accumulator)),
            added.eq(self.summed(m, field, before)),
        ]
        with m.If(self.first | self.integrate):
            m.d.sync += accumulator.eq(Mux(self.integrate, added, before))
        eta = self.drawn_threshold(m, field)
        self.threshold(m, field, self.stopped(field, before, added), eta)

        if self.trace:
            word = pack(self.params.trace, accumulator=accumulator)
            drive_trace(m, self, self.first | self.integrate, word)
        return m

    def named_fields(self, m: Module) -> dict[str, Value]:
        """Return the constants by name."""
        numbers = ("weight", "leak", "reset")
        found, place = {}, 0
        for name, width in self.params.fields:
            value = self.fields[place : place + width]
            found[name] = value.as_signed() if name.startswith(numbers) else value
            place += width
        return found

    def summed(self, m: Module, field: dict[str, Value], before: Value) -> Value:
        """Add an event's weight to the potential, or the leak on ticks without an event."""
        params = self.params
        constant = Signal(signed(params.weight_bits))
        stochastic = Signal()
        sampled = Signal(signed(params.weight_bits))
        change = Signal(signed(params.weight_bits + 1))
        weights = Array(field[f"weight_{k}"] for k in range(4))
        flags = Array(field[f"stochastic_weight_{k}"] for k in range(4))
        leak, leak_flag = field["leak"], field["stochastic_leak"]
        m.d.comb += [
            constant.eq(Mux(self.integrate, weights[self.axon_type], leak)),
            stochastic.eq(Mux(self.integrate, flags[self.axon_type], leak_flag)),
            sampled.eq(Mux(stochastic, self.sampled(constant), constant)),
            change.eq(sampled),
            self.draws.eq(
                Mux(
                    self.fire,
                    leak_flag + field["mask"].any(),
                    self.integrate & stochastic,
                )
            ),
        ]
        with m.If(field["reversal"] & ~self.integrate):
            with m.If(before < 0):
                m.d.comb += change.eq(-sampled)
            with m.Elif(before == 0):
                m.d.comb += change.eq(0)
        return self.saturated(before + change)

    def sampled(self, constant: Value) -> Value:
        """Return the sign of a stochastic constant, or 0 if the draw is beyond it."""
        size = Mux(constant < 0, -constant, constant)
        draw = self.draw_first[: self.params.weight_bits - 1]
        sign = Mux(constant < 0, -1, constant.any())
        return Mux(size >= draw, sign, 0)

    def saturated(self, total: Value) -> Value:
        """Return a sum, or the end of the range of potentials that it is beyond."""
        bits = self.params.potential_bits
        sign, same = total[bits], total[bits - 1]  # if there is room, both are the sign
        end = Cat((~sign).replicate(bits - 1), sign)
        return Mux(sign ^ same, end, total[:bits]).as_signed()

    def stopped(self, field: dict[str, Value], before: Value, leaked: Value) -> Value:
        """Return the potential after the leak, which stops at 0 with reversal."""
        crossed = Mux(before < 0, leaked > 0, leaked < 0)
        return Mux(field["reversal"] & crossed, 0, leaked)

    def drawn_threshold(self, m: Module, field: dict[str, Value]) -> Value:
        """Return eta: the low bits of a draw, as many as the mask says."""
        bits = self.params.threshold_bits
        draw = Mux(field["stochastic_leak"], self.draw_second, self.draw_first)
        eta = Signal(bits)
        m.d.comb += eta.eq(draw & ~(Const((1 << bits) - 1, bits) << field["mask"])[:bits])
        return eta

    def threshold(self, m: Module, field: dict[str, Value], potential: Value, eta: Value) -> None:
        """Compare with both thresholds, and reset."""
        bits = self.params.potential_bits
        leaked = Signal(signed(bits))
        over = Signal(signed(bits + 1))
        under = Signal(signed(bits + 1))
        resets, subtracts = field["gamma"] == 0, field["gamma"] == 1
        m.d.comb += [
            leaked.eq(potential),
            over.eq(leaked - (field["alpha"] + eta)),
            under.eq(leaked + (field["beta"] + Mux(field["kappa"], 0, eta))),
        ]
        with m.If(self.fire):
            m.d.comb += [self.fired.eq(over >= 0), self.result.eq(leaked)]
            with m.If(over >= 0):
                with m.If(resets):
                    m.d.comb += self.result.eq(field["reset"])
                with m.Elif(subtracts):
                    m.d.comb += self.result.eq(over)
            with m.Elif(under < 0):
                with m.If(field["kappa"]):
                    m.d.comb += self.result.eq(-field["beta"])
                with m.Elif(resets):
                    m.d.comb += self.result.eq(-field["reset"])
                with m.Elif(subtracts):
                    m.d.comb += self.result.eq(under)
