"""Wake-up circuit: what of a neuron never sleeps, and lets the clock through to the rest of it.

Ref: Chundi 2021, "Neuron Block", Fig. 2A (left) and Fig. 3A. Flip-flops FF+1 and FF-1 catch the
rising edges of Spk+1 and Spk-1. Either makes the clock-enable flip-flop FFclk-en high, which
un-gates the power and asks for the shared clock. The first falling edge of the clock after that
makes the un-gate flip-flop FFclk-ug high, so that the FSM sees a complete low phase before its
first rising edge. At the end of its work the FSM resets all of them.

Assumptions, where the paper is silent:

1. *A second edge on a line whose first still waits is lost*, and counted: the flip-flop is up.
2. *The FSM takes what it has applied, and no more.* The paper resets both FF+1 and FF-1 when the
   neuron goes to sleep; a spike of the other sign that came after the update would die unseen.
   Here it stays, so that rule 1 is the only loss.
3. *Whatever still waits when the FSM goes to sleep wakes the neuron*: FFclk-ug falls, FFclk-en
   is up again on the same tick, and the next falling edge lets the clock through.

Ties (rules 1 to 3 of :mod:`goldspike.model.timebase`): an edge on the tick on which its flip-flop
is taken is a new spike and stays. An edge on the tick of a falling clock edge is too late for it.
Sleep on the tick of a falling edge, which no FSM asks for, wins.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from goldspike.model.jit import kernel
from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout, pack_bits

__all__ = [
    "WakeupModel",
    "WakeupParams",
    "WakeupState",
    "asleep",
    "catch",
    "let_through",
    "take",
    "wakeup_state",
]


@dataclass(frozen=True, kw_only=True)
class WakeupParams:
    """A wake-up circuit.

    Parameters
    ----------
    lines : int
        Lines that wake, 1..512: two in a neuron, Spk+1 and Spk-1.
    """

    lines: int = 2

    def __post_init__(self) -> None:
        require_int("lines", self.lines, 1, 512)

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick on which any of it changed; `lost` is up for one tick."""
        return TraceLayout(
            (
                Field("pending", self.lines, bitmap=True),
                Field("lost", self.lines, bitmap=True),
                Field("clock_enable", 1),
                Field("clock_ungate", 1),
            )
        )


class WakeupState(NamedTuple):
    """The flip-flops of n wake-up circuits; compiled code changes them in place."""

    pending: np.ndarray  # bool (n, lines): FF+1, FF-1
    enable: np.ndarray  # bool (n,): FFclk-en
    ungate: np.ndarray  # bool (n,): FFclk-ug


def wakeup_state(count: int, lines: int) -> WakeupState:
    """Return `count` wake-up circuits at rest."""
    return WakeupState(np.zeros((count, lines), bool), np.zeros(count, bool), np.zeros(count, bool))


@kernel
def catch(state: WakeupState, k: int, line: int) -> bool:
    """Catch a rising edge on `line` of circuit `k`; return whether it is lost."""
    lost = state.pending[k, line]
    state.pending[k, line] = True
    state.enable[k] = True
    return lost


@kernel
def let_through(state: WakeupState, k: int) -> bool:
    """Meet a falling edge of the clock; return whether it is the one that un-gates."""
    first = state.enable[k] and not state.ungate[k]
    state.ungate[k] = state.enable[k]
    return first


@kernel
def take(state: WakeupState, k: int, line: int) -> None:
    """Reset the flip-flop of a spike that has been applied."""
    state.pending[k, line] = False


@kernel
def asleep(state: WakeupState, k: int) -> None:
    """Reset FFclk-en and FFclk-ug; a spike that still waits sets FFclk-en again."""
    state.ungate[k] = False
    state.enable[k] = state.pending[k].any()


class WakeupModel:
    """One golden wake-up circuit, tick by tick.

    Attributes
    ----------
    lost : int
        Spikes lost so far.
    """

    def __init__(self, params: WakeupParams) -> None:
        self.params = params
        self.state = wakeup_state(1, params.lines)
        self.level = np.zeros(params.lines, bool)
        self.lost = 0

    def tick(self, level: np.ndarray, *, falls: bool, taken: np.ndarray, sleep: bool) -> np.ndarray:
        """Advance one tick; return the trace word after it (0-d structured array).

        Parameters
        ----------
        level, taken : bool arrays (lines,)
            The lines as sampled, and those whose spike the FSM has applied.
        falls, sleep : bool
            The clock falls; the FSM goes to sleep.
        """
        edges = level & ~self.level
        self.level = level.copy()
        if falls and not sleep:
            let_through(self.state, 0)
        for line in np.flatnonzero(taken):
            take(self.state, 0, int(line))
        if sleep:
            asleep(self.state, 0)
        lost = np.zeros_like(edges)
        for line in np.flatnonzero(edges):
            lost[line] = catch(self.state, 0, int(line))
        self.lost += int(lost.sum())
        word = np.zeros((), self.params.trace.dtype)
        word["pending"], word["lost"] = pack_bits(self.state.pending[0]), pack_bits(lost)
        word["clock_enable"], word["clock_ungate"] = self.state.enable[0], self.state.ungate[0]
        return word
