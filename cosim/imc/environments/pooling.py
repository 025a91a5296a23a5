"""Around a pooling: who sends it pixels, and a memory that has room for means, or has not."""

from typing import ClassVar

from goldspike.cosim.bench.environment import Environment, Partner
from goldspike.cosim.bench.partners import Link, Passage, sender, whims, words
from goldspike.model.errors import LockstepError
from goldspike.model.imc.pooling import PoolingParams

__all__ = ["ENVIRONMENT", "PoolingEnvironment"]

PIXELS = 240
"""At least; in whole images."""


class Means(Passage):
    """The account of means: with an image's last pixel each of its words is due."""

    def __init__(self, params: PoolingParams, total: int) -> None:
        super().__init__("means", total)
        self.params = params
        self.sums = [[0] * params.lanes for _ in range(params.words)]
        self.words = 0

    @property
    def moves(self) -> int:
        """Words that were taken, and means."""
        return self.words + self.left

    def take(self, word: int) -> None:
        """Add a word of a pixel that was taken."""
        params = self.params
        pixel, place = divmod(self.words, params.words)
        self.words += 1
        sums = self.sums[place]
        for lane in range(params.lanes):
            sums[lane] += ((word >> 8 * lane & 0xFF) ^ 0x80) - 0x80
        if pixel % params.pixels == params.pixels - 1:
            means = [(2 * total + params.pixels) // (2 * params.pixels) for total in sums]
            self.enter(sum((mean & 0xFF) << 8 * lane for lane, mean in enumerate(means)))
            self.sums[place] = [0] * params.lanes


class PoolingEnvironment(Environment):
    """Every image has its means, once; nothing is taken without room."""

    params: PoolingParams
    configs: ClassVar = ("5x4", "one")

    def meet(self) -> list[Partner]:
        """Open the account of means."""
        params, rng, bits = self.params, self.rng, self.params.word_bits
        images = -(-PIXELS // params.pixels)
        self.means = Means(params, images * params.words)
        self.accounts.append(self.means)
        given = words(rng, images * params.pixels * params.words, bits)
        source = Link("valid", "word", "ready", bits)
        pixels = sender(source, given, whims(rng), self.means.take, words(rng, 1 << 20, bits))
        return [pixels, self.stores()]

    def stores(self) -> Partner:
        """Take means, which may come as long as there was room for their words."""
        willing = whims(self.rng)
        while True:
            room = next(willing)
            seen = yield {"room": room}
            if seen["ready"] and not room:
                raise LockstepError("the pooling is ready without room")
            if seen["push"]:
                self.means.leave(seen["mean"])


ENVIRONMENT = PoolingEnvironment
