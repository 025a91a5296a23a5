"""Fully connected layer: a crossbar of one pixel, and the search for the highest score.

Ref: Dazzi 2021, section 3.1; see :mod:`goldspike.model.imc.fully_connected`.
"""

from amaranth.hdl import Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import enum, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from goldspike.hdl.imc.crossbar import Crossbar
from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.hdl.verilog import name_ports
from goldspike.model.imc.digital_processor import BIAS_BITS
from goldspike.model.imc.fully_connected import FullyConnectedParams

__all__ = ["FullyConnected", "State"]


class State(enum.Enum, shape=unsigned(2)):
    """What the layer does."""

    FILL = 0
    START = 1
    COMPUTE = 2
    COMPARE = 3


class FullyConnected(wiring.Component):
    """An answer ``ticks`` after the last word, and nothing is taken or programmed until then.

    Bit-exact against :class:`goldspike.model.imc.fully_connected.FullyConnectedModel`.

    Members
    -------
    valid : In(1), word : In(word_bits), ready : Out(1)
        The pixel that comes in.
    program_weight : In(1), weight : In(weight_bits)
        Shift a weight in, row by row.
    program_bias : In(1), bias : In(32)
        Load the next class's bias.
    answered : Out(1)
        Scores and answer are new on this tick.
    answer : Out(range(classes))
        The class with the highest score.
    scores : Out(score_bits * classes)
        Two's complement, class 0 in the lowest bits.
    busy : Out(1)
        Programming, filling, or computing an answer.
    """

    valid: Signal
    word: Signal
    ready: Signal
    program_weight: Signal
    weight: Signal
    program_bias: Signal
    bias: Signal
    answered: Signal
    answer: Signal
    scores: Signal
    busy: Signal

    def __init__(self, params: FullyConnectedParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        super().__init__(
            {
                "valid": In(1),
                "word": In(params.word_bits),
                "ready": Out(1),
                "program_weight": In(1),
                "weight": In(params.weight_bits),
                "program_bias": In(1),
                "bias": In(BIAS_BITS),
                "answered": Out(1),
                "answer": Out(range(params.classes)),
                "scores": Out(params.score_bits * params.classes),
                "busy": Out(1),
                **trace_ports(params.trace, trace),
            }
        )
        self.crossbar = Crossbar(params.crossbar)

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        name_ports(m, self)
        params, bits = self.params, self.params.score_bits
        m.submodules.crossbar = crossbar = self.crossbar
        state = Signal(State)
        taken = Signal(range(max(2, params.crossbar.memory.words)))
        index = Signal(range(params.classes))
        best = Signal(signed(bits))
        score = Signal(signed(bits))
        last = index == params.classes - 1
        bias = self.bias_memory(m, Mux(state == State.COMPARE, Mux(last, 0, index + 1), 0))
        m.d.comb += [
            self.ready.eq(state == State.FILL),
            self.busy.eq(
                crossbar.busy
                | self.program_bias
                | self.answered
                | (state != State.FILL)
                | (taken != 0)
            ),
            crossbar.load.eq(self.valid & self.ready),
            crossbar.word.eq(self.word),
            crossbar.program_weight.eq(self.program_weight),
            crossbar.weight.eq(self.weight),
            crossbar.start.eq(state == State.START),
            score.eq(
                crossbar.sums.word_select(index, params.crossbar.sum_bits).as_signed()
                + bias.as_signed()
            ),
        ]
        m.d.sync += self.answered.eq((state == State.COMPARE) & last)
        with m.Switch(state):
            with m.Case(State.FILL), m.If(crossbar.load):
                m.d.sync += taken.eq(taken + 1)
                with m.If(taken == params.crossbar.memory.words - 1):
                    m.d.sync += [taken.eq(0), state.eq(State.START)]
            with m.Case(State.START):
                m.d.sync += state.eq(State.COMPUTE)
            # a crossbar that rests instead is behind an upset
            with m.Case(State.COMPUTE), m.If(crossbar.done | ~crossbar.busy):
                m.d.sync += [state.eq(State.COMPARE), index.eq(0)]
            with m.Case(State.COMPARE):
                m.d.sync += self.scores.word_select(index, bits).eq(score)
                with m.If(self.wins(score, best) | (index == 0)):
                    m.d.sync += [best.eq(score), self.answer.eq(index)]
                m.d.sync += index.eq(Mux(last, 0, index + 1))
                with m.If(last):
                    m.d.sync += state.eq(State.FILL)
            with m.Default():
                m.d.sync += state.eq(State.FILL)
        if self.trace:
            scores = [self.scores.word_select(k, bits) for k in range(params.classes)]
            word = pack(params.trace, scores=scores, answer=self.answer, answered=self.answered)
            begins = crossbar.load & (taken == 0)
            drive_trace(m, self, begins | (state == State.COMPARE) & last, word)
        return m

    def bias_memory(self, m: Module, address: Value) -> Value:
        """Build the biases; return that of the address of the tick before."""
        params = self.params
        m.submodules.biases = memory = Memory(
            shape=unsigned(BIAS_BITS), depth=params.classes, init=[]
        )
        write, read = memory.write_port(), memory.read_port()
        place = Signal(range(params.classes))
        m.d.comb += [
            write.addr.eq(place),
            write.data.eq(self.bias),
            write.en.eq(self.program_bias),
            read.addr.eq(address),
            read.en.eq(1),
        ]
        with m.If(self.program_bias):
            m.d.sync += place.eq(Mux(place == params.classes - 1, 0, place + 1))
        return read.data

    def wins(self, score: Value, best: Value) -> Value:
        """Return whether a score beats the best so far; equal ones do not."""
        return score > best
