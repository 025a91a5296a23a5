"""Power gate: in which order a block's power, isolation, retention and reset come and go.

Ref: Chundi 2021, "Neuron Block": a neuron without spikes "power-gates the non-retentive parts of
the neuron using zigzag power-gating switches"; a spike un-gates them, and "thanks to the zigzag
PGS, the ungating (i.e., wake-up) is done in a single clock cycle". The potential is retained, the
rest of the neuron is not. The paper says no more than that about the sequence. All of the following
is assumed, after the usual practice of isolation and retention:

=========== ===== ==== ======= ====== ===== ====================================================
state       power good isolate retain reset
=========== ===== ==== ======= ====== ===== ====================================================
off           0    0      1      1      0   unretained state is lost
waking        1    +      1      1      1   good rises `wake` ticks after power
on            1    1      0      0      0   the only state in which the block may be clocked
going off     1    1      1      +      0   retain rises `isolate` ticks after isolate
=========== ===== ==== ======= ====== ===== ====================================================

`isolate` clamps the block's outputs, `retain` makes its retained state ignore its inputs, `reset`
resets the unretained state. With ``request`` as sampled on each tick:

1. *Off to waking* on the first tick t on which the request is up: power and reset rise. `good`
   rises at t + wake. Reset, isolate and retain fall at t + wake + reset, and the block is on. The
   parameter `reset` may be 0 where a reset that is up during the whole ramp needs no tick of good
   power of its own; good then rises on the tick on which isolation falls, never later.
2. *A wake-up is never broken off.* Whatever the request does while waking, the block is on for one
   tick at least, so a request of one tick is served, too.
3. *On to going off* on the first tick d, after the one on which the block came on, on which the
   request is down: isolate rises; retain rises at d + isolate (0: at once); power and good fall at
   d + isolate + settle, and the block is off. A gated clock pulse that is under way at d ends with
   power on if its high phase is at most isolate + settle.
4. *A request while going off is not lost*: on the very tick on which it is sampled the block is on
   again, isolate and retain fall. Its power never went, so its state is what it was at d, and it is
   not reset. Hence a block lets go of its request only in a state in which it can be left.

Ties: a request that falls on the tick on which the block comes on, u, is sampled down on u + 1 as
well: going off at u + 1. A request that rises on the tick on which retain would rise wins: on, and
retain does not rise. A request that rises on the tick on which power would fall wins as well: power
stays. One tick later the block is off and wakes in full.

Always true after every tick: isolation is up unless power is good and reset is done; retain is up
whenever power is not good and whenever reset is up; good implies power; retain implies isolate.

The default is the quickest: with a clock of 2 ticks (low, high) that starts on the same request,
the block is on at its first falling edge, which is where the paper un-gates the neuron's clock. The
pulse before that edge comes too early and must not reach the block.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from goldspike.model.params import require_int
from goldspike.model.timebase import NEVER
from goldspike.model.trace import Field, TraceLayout

__all__ = ["PowerGateModel", "PowerGateParams", "PowerOutputs", "PowerState", "retention"]


class PowerState(IntEnum):
    """Where the sequence stands; neighbours differ in one bit."""

    OFF = 0b00
    WAKING = 0b01
    ON = 0b11
    GOING_OFF = 0b10


@dataclass(frozen=True, kw_only=True)
class PowerGateParams:
    """A power gate's sequence, in ticks, each at most 65535.

    Parameters
    ----------
    wake : int
        From power to good power, at least 1.
    reset : int
        For how long reset stays up after power is good, at least 0.
    isolate : int
        From isolation to retention, at least 0.
    settle : int
        From retention to the end of power, at least 1.
    """

    wake: int = 1
    reset: int = 0
    isolate: int = 0
    settle: int = 1

    def __post_init__(self) -> None:
        require_int("wake", self.wake, 1, 65_535)
        require_int("reset", self.reset, 0, 65_535)
        require_int("isolate", self.isolate, 0, 65_535)
        require_int("settle", self.settle, 1, 65_535)

    @property
    def waking(self) -> int:
        """Ticks from off to on."""
        return self.wake + self.reset

    @property
    def going_off(self) -> int:
        """Ticks from on to off."""
        return self.isolate + self.settle

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick on which the state or an output changes."""
        outputs = (Field(name, 1) for name in PowerOutputs._fields)
        return TraceLayout((Field("state", 2), *outputs))


Retention = tuple[np.ndarray, np.ndarray]
"""Ticks, and whether state is retained from each on."""


class PowerOutputs(NamedTuple):
    """What the sequence drives."""

    power: int
    good: int
    isolate: int
    retain: int
    reset: int


OFF = PowerOutputs(power=0, good=0, isolate=1, retain=1, reset=0)
RAMP = PowerOutputs(power=1, good=0, isolate=1, retain=1, reset=1)
RESET = PowerOutputs(power=1, good=1, isolate=1, retain=1, reset=1)
ON = PowerOutputs(power=1, good=1, isolate=0, retain=0, reset=0)
ISOLATED = PowerOutputs(power=1, good=1, isolate=1, retain=0, reset=0)
RETAINED = PowerOutputs(power=1, good=1, isolate=1, retain=1, reset=0)


def first_after(tick: int, level: np.ndarray, wanted: bool) -> int:
    """Return the first tick after `tick` on which `level` is `wanted`, or NEVER.

    `level` is as sampled on ticks 1, 2, ... and holds its last value; before them it is low.
    """
    found = np.flatnonzero(level[tick:] == wanted)
    if found.size:
        return tick + 1 + int(found[0])
    last = bool(level[-1]) if level.size else False
    return max(tick, level.size) + 1 if last == wanted else NEVER


def retention(params: PowerGateParams, tick: np.ndarray, state: np.ndarray) -> Retention:
    """Return when retention changes, and to what, of a block that goes through some states.

    Parameters
    ----------
    params : PowerGateParams
    tick, state : int arrays (changes,)
        From which tick on it is in which :class:`PowerState`; before them it is off.
    """
    moves = np.flatnonzero(np.diff(state.astype(int), prepend=int(PowerState.OFF)))
    tick, state = tick[moves].astype(np.int64), state[moves]
    on, begins = state == PowerState.ON, tick + params.isolate
    goes = (state == PowerState.GOING_OFF) & (begins < np.append(tick[1:], NEVER))
    times = np.concatenate([tick[on], begins[goes]])
    order = np.argsort(times, kind="stable")
    return times[order], np.repeat([False, True], [on.sum(), goes.sum()])[order]


class PowerGateModel:
    """Golden power gate: jumps from one change of the request that matters to the next."""

    def __init__(self, params: PowerGateParams) -> None:
        self.params = params

    def run(self, request: np.ndarray) -> np.ndarray:
        """Return the trace records of a run that starts in off.

        Parameters
        ----------
        request : bool array (ticks,)
            The request as sampled on ticks 1, 2, ...; it holds its last value.
        """
        records: list[tuple[int, ...]] = []
        tick = 0
        while (up := first_after(tick, request, True)) != NEVER:
            tick = self.wake(up, records)
            while (down := first_after(tick, request, False)) != NEVER:
                back = first_after(down, request, True)
                tick, on = self.go_off(down, back, records)
                if not on:
                    break
            else:
                break  # on forever
        return np.array(records, self.params.trace.record_dtype)

    def wake(self, up: int, records: list[tuple[int, ...]]) -> int:
        """Wake on tick `up`; return the tick on which the block comes on."""
        on = up + self.params.waking
        records.append((up, PowerState.WAKING, *RAMP))
        if self.params.reset > 0:
            records.append((up + self.params.wake, PowerState.WAKING, *RESET))
        records.append((on, PowerState.ON, *ON))
        return on

    def go_off(self, down: int, back: int, records: list[tuple[int, ...]]) -> tuple[int, bool]:
        """Go off from tick `down`, with the next request at `back`; return when and whether on."""
        retained = down + self.params.isolate
        off = down + self.params.going_off
        isolated = ISOLATED if self.params.isolate > 0 else RETAINED
        records.append((down, PowerState.GOING_OFF, *isolated))
        if down < retained < back:
            records.append((retained, PowerState.GOING_OFF, *RETAINED))
        if back <= off:
            records.append((back, PowerState.ON, *ON))
            return back, True
        records.append((off, PowerState.OFF, *OFF))
        return off, False
