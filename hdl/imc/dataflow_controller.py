"""Dataflow controller: pointers, conditions and the sequence of a timestep.

Ref: Dazzi 2021, section 2.4.1, Algorithm 1; see :mod:`goldspike.model.imc.dataflow_controller`.
Pointers are kept as what the conditions need: the window's first row and column inside the image,
and the distances between the columns of the three pointers, which go on from image to image. So
there is no multiplication and no column number without a bound.
"""

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import enum, wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.trace import drive_trace, pack, trace_ports
from goldspike.model.imc.dataflow_controller import COMMANDS, SETTLE, DataflowControllerParams

__all__ = ["DataflowController", "State"]


OUTPUTS = ("complete", "late", "busy")


class State(enum.Enum, shape=unsigned(3)):
    """What the controller does."""

    STANDBY = 0
    RECEIVE = 1
    RESIDUAL = 2
    DECIDE = 3
    READ = 4
    START = 5
    WAIT = 6


def least(a: Value, b: int) -> Value:
    """Return the lesser of a value and a constant."""
    return Mux(a < b, a, b)


class DataflowController(wiring.Component):
    """Runs a core, timestep by timestep.

    Bit-exact against :class:`goldspike.model.imc.dataflow_controller.DataflowControllerModel`.

    Members
    -------
    step : In(1)
        A timestep begins; the controller must be in standby.
    in_valid : In(1), in_ready : Out(1)
        A word of a pixel is offered; it is taken. A pixel's words come without a gap.
    room : In(1)
        The output memory has room for a pixel.
    residual_room : In(1)
        So has the memory that sends residuals.
    residual_valid : In(1)
        A residual pixel to add is there.
    done : In(1)
        The output that was started is in the output memory.
    store, last_row, fetch, pad, next_row, skip, next_column, next_image, residual : Out(1)
        To the input memory.
    start : Out(1)
        To the crossbar, on the tick after the last fetch.
    receiving : Out(1)
        The window for arriving pixels is open.
    complete : Out(1)
        The last output of an image is done on this tick.
    late : Out(1)
        A timestep began before the one before it had ended, once or more.
    busy : Out(1)
        A timestep is under way; if not, nothing changes until the next one begins.
    """

    step: Signal
    in_valid: Signal
    room: Signal
    residual_room: Signal
    residual_valid: Signal
    done: Signal
    in_ready: Signal
    store: Signal
    last_row: Signal
    fetch: Signal
    pad: Signal
    next_row: Signal
    skip: Signal
    next_column: Signal
    next_image: Signal
    residual: Signal
    start: Signal
    receiving: Signal
    complete: Signal
    late: Signal
    busy: Signal

    def __init__(self, params: DataflowControllerParams, *, trace: bool = False) -> None:
        self.params = params
        self.trace = trace
        self.layer = params.memory.layer
        inputs = ("step", "in_valid", "room", "residual_room", "residual_valid", "done")
        super().__init__(
            {
                **{name: In(1) for name in inputs},
                **{name: Out(1) for name in (*COMMANDS, *OUTPUTS)},
                **trace_ports(params.trace, trace),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        params, layer, memory = self.params, self.layer, self.params.memory
        columns = layer.kernel + memory.jump + layer.stride + layer.width + 2
        self.state = Signal(State)
        self.in_x = Signal(range(max(2, layer.height)))
        self.ahead = Signal(range(-columns, columns), init=layer.padding)
        self.out_x = Signal(range(max(2, layer.height_out)))
        self.out_y = Signal(range(max(2, layer.width_out)))
        extent = layer.padding + max(layer.height, layer.width) + layer.kernel
        self.top = Signal(range(-extent, extent), init=-layer.padding)
        self.left = Signal(range(-extent, extent), init=-layer.padding)
        self.next_read = Signal(range(layer.height + memory.skipped_rows + 1))
        self.res_x = Signal(range(max(2, layer.height)))
        self.behind = Signal(range(-columns, columns))  # columns from the residual's to the input's
        word = Signal(range(memory.words + SETTLE))
        count = Signal(range(max(params.arrivals, params.replicas) + 1))
        cycle = Signal(range(params.window + 1))
        kernel_row = Signal(range(layer.kernel + 1))
        pixel = Signal(range(layer.kernel + 1))
        last_word = Signal()
        m.d.comb += last_word.eq(word == memory.words - 1)

        with m.Switch(self.state):
            with m.Case(State.STANDBY), m.If(self.step):
                m.d.sync += [
                    self.state.eq(State.RECEIVE), cycle.eq(0), word.eq(0), count.eq(0)
                ]  # fmt: skip
            with m.Case(State.RECEIVE):
                self.receive(m, cycle, word, count, last_word)
            with m.Case(State.RESIDUAL):
                if params.residual_out:
                    self.read_res(m, word, count, last_word)
            with m.Case(State.DECIDE):
                m.d.sync += [
                    kernel_row.eq(Mux(self.out_x == 0, 0, max(0, layer.kernel - layer.stride))),
                    pixel.eq(0),
                    word.eq(0),
                    self.state.eq(Mux(self.room & self.computable(), State.READ, State.STANDBY)),
                ]
            with m.Case(State.READ):
                self.read_data(m, kernel_row, pixel, word, last_word)
            with m.Case(State.START):
                m.d.comb += self.start.eq(1)
                m.d.sync += self.state.eq(State.WAIT)
            with m.Case(State.WAIT), m.If(self.done):
                self.advance(m)
                again = count + 1 < params.replicas
                m.d.sync += [
                    count.eq(count + 1),
                    self.state.eq(Mux(again, State.DECIDE, State.STANDBY)),
                ]
            with m.Default():
                m.d.sync += self.state.eq(State.STANDBY)
        with m.If(self.step & (self.state != State.STANDBY)):
            m.d.sync += self.late.eq(1)
        m.d.comb += [
            self.receiving.eq(self.state == State.RECEIVE),
            self.busy.eq(self.step | (self.state != State.STANDBY)),
            self.complete.eq(self.next_image),
        ]
        self.count_columns(m)
        if self.trace:
            self.drive(m)
        return m

    def receive(self, m: Module, cycle: Signal, word: Signal, count: Signal, last: Value) -> None:
        """Store pixels until the window is over and the pixel under way is whole."""
        params, memory = self.params, self.params.memory
        in_time = (count < params.arrivals) & (cycle <= params.window - memory.words)
        m.d.comb += [
            self.in_ready.eq((word != 0) | (in_time & self.storable())),
            self.store.eq(self.in_ready & self.in_valid),
            self.last_row.eq(self.store & last & (self.in_x == self.layer.height - 1)),
        ]
        with m.If(cycle != params.window):
            m.d.sync += cycle.eq(cycle + 1)
        whole = Mux(self.store, last, word == 0)
        with m.If(self.store):
            m.d.sync += word.eq(Mux(last, 0, word + 1))
            with m.If(last):
                m.d.sync += [count.eq(count + 1), self.in_x.eq(self.in_x + 1)]
                with m.If(self.last_row):
                    m.d.sync += self.in_x.eq(0)
        with m.If((cycle >= params.window - 1) & whole):
            after = State.RESIDUAL if params.residual_out else State.DECIDE
            m.d.sync += [self.state.eq(after), word.eq(0), count.eq(0)]

    def storable(self) -> Value:
        """Return whether the pixel F columns back is not needed any more."""
        kernel, memory = self.layer.kernel, self.params.memory
        ends = self.out_y == self.layer.width_out - 1
        reach = Mux(ends, kernel + memory.jump, kernel + self.layer.stride)
        dead = (self.ahead < kernel) | ((self.ahead < reach) & (self.in_x < self.next_read))
        if not self.params.residual_out:
            return dead
        sent = (self.behind < kernel) | ((self.behind == kernel) & (self.in_x < self.res_x))
        return dead & sent

    def read_res(self, m: Module, word: Signal, count: Signal, last: Value) -> None:
        """Read residual pixels; between two, let the room of their memory settle."""
        memory = self.params.memory
        there = (self.behind > 0) | ((self.behind == 0) & (self.res_x < self.in_x))
        with m.If((word == 0) & ~(there & self.residual_room)):
            m.d.sync += [self.state.eq(State.DECIDE), count.eq(0)]
        with m.Else():
            m.d.sync += word.eq(word + 1)
            with m.If(word < memory.words):
                m.d.comb += [
                    self.residual.eq(1),
                    self.last_row.eq(last & (self.res_x == self.layer.height - 1)),
                ]
                with m.If(last):
                    m.d.sync += self.res_x.eq(Mux(self.last_row, 0, self.res_x + 1))
            with m.If(word == memory.words + SETTLE - 1):
                m.d.sync += [word.eq(0), count.eq(count + 1)]
                with m.If(count == self.params.replicas - 1):
                    m.d.sync += [self.state.eq(State.DECIDE), count.eq(0)]

    def computable(self) -> Value:
        """Return whether the window's last pixel inside the image, and the residual, are there."""
        layer = self.layer
        row = least(self.top + (layer.kernel - 1), layer.height - 1)
        column = least((layer.width - 1) - self.left, layer.kernel - 1)
        arrived = (column < self.ahead) | ((column == self.ahead) & (row < self.in_x))
        return arrived & self.residual_valid if self.params.residual_in else arrived

    def read_data(
        self, m: Module, kernel_row: Signal, pixel: Signal, word: Signal, last: Value
    ) -> None:
        """Read rows of the window, padding included."""
        layer = self.layer
        row = Signal.like(self.top)
        inside = Signal()
        ends = Signal()
        ends_window = Signal()
        m.d.comb += [
            row.eq(self.top + kernel_row),
            inside.eq((row >= 0) & (row < layer.height)),
            ends.eq(last & (pixel == layer.kernel - 1)),
            ends_window.eq(ends & (kernel_row == layer.kernel - 1)),
            self.fetch.eq(1),
            self.pad.eq(~inside | self.padded(self.left + pixel)),
            self.next_row.eq(ends & inside),
            self.skip.eq(ends_window & inside),
        ]
        m.d.sync += word.eq(Mux(last, 0, word + 1))
        with m.If(last):
            m.d.sync += pixel.eq(Mux(ends, 0, pixel + 1))
        with m.If(ends):
            m.d.sync += kernel_row.eq(kernel_row + 1)
        with m.If(self.next_row):
            skipped = Mux(ends_window, self.params.memory.skipped_rows, 0)
            m.d.sync += self.next_read.eq(row + 1 + skipped)
        with m.If(ends_window):
            m.d.sync += self.state.eq(State.START)

    def padded(self, column: Value) -> Value:
        """Return whether a column lies outside the image."""
        return (column < 0) | (column >= self.layer.width)

    def advance(self, m: Module) -> None:
        """Go on to the next output."""
        layer = self.layer
        m.d.sync += [self.out_x.eq(self.out_x + 1), self.top.eq(self.top + layer.stride)]
        m.d.comb += [
            self.next_column.eq(self.out_x == layer.height_out - 1),
            self.next_image.eq(self.next_column & (self.out_y == layer.width_out - 1)),
        ]
        with m.If(self.next_column):
            m.d.sync += [
                self.out_x.eq(0),
                self.top.eq(-layer.padding),
                self.next_read.eq(0),
                self.out_y.eq(self.out_y + 1),
                self.left.eq(self.left + layer.stride),
            ]
        with m.If(self.next_image):
            m.d.sync += [self.out_y.eq(0), self.left.eq(-layer.padding)]

    def count_columns(self, m: Module) -> None:
        """Keep the distances between the pointers' columns."""
        entered = self.store & self.last_row
        step = Mux(self.next_image, self.params.memory.jump, self.layer.stride)
        m.d.sync += self.ahead.eq(self.ahead + entered - Mux(self.next_column, step, 0))
        if self.params.residual_out:
            m.d.sync += self.behind.eq(self.behind + entered - (self.residual & self.last_row))

    def drive(self, m: Module) -> None:
        """Drive the trace port: the tick's commands, and the pointers after it."""
        seen = {name: Signal(name=f"{name}_seen") for name in COMMANDS}
        for name, was in seen.items():
            m.d.sync += was.eq(getattr(self, name))
        happens = self.receiving | self.fetch | self.residual | self.start | self.next_column
        ahead = Signal(signed(16))
        m.d.comb += ahead.eq(self.ahead)
        word = pack(
            self.params.trace, **seen, in_x=self.in_x, ahead=Cat(ahead), out_x=self.out_x,
            out_y=self.out_y, late=self.late,
        )  # fmt: skip
        drive_trace(m, self, happens, word)
