"""Leak: strobes on a layer's bias input that make its neurons leak.

Ref: Stuijt 2021, section 2.1: a leaky neuron comes about "by using one of the neuron inputs to
provide a periodic leakage signal. This will necessitate an external clocked input"; section 3.1:
"the global bias input emulates linear membrane leakage"; section 1.1: the leak is event-based and
need not be periodic. This is that external source. Its strobe goes to the last input of a layer's
arbiter; the weights of that input, negative ones, are what a strobe takes from each neuron.

So a neuron loses w every `period` ticks, w / period per tick on average, and stays at zero once it
is there: n leaks leave max(0, p - n w) of a potential p. Under a steady excitation of e per tick
it fires (e - w / period) / 64 times per tick if that is positive, else not at all; a little more
often where the floor, right after a spike, spares it part of a leak.

Timing: the first periodic strobe comes `period` ticks after the clear, or after the tick on which
the period was set; a strobe asked for on tick t is up after t, for one tick. The line has to fall
before it can rise again: a leak asked for while the strobe is up, and the second of two asked for
on one tick, merge with the other, and are counted. (Two at once never find the line up: what put
it there, an event or the end of a period, cannot come again so soon.)
"""

from dataclasses import dataclass

import numpy as np

from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout

__all__ = ["LeakModel", "LeakParams"]


@dataclass(frozen=True, kw_only=True)
class LeakParams:
    """A source of leaks.

    Parameters
    ----------
    period_bits : int
        Width of the period, in bits, 2..32. With 16 bits and ticks of 10 ns, up to 655 µs.
    """

    period_bits: int = 16

    def __post_init__(self) -> None:
        require_int("period_bits", self.period_bits, 2, 32)

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick on which a leak is asked for or the period begins again.

        `merged` says that a leak merged on this tick; `elapsed` is the ticks of the period that are
        over.
        """
        return TraceLayout(
            (Field("strobe", 1), Field("merged", 1), Field("elapsed", self.period_bits))
        )


class LeakModel:
    """Golden source of leaks, one call per tick.

    Attributes
    ----------
    strobe : bool
        The line to the layer.
    elapsed : int
        Ticks of the period that are over.
    merged : int
        Leaks so far that merged.
    """

    def __init__(self, params: LeakParams) -> None:
        self.params = params
        self.strobe = False
        self.event = False
        self.elapsed = 0
        self.merged = 0

    def tick(self, *, period: int, event: bool = False, clear: bool = False) -> bool | None:
        """Advance one tick.

        Parameters
        ----------
        period : int
            Ticks between two periodic leaks; 0 and 1: none come.
        event : bool
            A rising edge asks for a leak.
        clear : bool
            The period begins again on this tick; a leak due on it is not given.

        Returns
        -------
        Whether a leak merged on this tick, or None if none was asked for and nothing cleared.
        """
        due = False
        if clear or period < 2:
            self.elapsed = 0
        else:
            self.elapsed += 1
            if self.elapsed >= period:
                due, self.elapsed = True, 0
        rises = event and not self.event
        asked = due + rises
        given = asked > 0 and not self.strobe
        self.strobe, self.event = given, event
        self.merged += asked - given
        return asked > given if asked or clear else None

    def run(
        self, period: np.ndarray, event: np.ndarray, clear: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Run with the level of every input on each tick from 1 on.

        Returns
        -------
        tick : int64 (strobes,)
            Ticks after which the strobe is up; the edge at the arbiter is one tick later.
        records : structured array
            Trace records.
        """
        ticks, records = [], []
        for tick, (now, asked, anew) in enumerate(zip(period, event, clear, strict=True), start=1):
            merged = self.tick(period=int(now), event=bool(asked), clear=bool(anew))
            if self.strobe:
                ticks.append(tick)
            if merged is not None:
                records.append((tick, self.strobe, merged, self.elapsed))
        return np.array(ticks, np.int64), np.array(records, self.params.trace.record_dtype)
