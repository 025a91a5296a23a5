"""Around a core: the cores and links before it and after it, which send and take as they like.

Its kernel is first that of one pixel: an output is the pixel in the middle of its window, halved,
so that whoever takes it knows which one it is. Then weights and scales are replaced in between, a
few or all of them.
"""

from collections import deque
from collections.abc import Iterator
from itertools import product
from typing import ClassVar

from goldspike.cosim.bench.environment import Drive, Environment, Partner
from goldspike.cosim.bench.partners import (
    Count,
    Link,
    Passage,
    driven,
    receiver,
    sender,
    whims,
    words,
)
from goldspike.cosim.imc.environments.shared.pixels import Lanes
from goldspike.cosim.imc.environments.shared.program import Loaded, Program
from goldspike.cosim.imc.environments.shared.sums import numbers, packed
from goldspike.cosim.imc.shared.stimulus import scale_word
from goldspike.model.errors import LockstepError
from goldspike.model.imc.core import CoreParams

__all__ = ["ENVIRONMENT", "CoreEnvironment"]

IMAGES = 4


class Outputs:
    """The account of outputs: each is made of its pixels, residual and partial sums, in order.

    It is made with what was loaded last before it.
    """

    def __init__(self, params: CoreParams, total: int) -> None:
        self.params, self.total, self.left = params, total, 0
        layer, size = params.layer, params.word_bits
        self.pixels = Lanes(layer.channels, params.segments, size)
        self.added = Lanes(layer.outputs, params.residual_segments, size)
        self.made = Lanes(layer.outputs, params.out_segments, size)
        self.taken: list[int] = []
        self.residuals: list[int] = []
        self.sums: list[list[int]] = []
        self.due: list[int] = []
        self.programs: list[Loaded] = []

    @property
    def moves(self) -> int:
        """Words that came out."""
        return self.left

    @property
    def open(self) -> str:
        """What has not come out."""
        return "" if self.left == self.total else f"words made: {self.left} of {self.total}"

    def leave(self, word: int) -> None:
        """Note a word that the core has handed over.

        Raises
        ------
        LockstepError
            If it is not the next one.
        """
        if not self.due:
            self.due = self.words(self.left // self.params.output.words)
        due = self.due.pop(0)
        if word != due:
            raise LockstepError(f"word {self.left} that is made is {word:#x}, not {due:#x}")
        self.left += 1

    def words(self, output: int) -> list[int]:
        """Return the words of an output."""
        params, layer = self.params, self.params.layer
        column, x = divmod(output, layer.height_out)
        image, y = divmod(column, layer.width_out)
        while len(self.programs) > 1 and self.programs[1].first <= output:
            del self.programs[0]
        _, weights, scales = self.programs[0]
        sums, row = [0] * layer.outputs, 0  # of the weights
        for i, j in product(range(layer.kernel), repeat=2):
            column, place = (
                y * layer.stride + j - layer.padding,
                x * layer.stride + i - layer.padding,
            )
            inside = 0 <= column < layer.width and 0 <= place < layer.height
            number = (image * layer.width + column) * layer.height + place
            pixel = self.read(self.taken, self.pixels, number) if inside else [0] * layer.channels
            for value in pixel:
                for k in range(layer.outputs):
                    sums[k] += value * weights[row * layer.outputs + k]
                row += 1
        if params.partial_in:
            sums = [own + came for own, came in zip(sums, self.sums[output], strict=True)]
        if not params.last:
            return packed(sums, params.sum_bits, params.word_bits)
        totals = [one * by + plus for one, (by, plus) in zip(sums, scales, strict=True)]
        if params.residual_in:
            came = self.read(self.residuals, self.added, output)
            totals = [one + params.gain * other for one, other in zip(totals, came, strict=True)]
        half = 1 << params.shift >> 1
        least = 0 if params.relu else -128
        return self.made.write(min(max(one + half >> params.shift, least), 127) for one in totals)

    def read(self, words: list[int], lanes: Lanes, pixel: int) -> list[int]:
        """Return the channels of a pixel that has come."""
        found = words[pixel * lanes.words : (pixel + 1) * lanes.words]
        if len(found) < lanes.words:
            raise LockstepError(f"word {self.left} is made before pixel {pixel} has come")
        return lanes.read(found)


class CoreEnvironment(Environment):
    """All pixels of every image are taken; outputs are of their own; residuals pass unchanged.

    Loads come where the contract allows any, and nothing waits: between timesteps, and at the
    beginning of the next one. They drop what was loaded there before, and nothing else.
    """

    params: CoreParams
    configs: ClassVar = ("figure-8", "parallel", "middle", "last")
    controls: ClassVar = ("program_weight", "program_scale")

    def slow_whims(self) -> Iterator[bool]:
        """Return the whims of a receiver whose moods outlast timesteps: memories fill up."""
        return whims(self.rng, (1.0, 0.02, 0.0), ticks=6 * self.params.busiest)

    def meet(self) -> list[Partner]:
        """Open an account of every link."""
        params, rng, bits = self.params, self.rng, self.params.word_bits
        self.patience = 120 * params.busiest
        layer = params.layer
        pixels = IMAGES * layer.height * layer.width
        outputs = IMAGES * layer.height_out * layer.width_out
        taken = Count("words taken", pixels * params.memory.words)
        made = self.made = Outputs(params, outputs * params.output.words)
        self.images = Count("images", IMAGES)
        self.accounts += [taken, made, self.images]
        skip = Passage("residuals", taken.total)
        partners = [self.timesteps(), receiver(link("out", bits), self.slow_whims(), made.leave)]
        if params.residual_out:
            self.accounts.append(skip)
            partners.append(receiver(link("skip", bits), self.slow_whims(), skip.leave))

        def enter(word: int) -> None:
            taken.enter()
            skip.enter(word)
            made.taken.append(word)

        given = {"in": (enter, words(rng, taken.total, bits), params.memory.words)}
        if params.residual_in:
            added = Count("residual words taken", outputs * params.added.words)

            def add(word: int) -> None:
                added.enter()
                made.residuals.append(word)

            given["res"] = (add, words(rng, added.total, bits), 1)
            self.accounts.append(added)
        if params.partial_in:
            sums = Count("words of partial sums taken", outputs * params.adder.packer.words)
            given["sum"] = (sums.enter, self.sums(outputs), 1)
            self.accounts.append(sums)
        for side, (entered, sent, together) in given.items():
            noise = words(rng, 1 << 20, bits)
            partner = sender(link(side, bits), sent, whims(rng), entered, noise, together=together)
            partners.append(partner)
        return partners

    def sums(self, outputs: int) -> Iterator[int]:
        """Yield the words of partial sums: small ones where a large one hides the pixel."""
        params = self.params
        half = 128 * ((1 << params.weight_bits - 1) - 1) * params.rows_before
        for _ in range(outputs):
            pixel = numbers(self.rng, params.layer.outputs, 40 if params.last else half)
            self.made.sums.append(pixel)
            yield from packed(pixel, params.adder.partial_bits, params.word_bits)

    def timesteps(self) -> Partner:
        """Load the core, then begin timesteps as soon as the longest one may be over, or later.

        A timestep that leaves the core at rest has computed nothing, as no output waits, and so
        will not the next one before its window is over: all outputs so far are those that came.
        """
        yield {}
        self.program = Program(self.params)
        yield from driven(self.first_loads())
        self.made.programs.append(self.program.loaded(0))
        window, loads = self.params.controller.window, deque[Drive]()
        while True:
            seen = yield {"step": 1, **(loads.popleft() if loads else {})}
            for _ in range(self.params.busiest - 1 + self.rng.choice([0, 0, 3])):
                self.images.moves += seen["complete"]
                seen = yield loads.popleft() if loads else {}
            self.images.moves += seen["complete"]
            if seen["late"]:
                raise LockstepError("a timestep is late, though none was under way")
            if not seen["busy"]:
                loads.extend(self.loads())
                first = self.made.left // self.params.output.words
                self.made.programs.append(self.program.loaded(first))
                later = int(self.rng.integers(0, window + 2))  # come with the step, or after it
                while len(loads) > later:
                    yield loads.popleft()

    def first_loads(self) -> Iterator[Drive]:
        """Yield what loads a kernel of one pixel, and scales that halve it.

        The biases bring it above 0, so that no ReLU hides it.
        """
        params, layer = self.params, self.params.layer
        middle = (layer.kernel + 1) * (layer.kernel // 2) * layer.channels
        for place in range(params.crossbar.loads):
            row, k = divmod(place, layer.outputs)
            yield self.load_weight(int(row == middle + k % layer.channels))
        for _ in range(layer.outputs):
            yield self.load_scale(max(1, 1 << params.shift >> 1), 64 << params.shift)

    def loads(self) -> Iterator[Drive]:
        """Yield what loads a few numbers, or around and around; both kinds at once at times."""
        rng, shift = self.rng, self.params.shift
        most = rng.choice([4, 2 * self.params.crossbar.loads])
        for _ in range(rng.integers(0, most)):
            one: Drive = {}
            if rng.random() < 0.9:
                one |= self.load_weight(int(rng.choice([0, 0, 0, 1, -1])))
            if rng.random() < 0.3:
                multiplier = int(rng.integers(1, 2 + (1 << shift >> 1)))
                one |= self.load_scale(multiplier, int(rng.integers(0, 96)) << shift)
            yield one

    def load_weight(self, weight: int) -> Drive:
        """Return what loads a weight; account for it."""
        self.program.weight(weight)
        mask = (1 << self.params.weight_bits) - 1
        return {"program_weight": 1, "weight": weight & mask}

    def load_scale(self, multiplier: int, bias: int) -> Drive:
        """Return what loads a scale; account for it."""
        self.program.scale(multiplier, bias)
        return {"program_scale": 1, "scale": scale_word(multiplier, bias)}


def link(side: str, bits: int) -> Link:
    """Return the pins of one of the core's links."""
    return Link(f"{side}_valid", f"{side}_word", f"{side}_ready", bits)


ENVIRONMENT = CoreEnvironment
