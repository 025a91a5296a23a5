"""Partners of a circuit with handshakes, and the accounts that they keep."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from goldspike.cosim.bench.environment import Drive, Partner, Seen
from goldspike.model.errors import LockstepError

__all__ = ["Count", "Link", "Passage", "control", "driven", "receiver", "sender", "whims", "words"]

MOODS = (1.0, 0.9, 0.5, 0.1, 0.0)
"""How likely a partner is willing."""
MOOD_TICKS = 48


def whims(
    rng: np.random.Generator, moods: Iterable[float] = MOODS, ticks: int = MOOD_TICKS
) -> Iterator[bool]:
    """Yield for ever whether a partner is willing: for some ticks often, then seldom, or not."""
    while True:
        mood = rng.choice([*moods])
        yield from (rng.random(ticks) < mood).tolist()


def words(rng: np.random.Generator, count: int, bits: int) -> Iterator[int]:
    """Yield words of noise."""
    for _ in range(count):
        yield int.from_bytes(rng.bytes(-(-bits // 8)), "little") & (1 << bits) - 1


@dataclass(frozen=True)
class Link:
    """The pins of a link with `valid` and `ready`: one of several in a bundle, or the only one.

    A word that is `shared` is the same for all links of the bundle.
    """

    valid: str
    word: str
    ready: str
    bits: int
    line: int = 0
    shared: bool = False

    def drive(self, word: int, *, valid: bool = True) -> Drive:
        """Return what offers a word, or, not valid, only shows it."""
        return {self.valid: valid << self.line, self.word: word << self.line * self.bits}

    def taken(self, seen: Seen) -> bool:
        """Return whether the circuit takes what is offered to it."""
        return bool(seen[self.ready] >> self.line & 1)

    def offered(self, seen: Seen) -> int | None:
        """Return the word that the circuit offers, if any."""
        if not seen[self.valid] >> self.line & 1:
            return None
        place = 0 if self.shared else self.line * self.bits
        return seen[self.word] >> place & (1 << self.bits) - 1


class Passage:
    """The account of words that pass in order."""

    def __init__(self, name: str, total: int) -> None:
        self.name, self.total = name, total
        self.inside: deque[int] = deque()
        self.entered = self.left = 0

    @property
    def moves(self) -> int:
        """Words that went in or out."""
        return self.entered + self.left

    @property
    def open(self) -> str:
        """What has not gone in or come out."""
        whole = self.entered == self.left == self.total
        return "" if whole else f"{self.name}: {self.entered} in, {self.left} out of {self.total}"

    def enter(self, word: int) -> None:
        """Note a word that the circuit has taken."""
        self.inside.append(word)
        self.entered += 1

    def leave(self, word: int) -> None:
        """Note a word that the circuit has handed over, which must be the next one."""
        if not self.inside:
            raise LockstepError(f"{self.name}: {word:#x} comes out, but all that went in is out")
        due = self.inside.popleft()
        if word != due:
            kind = "an earlier one is lost" if word in self.inside else "nobody sent it next"
            raise LockstepError(f"{self.name}: word {self.left} is {word:#x}, not {due:#x}: {kind}")
        self.left += 1


def driven(inputs: Iterable[Drive]) -> Partner:
    """Drive what was worked out before, whatever the circuit shows."""
    for one in inputs:
        _ = yield one


def sender(
    link: Link,
    given: Iterable[int],
    willing: Iterator[bool],
    taken: Callable[[int], None],
    noise: Iterator[int],
    *,
    together: int = 1,
) -> Partner:
    """Offer words, and hold each until it is taken; words that belong together without a gap."""
    for k, word in enumerate(given):
        while k % together == 0 and not next(willing):
            yield link.drive(next(noise), valid=False)
        while not link.taken((yield link.drive(word))):
            pass
        taken(word)


def control(
    name: str,
    rng: np.random.Generator,
    may: Callable[[], bool],
    done: Callable[[], None],
    gap: int = 60,
) -> Partner:
    """Raise a control for a tick, at random moments at which it may be; then it is `done`.

    It is done in the turn of its partner: to what the partners before it did on the tick, too.
    """
    while True:
        for _ in range(rng.integers(1, 2 * gap)):
            yield {}
        while not may():
            yield {}
        yield {name: 1}
        done()


def receiver(link: Link, willing: Iterator[bool], leave: Callable[[int], None]) -> Partner:
    """Take words when it is willing."""
    while True:
        ready = next(willing)
        seen = yield {link.ready: ready << link.line}
        word = link.offered(seen)
        if ready and word is not None:
            leave(word)


class Count:
    """The account of what comes so many times, whatever it is."""

    def __init__(self, name: str, total: int) -> None:
        self.name, self.total, self.moves = name, total, 0

    @property
    def open(self) -> str:
        """How many are still to come."""
        return "" if self.moves == self.total else f"{self.name}: {self.moves} of {self.total}"

    def enter(self, word: int = 0) -> None:
        """Note one of them."""
        self.moves += 1
        if self.moves > self.total:
            raise LockstepError(f"{self.name}: more than {self.total} come")

    leave = enter
