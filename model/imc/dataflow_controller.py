"""Dataflow controller: what a core does in a timestep, and on which tick of it.

Ref: Dazzi 2021, section 2.4.1, Algorithm 1. A timestep begins with `step` and has four parts:

1. a window of fixed length in which pixels arrive and are stored (lines 3 to 9);
2. the residual read-out (lines 21 to 23, here before the computation, so that both links send in
   the next timestep);
3. up to `replicas` outputs, each read, computed and post-processed (lines 10 to 16);
4. rest.

Padding is added on reading (the second option of section 2.4.2), so that H * F pixels are enough;
it takes ticks but no timestep. Where the paper is silent: the residual's lag is not a number but
follows from back-pressure, as the core that adds it takes a pixel only when it has room.

A pixel is accepted only if the one in its place, F columns back, has been read for the last time.
"""

from collections.abc import Generator
from dataclasses import dataclass

from goldspike.model.imc.input_memory import InputMemoryParams
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["COMMANDS", "Command", "DataflowControllerModel", "DataflowControllerParams", "Seen"]

SETTLE = 2
"""Ticks from the last word of a residual read to the tick on which its room is counted."""


@dataclass(frozen=True, kw_only=True)
class DataflowControllerParams:
    """A dataflow controller.

    Parameters
    ----------
    memory : InputMemoryParams
        The input memory that it drives, and through it the layer.
    window : int
        Ticks for arriving pixels at the beginning of a timestep.
    arrivals : int
        Pixels that may arrive in one timestep.
    replicas : int
        Outputs computed in one timestep, at most.
    residual_out : bool
        The input is also sent on as a residual.
    residual_in : bool
        Every output waits for a residual pixel.
    """

    memory: InputMemoryParams
    window: int = 4
    arrivals: int = 1
    replicas: int = 1
    residual_out: bool = False
    residual_in: bool = False

    def __post_init__(self) -> None:
        require_int("arrivals", self.arrivals, 1, 16)
        require_int("replicas", self.replicas, 1, 16)
        require_int("window", self.window, self.arrivals * self.memory.words, 4096)

    @property
    def read_ticks(self) -> int:
        """Ticks to read a whole window: what the first output of a column takes."""
        return self.memory.layer.kernel**2 * self.memory.words

    @property
    def residual_ticks(self) -> int:
        """Ticks that the residual read-out takes at most."""
        return self.replicas * (self.memory.words + SETTLE) if self.residual_out else 0

    def busiest(self, compute_ticks: int) -> int:
        """Return the ticks of the longest timestep, if an output computes for `compute_ticks`."""
        output = 1 + self.read_ticks + compute_ticks
        return 1 + self.window + self.residual_ticks + self.replicas * output

    @property
    def trace(self) -> TraceLayout:
        """Traced on every tick of a command: the command, and the pointers after the tick.

        `ahead` is how many columns the next pixel lies ahead of the window's first (16 bits, two's
        complement): the circuit keeps pointer_in.y as that.
        """
        layer = self.memory.layer
        commands = tuple(Field(name, 1) for name in COMMANDS)
        pointers = (
            Field("in_x", bits(layer.height)),
            Field("ahead", 16),
            Field("out_x", bits(layer.height_out)),
            Field("out_y", bits(layer.width_out)),
        )
        return TraceLayout((*commands, *pointers, Field("late", 1)))


def bits(count: int) -> int:
    """Return the width of a number below `count`."""
    return max(1, (count - 1).bit_length())


@dataclass(frozen=True)
class Command:
    """What the controller drives on a tick."""

    receiving: bool = False  # the window for arriving pixels is open
    in_ready: bool = False
    store: bool = False
    last_row: bool = False
    fetch: bool = False
    pad: bool = False
    next_row: bool = False
    skip: bool = False
    next_column: bool = False
    next_image: bool = False
    residual: bool = False
    start: bool = False

    @property
    def happens(self) -> bool:
        """Whether it is worth a record."""
        works = self.receiving or self.fetch or self.residual or self.start
        return works or self.next_column


COMMANDS = tuple(Command.__dataclass_fields__)
"""The commands, all of them traced."""


@dataclass(frozen=True)
class Seen:
    """What the controller sees on a tick."""

    step: bool = False
    in_valid: bool = False
    room: bool = False
    residual_room: bool = False
    residual_valid: bool = False
    done: bool = False


@dataclass
class Pointers:
    """The pixel or output that comes next: x within column y of an image."""

    height: int
    width: int
    x: int = 0
    y: int = 0
    image: int = 0

    @property
    def last_row(self) -> bool:
        """Whether the column ends here."""
        return self.x == self.height - 1

    @property
    def column(self) -> int:
        """The column, counted on over all images."""
        return self.image * self.width + self.y

    def update(self) -> None:
        """Go on to the next: x runs fastest."""
        self.x += 1
        if self.x == self.height:
            self.x, self.y = 0, self.y + 1
        if self.y == self.width:
            self.y, self.image = 0, self.image + 1


class DataflowControllerModel:
    """Algorithm 1, one `yield` of a :class:`Command` per tick; `seen` is what that tick shows."""

    def __init__(self, params: DataflowControllerParams) -> None:
        self.params = params
        layer = params.memory.layer
        self.pointer_in = Pointers(layer.height, layer.width)
        self.pointer_out = Pointers(layer.height_out, layer.width_out)
        self.pointer_res = Pointers(layer.height, layer.width)
        self.words = params.memory.words
        self.next_read = 0  # first row of the image not read yet in this output column
        self.completed = 0  # images
        self.seen = Seen()
        self.began = False  # a timestep, on this tick
        self.late = False  # a timestep was to begin within another one
        self.standby = True  # this tick is of no timestep
        self.receipt: tuple[int, int, int] | None = None
        """Ticks of the window so far, words of the pixel under way, pixels; None outside."""
        self.program = self.dataflow_ctrl()

    def tick(self, seen: Seen) -> Command:
        """Advance one tick."""
        self.seen, self.began = seen, False
        command = next(self.program)
        self.late |= seen.step and not self.began
        return command

    def dataflow_ctrl(self) -> Generator[Command, None, None]:
        """Run forever (Algorithm 1)."""
        while True:
            self.standby = True
            while not self.seen.step:
                yield Command()
            self.began, self.standby = True, False
            self.receipt = (0, 0, 0)
            yield Command()
            yield from self.receive()
            if self.params.residual_out:
                yield from self.read_res()
            for _ in range(self.params.replicas):
                computes = self.seen.room and self.conditions_to_compute()
                yield Command()
                if not computes:
                    break
                yield from self.read_data()
                yield from self.compute()

    def receive(self) -> Generator[Command, None, None]:
        """Store the pixels that arrive within the window; one that has begun is finished."""
        params, words = self.params, self.words
        while self.receipt is not None:
            tick, word, pixels = self.receipt
            ready = self.ready
            store = ready and self.seen.in_valid
            ends = word == words - 1 and self.pointer_in.last_row
            if store:
                word += 1
            if word == words:
                word, pixels = 0, pixels + 1
                self.pointer_in.update()
            goes_on = tick + 1 < params.window or word > 0
            self.receipt = (tick + 1, word, pixels) if goes_on else None
            yield Command(receiving=True, in_ready=ready, store=store, last_row=store and ends)

    @property
    def ready(self) -> bool:
        """Whether a word would be stored on the next tick."""
        if self.receipt is None:
            return False
        tick, word, pixels = self.receipt
        in_time = pixels < self.params.arrivals
        in_time &= tick <= self.params.window - self.words
        return word > 0 or (in_time and self.conditions_to_store())

    def conditions_to_store(self) -> bool:
        """Return whether the pixel F columns back has been read, as window and as residual."""
        column = self.pointer_in.column - self.params.memory.layer.kernel
        unread = (self.pointer_res.column, self.pointer_res.x)
        if self.params.residual_out and (column, self.pointer_in.x) >= unread:
            return False
        if column < self.left:
            return True
        return column < self.next_left and self.pointer_in.x < self.next_read

    @property
    def left(self) -> int:
        """First column of the output's window, counted on over all images."""
        layer, out = self.params.memory.layer, self.pointer_out
        return out.image * layer.width + out.y * layer.stride - layer.padding

    @property
    def next_left(self) -> int:
        """First column of the windows of the next output column."""
        layer, out = self.params.memory.layer, self.pointer_out
        if out.y == layer.width_out - 1:
            return (out.image + 1) * layer.width - layer.padding
        return self.left + layer.stride

    def stored(self, column: int, x: int) -> bool:
        """Return whether a pixel has been stored."""
        return (column, x) < (self.pointer_in.column, self.pointer_in.x)

    def read_res(self) -> Generator[Command, None, None]:
        """Read residual pixels, in order, while there are any and room for them."""
        words, place = self.params.memory.words, self.pointer_res
        for _ in range(self.params.replicas):
            if not (self.stored(place.column, place.x) and self.seen.residual_room):
                yield Command()
                break
            for word in range(words):
                ends = word == words - 1
                last_row = place.last_row
                if ends:
                    place.update()
                yield Command(residual=True, last_row=ends and last_row)
            for _ in range(SETTLE):
                yield Command()

    def conditions_to_compute(self) -> bool:
        """Return whether the window's last pixel inside the image, and the residual, are there."""
        layer, out = self.params.memory.layer, self.pointer_out
        row = min(out.x * layer.stride - layer.padding + layer.kernel, layer.height) - 1
        column = min(out.y * layer.stride - layer.padding + layer.kernel, layer.width) - 1
        arrived = self.stored(out.image * layer.width + column, row)
        return arrived and (self.seen.residual_valid or not self.params.residual_in)

    def read_data(self) -> Generator[Command, None, None]:
        """Read those rows of the window that the row buffers do not have, padding included."""
        memory, layer = self.params.memory, self.params.memory.layer
        top = self.pointer_out.x * layer.stride - layer.padding
        left = self.pointer_out.y * layer.stride - layer.padding
        first = 0 if self.pointer_out.x == 0 else max(0, layer.kernel - layer.stride)
        for row in range(top + first, top + layer.kernel):
            inside = 0 <= row < layer.height
            last = row == top + layer.kernel - 1
            for column in range(left, left + layer.kernel):
                for word in range(memory.words):
                    ends = column == left + layer.kernel - 1 and word == memory.words - 1
                    pad = not (inside and 0 <= column < layer.width)
                    if ends and inside:
                        self.next_read = row + 1 + (memory.skipped_rows if last else 0)
                    yield Command(
                        fetch=True, pad=pad, next_row=ends and inside, skip=ends and inside and last
                    )

    def compute(self) -> Generator[Command, None, None]:
        """Start the crossbar, wait until the output is done, go on to the next."""
        out = self.pointer_out
        column = out.last_row
        image = column and out.y == out.width - 1
        yield Command(start=True)
        while not self.seen.done:
            yield Command()
        out.update()
        if column:
            self.next_read = 0
        if image:
            self.completed += 1  # computation_complete
        yield Command(next_column=column, next_image=image)

    @property
    def pointers(self) -> tuple[int, int, int, int]:
        """The traced pointers: in_x, ahead, out_x, out_y."""
        ahead = self.pointer_in.column - self.left
        return self.pointer_in.x, ahead & 0xFFFF, self.pointer_out.x, self.pointer_out.y
