"""Whether a bench notices that another form of its circuit is wrong."""

import ctypes
import os
from collections.abc import Iterable, Iterator

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.lockstep.replay import Replay
from goldspike.cosim.simulator.build import Simulator

__all__ = ["Judge"]


class Judge:
    """A bench with one stimulus, for any form of its circuit that an input of a simulator chooses.

    Parameters
    ----------
    job : Bench
    seed, steps : int

    Attributes
    ----------
    patience : int, optional
        How long a form may run: twice as long as the first that passed.
    """

    def __init__(self, job: Bench, seed: int, steps: int) -> None:
        self.replay = Replay.drawn(job, seed, steps)
        self.patience: int | None = None

    def unnoticed(self, compiled: Simulator, number: int) -> bool:
        """Return whether the form of this number passes; if it never rests, it does not."""
        library = ctypes.CDLL(str(compiled.library))
        library.goldspike_mutant(ctypes.c_int32(number))
        try:
            with self.replay.simulator(compiled, self.patience) as simulator:
                records = self.replay.play(simulator)
                most = max(simulator.evaluated, simulator.longest)
                self.patience = self.patience or 2 * most
                return self.replay.compare(simulator, records) is None
        except TimeoutError:
            return False

    def all_unnoticed(self, compiled: Simulator, numbers: Iterable[int]) -> Iterator[int]:
        """Yield the forms that pass.

        They run in a process of their own: what a simulator does not survive is noticed, too.
        """
        waiting = list(numbers)
        while waiting:
            done = 0
            for number, passed in self.apart(compiled, waiting):
                done += 1
                if passed:
                    yield number
            waiting = waiting[done + 1 :]  # the next one ended the process

    def apart(self, compiled: Simulator, numbers: list[int]) -> Iterator[tuple[int, bool]]:
        """Yield form by form whether it passes, until one ends the process that they run in."""
        ours, theirs = os.pipe()
        child = os.fork()
        if not child:
            status = 1
            try:
                os.close(ours)
                for number in numbers:
                    os.write(theirs, b"1" if self.unnoticed(compiled, number) else b"0")
                status = 0
            finally:
                os._exit(status)
        os.close(theirs)
        with os.fdopen(ours, "rb") as stream:
            answers = stream.read()
        os.waitpid(child, 0)
        yield from zip(numbers, (answer == ord("1") for answer in answers), strict=False)
