"""Hold a circuit against its golden models, part after part of a long run.

What was compared is let go, on both sides, so that memory does not grow with the images.
"""

from itertools import count
from typing import Any

import numpy as np

from goldspike.cosim.bench.pins import Course, gather, held, since, steady, strobes, through
from goldspike.cosim.bench.scoreboard import Mismatch, compare, compare_pins
from goldspike.cosim.bench.stimulus import spans
from goldspike.cosim.imc.array import ArrayBench
from goldspike.cosim.imc.chain import ChainBench
from goldspike.cosim.imc.shared.array_events import Made, difference, made_by, noted
from goldspike.cosim.imc.shared.safety import VIOLATION, arrivals, check_safety, windows
from goldspike.cosim.imc.shared.stimulus import word_rows
from goldspike.imc.engine import MANY, in_order
from goldspike.model.imc.array import ArrayParams
from goldspike.model.imc.chain import Weights
from goldspike.model.imc.input_memory import FETCH, STORE, InputMemoryParams
from goldspike.model.imc.output_memory import OutputMemoryParams
from goldspike.model.imc.shared.dataflow import ArrayDataflow

__all__ = ["Cores", "Ticks", "WholeArray", "WholeChain"]


class InParts:
    """A bench whose records are parts of a run, while safety is of all of them."""

    def checked(self, parts: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the parts as they are."""
        return parts


class WholeChain(InParts, ChainBench):
    """The chain's bench for a whole data set."""


class WholeArray(InParts, ArrayBench):
    """The array's bench for a whole data set."""


class MemorySafety:
    """Sees to it that every read finds the pixel that plain geometry says it must find."""

    def __init__(self, params: InputMemoryParams) -> None:
        self.held: dict[int, tuple[int, int, int, int]] = {}
        self.stored, self.passed = arrivals(params), arrivals(params)
        self.fetched = windows(params)

    def violations(self, records: np.ndarray) -> np.ndarray:
        """Return the first violation of the memory's next records, or none."""
        columns = (records[name].tolist() for name in ("tick", "kind", "address"))
        for tick, kind, address in zip(*columns, strict=True):
            if kind == STORE:
                self.held[address] = next(self.stored)
                continue
            needed = next(self.fetched if kind == FETCH else self.passed)
            if self.held.get(address) != needed:
                return np.array([(tick, address, needed)], VIOLATION)
        return np.array([], VIOLATION)


class QueueSafety:
    """Sees to it that the n-th word to leave a queue of partial sums is the n-th that came."""

    def __init__(self, params: OutputMemoryParams) -> None:
        self.depth, self.came, self.left = params.depth, 0, 0

    def violations(self, records: np.ndarray) -> np.ndarray:
        """Return the first violation of the queue's next records, or none."""
        pushed, popped = (records["tick"][records[name] == 1] for name in ("pushed", "popped"))
        number = self.left + np.arange(popped.size)
        came = self.came + np.searchsorted(pushed, popped)  # on one tick a word leaves first
        wrong = np.flatnonzero((came <= number) | (came > number + self.depth))[:1]
        self.came, self.left = self.came + pushed.size, self.left + popped.size
        return np.array(
            [(popped[k], number[k] % self.depth, (number[k], 0, 0, 0)) for k in wrong], VIOLATION
        )


class Ticks:
    """The golden model of the clock cycle beside the circuit: every traced word, every pin.

    Parameters
    ----------
    bench : WholeChain or WholeArray
    weights : Weights
        With which the model begins; the circuit is loaded with them first.
    begin : int
        The tick of the first timestep, the second one after the last that loads something.
    """

    def __init__(self, bench: ChainBench, weights: Weights, begin: int) -> None:
        self.bench, self.model = bench, bench.make_model(weights)
        self.begin, self.now = begin, 0
        self.word: np.ndarray | None = None
        self.answers: Any = np.zeros(0, dict(bench.params.parts)["answer"].record_dtype)
        cores = [*enumerate(bench.cores)]
        self.safety: dict[str, MemorySafety | QueueSafety] = {
            f"core{k}.memory": MemorySafety(core.memory) for k, core in cores
        }
        self.safety |= {
            f"core{k}.partial": QueueSafety(core.adder.queue)
            for k, core in cores
            if core.partial_in
        }

    def compare(
        self, rows: np.ndarray, records: np.ndarray, pins: np.ndarray, end: int, *, last: bool
    ) -> Mismatch | None:
        """Compare the ticks up to and including `end`; return the first difference.

        Parameters
        ----------
        rows, records, pins : structured array
            Stimulus, trace and pins of these ticks; pins as they were before, too.
        last : bool
            The run is over: nothing may be left.

        Raises
        ------
        LockstepError
            If they are equal, but a memory is not safe.
        """
        first, shown = self.now + 1, self.advance(rows, end)
        expected = self.taken(MANY if last else end)
        mismatch = compare(expected, self.bench.split(records))
        if mismatch:
            return mismatch
        check_safety({f"{k} safety": s.violations(expected[k]) for k, s in self.safety.items()})
        self.answers = np.concatenate([self.answers, expected["answer"]])
        dtype = pins.dtype
        wanted, free = self.pins(dtype, shown, first)
        sides = (since(part, first) for part in (gather(dtype, wanted), gather(dtype, free)))
        found = compare_pins((next(sides), next(sides)), since(pins, first), end)
        over = int((self.answers["answered"] == 1).sum())
        self.answers = self.answers[2 * max(0, over - 1) :]  # a pixel's first word, then its answer
        return found

    def advance(self, rows: np.ndarray, end: int) -> np.ndarray:
        """Run the model up to a tick; return what its pins show on each."""
        size = self.bench.params.word_bits // 8
        words = word_rows(rows, "in_word", size) if rows.size else rows
        changes, shown = dict(zip(rows["tick"].tolist(), count())), []
        for tick in range(self.now + 1, end + 1):
            if tick < self.begin:
                shown.append((False, False, tick < self.begin - 1))
                continue
            if tick in changes:
                k = changes[tick]
                self.word = words[k].copy() if rows["in_valid"][k] else None
            self.model.tick(self.word, run=True)
            shown.append((self.model.in_ready, self.model.late, self.model.busy))
        self.now = end
        return np.array(shown)

    def taken(self, end: int) -> dict[str, np.ndarray]:
        """Take the model's records up to a tick out of it."""
        before, parts = self.begin - 1, self.model.trace()  # it began later than the circuit
        taken = {name: int((part["tick"] + before <= end).sum()) for name, part in parts.items()}
        kept = {
            f"core{k}.{name}": rows
            for k, core in enumerate(self.model.cores)
            for name, rows in core.records.items()
        }
        for name, rows in (kept | self.model.records).items():
            del rows[: taken[name]]
        self.model.answers.clear()
        for name, part in parts.items():
            part["tick"] += before
            parts[name] = part[: taken[name]]
        return parts

    @property
    def kept(self) -> int:
        """How many records wait on the golden side."""
        return self.answers.size + sum(part.size for part in self.model.trace().values())

    def pins(
        self, dtype: np.dtype, shown: np.ndarray, first: int
    ) -> tuple[dict[str, Course], dict[str, Course]]:
        """Return what the pins show from a tick on, and which bits are free, as the bench does."""
        names = ("in_ready", "late", "busy")
        courses = {name: later(through(shown[:, k]), first) for k, name in enumerate(names)}
        free = {name: steady(0) for name in dtype.names or () if name != "tick"}
        begun, over = (self.answers["tick"][self.answers["answered"] == k] for k in (0, 1))
        courses["answered"] = strobes(over + 1)
        answers = self.answers[self.answers["answered"] == 1]
        courses["answer"] = held(answers["tick"], answers["answer"])
        over = np.append(over, [self.now] * (len(begun) - len(over)))  # the last may not be yet
        ticks, works = strobes(spans(begun + 2, over))
        bits = max(1, (self.bench.params.classes - 1).bit_length())
        free["answer"] = ticks, np.repeat(works[:, None] == 1, bits, axis=1)
        return courses, free


def later(course: Course, first: int) -> Course:
    """Return a course whose first tick is another one."""
    ticks, values = course
    return np.where(ticks > 0, ticks + first - 1, 0), values


class Cores:
    """The golden model that counts in timesteps beside a large array: all that its cores make.

    Parameters
    ----------
    params : ArrayParams
    weights : Weights
    images : int8 (n, height, width, channels)
    begin : int
        The tick of the first timestep.
    """

    def __init__(
        self, params: ArrayParams, weights: Weights, images: np.ndarray, begin: int
    ) -> None:
        self.params, self.begin, self.pixels = params, begin, in_order(images)
        self.model = ArrayDataflow(params, weights, traced=True)
        self.sent = 0
        self.due = noted(params, [])
        self.records = [
            np.zeros(0, dict(core.parts)["output"].record_dtype) for core in params.circuits
        ]
        self.first = [0] * len(params.circuits)

    def compare(self, records: np.ndarray, *, last: bool) -> str | None:
        """Compare what left the cores in some more records; return the first difference in words.

        With the `last` ones nothing may be left.
        """
        model, step = self.model, self.params.timestep
        ahead = MANY
        if not last:
            now = int(records["tick"][-1]) if records.size else 0
            ahead = max(0, (now - self.begin) // step - model.now)
        self.sent += model.run(self.pixels[self.sent :], ahead)
        new = noted(self.params, model.events)
        for found in (model.events, model.log, model.answers, model.starts):
            found.clear()
        sides: list[tuple[Made, Made]] = []
        for k, core in enumerate(self.params.circuits):
            own = dict(self.params.parts)[f"core{k}"].select(records, f"core{k}")
            part = dict(core.parts)["output"].select(own, "output")
            own = np.concatenate([self.records[k], part])
            due = Made(*(np.concatenate(both) for both in zip(self.due[k], new[k], strict=True)))
            made = made_by(self.params, k, own, self.begin)
            n = len(made.values)
            self.records[k], self.due[k] = remaining(own, n * core.output.words), rest(due, n)
            sides.append((due, made) if last else (upto(due, n), upto(made, n)))
        expected, found = zip(*sides, strict=True)
        mismatch = difference([*expected], [*found], self.first)
        self.first = [n + len(made.values) for n, made in zip(self.first, found, strict=True)]
        return mismatch

    @property
    def kept(self) -> int:
        """How many outputs and records wait to be compared."""
        return sum(len(due.values) for due in self.due) + sum(own.size for own in self.records)


def upto(made: Made, n: int) -> Made:
    """Return the first outputs."""
    return Made(made.timestep[:n], made.values[:n])


def rest(made: Made, n: int) -> Made:
    """Return the outputs without the first ones."""
    return Made(made.timestep[n:], made.values[n:])


def remaining(records: np.ndarray, words: int) -> np.ndarray:
    """Return an output memory's records without the first words that came, and that left."""
    records = records.copy()
    for name in ("pushed", "popped"):
        records[name][np.flatnonzero(records[name])[:words]] = 0
    return records[(records["pushed"] | records["popped"]) == 1]
