"""Around a dataflow controller: pixels that come, memories that fill, a crossbar that computes."""

from collections.abc import Iterator
from typing import ClassVar

from goldspike.cosim.bench.environment import Environment, Partner
from goldspike.cosim.bench.partners import Count, whims
from goldspike.model.errors import LockstepError
from goldspike.model.imc.dataflow_controller import DataflowControllerParams

__all__ = ["ENVIRONMENT", "DataflowControllerEnvironment"]

WORDS = 360
"""At least; in whole images, and of these as many as fill memories now and then."""
COMPUTE_TICKS = 4
"""The longest that an output computes."""
HELD = 2
"""Pixels that a memory of the environment holds."""


class DataflowControllerEnvironment(Environment):
    """Every word offered is stored once; every output is computed once, where there is room.

    A timestep begins when the one before is over, as `busy` says.
    """

    params: DataflowControllerParams
    configs: ClassVar = ("56x8", "parallel", "3x3")

    def meet(self) -> list[Partner]:
        """Open an account of everything that an image has."""
        params, layer = self.params, self.params.memory.layer
        self.patience = 60 * self.longest
        size = layer.height * layer.width
        images = -(-WORDS // (size * params.memory.words))
        pixels = images * size
        self.words = Count("words stored", pixels * params.memory.words)
        self.outputs = Count("outputs", images * layer.height_out * layer.width_out)
        self.images = Count("images", images)
        self.sent = Count("residual words", self.words.total * params.residual_out)
        self.accounts += [self.words, self.outputs, self.images, self.sent]
        return [self.timesteps(), self.pixels(), self.computes(), self.sends(), self.adds()]

    @property
    def longest(self) -> int:
        """Ticks of the longest timestep."""
        return self.params.busiest(1 + COMPUTE_TICKS)

    def slow_whims(self) -> Iterator[bool]:
        """Return the whims of a partner whose moods outlast timesteps: memories fill up."""
        return whims(self.rng, (1.0, 0.02, 0.0), ticks=3 * self.longest)

    def timesteps(self) -> Partner:
        """Begin timesteps, each some ticks after the one before."""
        yield {}
        while True:
            seen = yield {"step": 1}
            while seen.next("busy"):
                seen = yield {}
            if seen.next("late"):
                raise LockstepError("a timestep is late, though none was under way")
            for _ in range(self.rng.choice([0, 0, 1, 9])):
                yield {}

    def pixels(self) -> Partner:
        """Offer pixels, a word at a time and without a gap; `store` says that one is stored."""
        willing = whims(self.rng)
        seen = yield {}
        while True:
            words = self.words.moves
            within = words % self.params.memory.words > 0
            offers = words < self.words.total and (within or next(willing))
            seen = yield {"in_valid": offers}
            taken = bool(offers and seen["in_ready"])
            if taken != bool(seen["store"]):
                raise LockstepError(f"word {words} is {'' if taken else 'not '}taken, "
                                    f"and {'not ' if taken else ''}stored")  # fmt: skip
            if taken:
                self.place(words // self.params.memory.words)
                self.words.enter()

    def place(self, pixel: int) -> None:
        """Make sure that the pixel in whose place one is stored, F columns before, is used up."""
        layer, memory = self.params.memory.layer, self.params.memory
        old = pixel - layer.kernel * layer.height
        if old < 0:
            return
        column, x = divmod(old, layer.height)
        image, y = divmod(column, layer.width)
        last_y = min(layer.width_out - 1, (y + layer.padding) // layer.stride)
        last_x = min(layer.height_out - 1, (x + layer.padding) // layer.stride)
        first_x = max(0, -(-(x + layer.padding - layer.kernel + 1) // layer.stride))
        reaches = last_y * layer.stride - layer.padding + layer.kernel > y
        output = (image * layer.width_out + last_y) * layer.height_out + first_x  # reads it last
        if reaches and first_x <= last_x and output >= self.outputs.moves:
            raise LockstepError(f"pixel {pixel} takes the place of pixel {old}, "
                                f"which output {output} needs")  # fmt: skip
        if self.params.residual_out and self.sent.moves < (old + 1) * memory.words:
            raise LockstepError(f"pixel {pixel} takes the place of pixel {old}, "
                                f"which is not sent on")  # fmt: skip

    def computes(self) -> Partner:
        """Compute what is started, and let it leave; there is room while a pixel may come."""
        held, due, willing = 0, 0, self.slow_whims()
        while True:
            done = due == 1
            seen = yield {"room": held < HELD, "done": done}
            due = max(0, due - 1)
            held += done
            if seen["complete"]:
                self.images.enter()
            if seen["start"]:
                self.outputs.enter()
                if held == HELD or due:
                    raise LockstepError(f"output {self.outputs.moves} is started without room")
                due = int(self.rng.integers(1, COMPUTE_TICKS + 1))
            elif held and next(willing):
                held -= 1

    def sends(self) -> Partner:
        """Take residual pixels."""
        words = held = 0
        willing = self.slow_whims()
        while True:
            seen = yield {"residual_room": held < HELD}
            if seen["residual"]:
                if held == HELD:
                    raise LockstepError(f"residual word {self.sent.moves} comes without room")
                self.sent.enter()
                words += 1
                if words == self.params.memory.words:
                    words, held = 0, held + 1
            elif held and not words and next(willing):
                held -= 1

    def adds(self) -> Partner:
        """Hold residual pixels to add, one for every output."""
        held, willing = 0, whims(self.rng)
        while True:
            seen = yield {"residual_valid": held > 0}
            if seen["start"] and self.params.residual_in:
                if not held:
                    raise LockstepError(f"output {self.outputs.moves} has no residual to add")
                held -= 1
            elif held < HELD and next(willing):
                held += 1


ENVIRONMENT = DataflowControllerEnvironment
