"""Read-out: the class that the output spikes name.

Ref: Stuijt 2021, section 3.2: "the output neuron that has the shortest ISI is considered the
correct output class". Besides the shortest inter-spike interval (it needs two spikes of one
neuron) there are the first spike and the spike count. Ties go to the lower index; no spike, or no
interval, is "no answer" and is counted as such. Times are those at which the AER output's strobe
rises, counted from the tick that cleared the read-out.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from goldspike.model.jit import kernel, step
from goldspike.model.mubrain.shared.spikes import Spikes, one_sample
from goldspike.model.params import require_int
from goldspike.model.timebase import NEVER
from goldspike.model.trace import Field, TraceLayout

__all__ = ["NO_ANSWER", "READ_OUTS", "Answer", "Answers", "ReadoutModel", "ReadoutParams"]

NO_ANSWER = -1
"""Class of a sample on which a read-out has nothing to say."""

READ_OUTS = ("shortest_isi", "count", "first_spike")
"""The read-outs, by the names that reports use."""


READ_DELAY = 1
"""Ticks from the rise of the output's strobe to the answer that takes it into account."""


@dataclass(frozen=True, kw_only=True)
class ReadoutParams:
    """A read-out.

    Parameters
    ----------
    classes : int
        Number of output neurons, 1..512.
    time_bits, count_bits : int
        Widths of the times (in ticks; 32 bits last 42 s) and of the spike counts. A sample must
        fit.
    """

    classes: int = 10
    time_bits: int = 32
    count_bits: int = 16

    def __post_init__(self) -> None:
        require_int("classes", self.classes, 1, 512)
        require_int("time_bits", self.time_bits, 1, 63)
        require_int("count_bits", self.count_bits, 1, 32)

    @property
    def class_bits(self) -> int:
        """Width of a class number, in bits."""
        return max(1, (self.classes - 1).bit_length())

    @property
    def answer_fields(self) -> tuple[tuple[str, int], ...]:
        """Names and widths of what is read out; without an answer they are 0."""
        return (
            ("shortest_class", self.class_bits),
            ("shortest_interval", self.time_bits),
            ("first_class", self.class_bits),
            ("first_time", self.time_bits),
            ("most_class", self.class_bits),
            ("most_count", self.count_bits),
        )

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick on which a spike is read.

        Bit 0 of `answered`: there is a first spike; bit 1: there is an interval.
        """
        fields = (Field(name, bits) for name, bits in self.answer_fields)
        return TraceLayout((Field("answered", 2), *fields))


@dataclass(frozen=True)
class Answer:
    """What the read-outs say about one sample; classes are :data:`NO_ANSWER` where they cannot.

    Attributes
    ----------
    shortest_isi, count, first_spike : int
        The class that each read-out names.
    interval : int
        The shortest interval, in ticks (0 without an answer).
    first_time : int
        Tick of the first spike (0 without an answer).
    spikes : int
        Spikes of the class named by count.
    decided : int
        Tick of the spike that ended the shortest interval: the time to answer (0 without one).
    """

    shortest_isi: int = NO_ANSWER
    count: int = NO_ANSWER
    first_spike: int = NO_ANSWER
    interval: int = 0
    first_time: int = 0
    spikes: int = 0
    decided: int = 0


class Answers(NamedTuple):
    """An :class:`Answer` per sample: int64 (samples,) each."""

    shortest_isi: np.ndarray
    most_spikes: np.ndarray  # the read-out "count"
    first_spike: np.ndarray
    interval: np.ndarray
    first_time: np.ndarray
    spikes: np.ndarray
    decided: np.ndarray

    def by_read_out(self) -> dict[str, np.ndarray]:
        """Return the classes that each of :data:`READ_OUTS` names."""
        named = (self.shortest_isi, self.most_spikes, self.first_spike)
        return dict(zip(READ_OUTS, named, strict=True))


class ClassesState(NamedTuple):
    """What the read-out knows of every class: int64 (classes,) each."""

    spikes: np.ndarray
    last: np.ndarray  # tick of the last one
    shortest: np.ndarray  # interval
    ended: np.ndarray  # tick of the spike that ended it


@step
def note_spike(classes: ClassesState, k: int, tick: int) -> None:
    """Note a spike of class k."""
    if classes.spikes[k] > 0 and tick - classes.last[k] < classes.shortest[k]:
        classes.shortest[k] = tick - classes.last[k]
        classes.ended[k] = tick
    classes.spikes[k] += 1
    classes.last[k] = tick


@kernel
def read(spikes: Spikes, classes: ClassesState, answers: Answers) -> None:
    """Read all samples' spikes, each sample from a cleared read-out; fill `answers`."""
    for s in range(spikes.bounds.size - 1):
        begin, end = spikes.bounds[s], spikes.bounds[s + 1]
        for k in range(classes.spikes.size):
            classes.spikes[k] = 0
            classes.shortest[k] = NEVER
        for e in range(begin, end):
            note_spike(classes, spikes.line[e], spikes.tick[e])

        # the first of equals is the lower index
        answers.first_spike[s] = spikes.line[begin] if end > begin else NO_ANSWER
        answers.first_time[s] = spikes.tick[begin] if end > begin else 0
        answers.most_spikes[s] = answers.shortest_isi[s] = NO_ANSWER
        answers.interval[s] = answers.spikes[s] = answers.decided[s] = 0
        interval = NEVER
        for k in range(classes.spikes.size):
            if classes.spikes[k] > answers.spikes[s]:
                answers.most_spikes[s], answers.spikes[s] = k, classes.spikes[k]
            if classes.shortest[k] < interval:
                interval = classes.shortest[k]
                answers.shortest_isi[s], answers.interval[s] = k, interval
                answers.decided[s] = classes.ended[k]


class ReadoutModel:
    """Golden read-out: looks at all spikes of a sample at once."""

    def __init__(self, params: ReadoutParams) -> None:
        self.params = params

    def answer(self, tick: np.ndarray, line: np.ndarray) -> Answer:
        """Read the spikes ``(tick, class)``, sorted by tick, no two on one tick."""
        answers = self.run_batch(one_sample(tick, line))
        return Answer(*(int(said[0]) for said in answers))

    def run_batch(self, spikes: Spikes) -> Answers:
        """Read a batch of samples' spikes."""
        classes = ClassesState(*np.empty((4, self.params.classes), np.int64))
        answers = Answers(*np.empty((7, spikes.samples), np.int64))
        read(spikes, classes, answers)
        return answers

    def records(self, tick: np.ndarray, line: np.ndarray) -> np.ndarray:
        """Return the trace records of the spikes ``(tick, class)``: one tick after each.

        What :meth:`answer` says of the first spike, of the first two, and so on, in one pass.
        """
        records = np.zeros(tick.size, self.params.trace.record_dtype)
        if not tick.size:
            return records
        order = np.lexsort((tick, line))  # class by class, in time
        again = np.diff(line[order], prepend=-1) == 0
        start = np.maximum.accumulate(np.where(again, 0, np.arange(tick.size)))
        count, interval = np.empty_like(tick), np.full(tick.size, NEVER)
        count[order] = 1 + np.arange(tick.size) - start
        interval[order[again]] = np.diff(tick[order], prepend=0)[again]

        shortest = np.minimum.accumulate(interval)
        most = np.maximum.accumulate(count)
        records["tick"] = tick + READ_DELAY
        records["first_class"], records["first_time"] = line[0], tick[0]
        records["most_count"], records["most_class"] = most, lowest(count, most, line)
        known = shortest < NEVER
        records["answered"] = 1 | known << 1
        records["shortest_interval"] = np.where(known, shortest, 0)
        records["shortest_class"] = np.where(known, lowest(interval, shortest, line), 0)
        return records

    def record(self, tick: np.ndarray, line: np.ndarray) -> tuple:
        """Return the trace word after the spikes so far, as a tuple of its fields."""
        answer = self.answer(tick, line)
        answered = (answer.first_spike != NO_ANSWER) | (answer.shortest_isi != NO_ANSWER) << 1
        return (
            answered,
            max(answer.shortest_isi, 0),
            answer.interval,
            max(answer.first_spike, 0),
            answer.first_time,
            max(answer.count, 0),
            answer.spikes,
        )


def lowest(value: np.ndarray, best: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Return, spike by spike, the lowest class whose `value` so far equals the `best` so far."""
    found = np.where(value == best, line, NEVER)
    changes = np.diff(best, prepend=best[0]) != 0
    for begin, end in zip(*bounds(changes), strict=True):  # a new best starts afresh
        found[begin:end] = np.minimum.accumulate(found[begin:end])
    return found


def bounds(changes: np.ndarray) -> tuple[list[int], list[int]]:
    """Return begins and ends of the stretches that start where `changes` is set."""
    begins = [0, *np.flatnonzero(changes).tolist()]
    return begins, [*begins[1:], changes.size]
