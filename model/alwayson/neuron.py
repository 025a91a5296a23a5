"""Neuron: a wake-up circuit that never sleeps, and an FSM whose clock and power it gates.

Ref: Chundi 2021, "Neuron Block", Fig. 2A and 3. A spike sets FFclk-en, which un-gates the power and
asks for the shared clock; its first falling edge sets FFclk-ug; every whole pulse from then on is
one step of the FSM, until the FSM resets the wake-up circuit. "This cuts off the clock and power".

Parts: :mod:`goldspike.model.alwayson.wakeup`, :mod:`goldspike.model.alwayson.neuron_fsm`,
:mod:`goldspike.model.timing.power_gate`, :mod:`goldspike.model.timing.clock_gate`.

Assumptions, where the paper is silent:

1. *Power is asked for* from the spike's own tick on, while FFclk-en is up, and until the gated
   clock's last pulse is over: no clock edge ever meets a block without power.
2. *Power comes before the first pulse*: the block wakes within the clock's low phase ("within a
   single clock cycle"), so that it is on when the first pulse arrives, even for a spike that comes
   just before the falling edge. Whoever sets clock and power gate sees to it.
3. *Every wake-up resets the FSM* but not the potential, which is retained. A spike that comes
   before the power is gone brings the block back without a reset; its FSM is in standby.
4. *Isolated, the neuron asks for nothing*: its request is low.

Golden models apply, within one tick: the clock's edge, which sees the state of the tick before;
the spikes; the power gate, which sees the need of the tick before and the spikes of this tick.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from goldspike.model.alwayson.neuron_fsm import (
    KINDS,
    SLEEP,
    STANDBY,
    TAKE_MINUS,
    TAKE_PLUS,
    FsmState,
    Kind,
    NeuronFsmParams,
    fsm_state,
    requests,
    step,
)
from goldspike.model.alwayson.wakeup import (
    WakeupState,
    asleep,
    catch,
    let_through,
    take,
    wakeup_state,
)
from goldspike.model.jit import kernel
from goldspike.model.timebase import NEVER
from goldspike.model.timing.power_gate import PowerGateParams, PowerState
from goldspike.model.trace import Field, TraceLayout

__all__ = ["COUNT_BITS", "NeuronModel", "NeuronParams", "NeuronsState", "neurons_state"]

COUNT_BITS = 8
"""Width of the traced counters, of pulses and of lost spikes, which wrap."""


@dataclass(frozen=True, kw_only=True)
class NeuronParams:
    """A neuron.

    Parameters
    ----------
    fsm : NeuronFsmParams
        Its FSM.
    power : PowerGateParams
        Its power gate.
    """

    fsm: NeuronFsmParams = field(default_factory=NeuronFsmParams)
    power: PowerGateParams = field(default_factory=PowerGateParams)

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick on which any of it changed.

        `pending`, `clock_enable`, `clock_ungate`: the wake-up circuit; `gated`: the gated clock;
        `power`: a :class:`goldspike.model.timing.power_gate.PowerState`; `state` and `request` as
        the world sees them, isolated; `potential` in two's complement; `pulses` of the gated clock
        and spikes `lost`, modulo ``2**COUNT_BITS``.
        """
        return TraceLayout(tuple(Field(name, bits) for name, bits in self.watched.items()))

    @property
    def cell_trace(self) -> TraceLayout:
        """Traced by the ``cell`` realisation: spikes lost are counted line by line."""
        names = {**self.watched, "lost_plus": COUNT_BITS, "lost_minus": COUNT_BITS}
        del names["lost"]
        return TraceLayout(tuple(Field(name, bits) for name, bits in names.items()))

    @property
    def watched(self) -> dict[str, int]:
        """What is traced, and how wide it is."""
        return {
            "pending": 2,
            "clock_enable": 1,
            "clock_ungate": 1,
            "gated": 1,
            "power": 2,
            "state": 3,
            "request": 1,
            "potential": self.fsm.bits,
            "pulses": COUNT_BITS,
            "lost": COUNT_BITS,
        }


class NeuronsState(NamedTuple):
    """State of n neurons, and what was counted; compiled code changes it in place."""

    wakeup: WakeupState
    fsm: FsmState
    gated: np.ndarray  # bool (n,): the gated clock is high
    power: np.ndarray  # int64 (n,): a PowerState
    due: np.ndarray  # int64 (n,): tick of the power gate's next step by itself
    ack: np.ndarray  # bool (n,): Ack as last sampled
    needed: np.ndarray  # bool (n,): power is needed, as the tick before left it
    counts: np.ndarray  # int64 (n, COUNTS)
    since: np.ndarray  # int64 (n, 3): tick since which awake, powered; last tick of going to sleep


PULSES, LOST, SPIKES, WAKEUPS, POWER_UPS, REQUESTS, AWAKE, POWERED = range(8)
COUNTS = 8
"""Columns of the counts: pulses, spikes lost, spikes, wake-ups, ways from off to on, requests;
ticks awake (FFclk-en up) and powered."""

OFF, WAKING, ON, GOING_OFF = (
    int(PowerState.OFF), int(PowerState.WAKING), int(PowerState.ON), int(PowerState.GOING_OFF)
)  # fmt: skip
SINCE_AWAKE, SINCE_POWERED, LAST_SLEEP = 0, 1, 2


def neurons_state(count: int) -> NeuronsState:
    """Return `count` neurons asleep."""
    return NeuronsState(
        wakeup=wakeup_state(count, 2),
        fsm=fsm_state(count),
        gated=np.zeros(count, bool),
        power=np.zeros(count, np.int64),
        due=np.full(count, NEVER, np.int64),
        ack=np.zeros(count, bool),
        needed=np.zeros(count, bool),
        counts=np.zeros((count, COUNTS), np.int64),
        since=np.full((count, 3), -1, np.int64),
    )


@kernel
def clock_rises(s: NeuronsState, k: int, tick: int, kind: int, bits: int, threshold: int) -> None:
    """Pass a whole pulse to neuron `k` if FFclk-ug is up: its FSM takes one step."""
    if not s.wakeup.ungate[k]:
        return
    s.gated[k] = True
    s.counts[k, PULSES] += 1
    plus, minus = s.wakeup.pending[k, 0], s.wakeup.pending[k, 1]
    asked = requests(s.fsm, k)
    resets = step(s.fsm, k, kind, bits, plus, minus, s.ack[k], threshold)
    if requests(s.fsm, k) and not asked:
        s.counts[k, REQUESTS] += 1
    if resets & TAKE_PLUS:
        take(s.wakeup, k, 0)
    if resets & TAKE_MINUS:
        take(s.wakeup, k, 1)
    if resets & SLEEP:
        asleep(s.wakeup, k)
        s.since[k, LAST_SLEEP] = tick
        if not s.wakeup.enable[k]:
            s.counts[k, AWAKE] += tick - s.since[k, SINCE_AWAKE]
        else:
            s.counts[k, WAKEUPS] += 1


@kernel
def clock_falls(s: NeuronsState, k: int) -> None:
    """End the pulse of neuron `k`, and let the next one through if a spike has come by now."""
    s.gated[k] = False
    let_through(s.wakeup, k)


@kernel
def spike(s: NeuronsState, k: int, line: int, tick: int) -> bool:
    """Let a spike arrive at neuron `k`, positive on line 0; return whether it is lost."""
    if not s.wakeup.enable[k]:
        s.counts[k, WAKEUPS] += 1
        # a sleep on this very tick left no time to be asleep
        s.since[k, SINCE_AWAKE] = tick
    lost = catch(s.wakeup, k, line)
    s.counts[k, SPIKES] += 1
    s.counts[k, LOST] += int(lost)
    return lost


@kernel
def gate_power(
    s: NeuronsState, k: int, tick: int, spiked: bool, waking: int, going_off: int
) -> None:
    """Take the power gate of neuron `k` one step further, if it is time."""
    needed = s.needed[k] or spiked
    power = s.power[k]
    if power == OFF and needed:
        s.power[k] = WAKING
        s.due[k] = tick + waking
        s.counts[k, POWER_UPS] += 1
        s.since[k, SINCE_POWERED] = tick
    elif power == WAKING and tick == s.due[k]:
        s.power[k] = ON
        s.fsm.state[k] = STANDBY
        s.fsm.applied[k, 0] = False
        s.fsm.applied[k, 1] = False
        s.due[k] = NEVER
    elif power == ON:
        s.due[k] = NEVER
        if not needed:
            s.power[k] = GOING_OFF
            s.due[k] = tick + going_off
    elif power == GOING_OFF:
        if needed:
            s.power[k] = ON
            s.due[k] = NEVER
        elif tick == s.due[k]:
            s.power[k] = OFF
            s.due[k] = NEVER
            s.counts[k, POWERED] += tick - s.since[k, SINCE_POWERED]
    s.needed[k] = s.wakeup.enable[k] or s.gated[k]
    if s.power[k] == ON and not s.needed[k]:
        s.due[k] = tick + 1  # which is when the gate finds out


@kernel
def clear_potential(s: NeuronsState, k: int) -> None:
    """Reset the potential, as between two frames."""
    s.fsm.potential[k] = 0


class NeuronModel:
    """One golden neuron, tick by tick.

    Attributes
    ----------
    state : NeuronsState
        Of one neuron.
    lost : bool array (2,)
        Lines whose spike was lost on the last tick.
    """

    def __init__(self, params: NeuronParams) -> None:
        self.params = params
        self.state = neurons_state(1)
        self.level = np.zeros(2, bool)
        self.lost = np.zeros(2, bool)
        self.now = 0

    def tick(
        self,
        level: np.ndarray,
        *,
        rises: bool = False,
        falls: bool = False,
        ack: bool = False,
        clear: bool = False,
        threshold: int = 1,
    ) -> None:
        """Advance one tick.

        Parameters
        ----------
        level : bool array (2,)
            Spk+1 and Spk-1 as sampled.
        rises, falls, ack, clear : bool
            The shared clock's edges, the acknowledgement, the reset of the potential.
        threshold : int
        """
        self.at(
            self.now + 1, level, rises=rises, falls=falls, ack=ack, clear=clear, threshold=threshold
        )

    def pass_time(self, now: int) -> list[tuple[int, tuple[int, ...]]]:
        """Go on to just before `now`, while nothing comes in; return (time, word) of changes."""
        s, p, found = self.state, self.params.power, []
        while s.due[0] < now:
            self.now, before = int(s.due[0]), self.word
            gate_power(s, 0, self.now, False, p.waking, p.going_off)
            if self.word != before:
                found.append((self.now, self.word))
        return found

    def at(
        self,
        now: int,
        level: np.ndarray,
        *,
        rises: bool = False,
        falls: bool = False,
        ack: bool = False,
        clear: bool = False,
        threshold: int = 1,
    ) -> None:
        """Meet what comes in at time `now`, as :meth:`tick` does; nothing is due before."""
        s, p = self.state, self.params
        self.now = now
        s.ack[0] = ack
        if rises:
            clock_rises(s, 0, self.now, KINDS[Kind(p.fsm.kind)], p.fsm.bits, threshold)
        if falls:
            clock_falls(s, 0)
        if clear:
            clear_potential(s, 0)
        edges = level & ~self.level
        self.level = level.copy()
        self.lost = np.zeros(2, bool)
        for line in np.flatnonzero(edges):
            self.lost[line] = spike(s, 0, int(line), self.now)
        gate_power(s, 0, self.now, bool(edges.any()), p.power.waking, p.power.going_off)

    @property
    def word(self) -> tuple[int, ...]:
        """What the trace shows now."""
        s, p = self.state, self.params
        on = s.power[0] == ON
        return (
            int(s.wakeup.pending[0, 0]) + 2 * int(s.wakeup.pending[0, 1]),
            int(s.wakeup.enable[0]),
            int(s.wakeup.ungate[0]),
            int(s.gated[0]),
            int(s.power[0]),
            int(s.fsm.state[0]) if on else STANDBY,
            int(on and requests(s.fsm, 0)),
            int(s.fsm.potential[0]) % (1 << p.fsm.bits),
            int(s.counts[0, PULSES]) % (1 << COUNT_BITS),
            int(s.counts[0, LOST]) % (1 << COUNT_BITS),
        )
