"""Time: the tick, and what happens when two things fall on the same one.

A **tick** is the smallest step of simulated time (10 ns on µBrain). Every golden model and every
circuit agrees on the state *after* each tick. "X happens at tick t" means: the state after tick t
is the first that shows X. On an FPGA a tick is one rising edge of the one real clock, and the
state after it is what the registers hold from then on.

The rule for ties
-----------------
**Everything that happens on a tick sees the state that the tick before left behind, and the
inputs as they are sampled on this tick.** Nothing sees half of a tick. What follows from it:

1. *Edge*: an input that was low on tick t-1 and is high on tick t has an edge at tick t. Highs
   and lows last at least one tick; shorter pulses are outside the contract.
2. *Edge on a busy input*: an edge on an input that is still pending merges with the spike that
   waits there. It is counted as merged, never lost silently.
3. *Edge and grant of the same input on one tick*: the grant takes the spike that was waiting and
   the edge counts as a new spike; the input stays pending. (In silicon a near-coincident edge
   resolves to "merged" or to "new", both legal; this rule is how ``tick`` resolves it.)
4. *Edge and load on one tick*: the spike register copies what was pending after tick t-1, so the
   edge is not in it and waits for the next oscillation.
5. *Edge and recover on one tick*: the oscillator ends on tick t; the edge is pending after t, so
   the next oscillation counts its delays from t.
6. *Several edges on one tick* are all pending after it; the arbiter's policy orders them.
7. *A neuron that fires on a grant at tick a* integrates at a+1; its spike rises at a+1 and is an
   edge at the next arbiter at a+2. A spike never coincides with the grant that caused it.
8. *Clear and anything else on one tick*: clear wins over integration. It is given between samples,
   while nothing is awake.
9. *A neuron of a recurrent layer that fires on its own grant* (its own lateral spike was granted at
   tick a, and its synapse to itself makes it fire again): rules 3 and 7 hold for lateral inputs as
   for any. The grant took the spike that waited, so the new spike, an edge at a+2, is a new one and
   never merges with the one that caused it. Lateral edges and edges from outside on one tick are
   all pending after it (rule 6); a lateral edge on a lateral input that still waits merges there
   (rule 2).
10. *Blocks with unrelated clocks* (the always-on chip): a clock edge on tick t samples what the
    other block's registers held after t - 1, also where both clocks have an edge on t. A request
    that rises as the block that serves it goes to sleep is seen on the next tick and wakes it.

Pins
----
**On tick t an output pin has the value that a register clocked with that tick samples**: it follows
from the state that tick t-1 left behind and from the inputs of tick t, after both have settled and
before the clock's edge. A pin that shows a register therefore shows what happened on tick t from
t+1 on; one that follows an input at once shows it on t itself. What a pin does between the edge of
tick t-1 and the inputs of tick t is never sampled. While the clock rests, no pin changes. In
``cell`` a pin has, at a picosecond, the value to which it settles once everything of that
picosecond is done.

Golden models apply, within one tick, first what the oscillator's phase does (it sees the state of
the tick before), then the edges, then ask whether an oscillation starts; that order *is* the rule.

Golden models count in integers of an arbitrary unit: 1 tick for ``tick``, 1 ps for ``cell``.

In ``cell`` the unit of the rules above is the picosecond, and where they say "sampled on this tick"
there is no sampling: an edge acts at its own picosecond. At one picosecond

a. what the circuit does by itself (a delay that is over) comes before changes of its inputs, so
   rules 2 to 6 hold unchanged: an edge at the picosecond of its own grant is a new spike;
b. of two inputs that change together neither is seen through the other: an edge and a take at the
   pins of an edge detector alone merge (``tie_merges``);
c. a neuron integrates ``INTEGRATE_PS`` after the grant and its spike rises ``SPIKE_PS`` later: a
   spike never coincides with the grant that caused it (rule 7).

In silicon a near-coincident edge resolves to "merged" or to "new"; both are legal, and a circuit
accounts for the edge in either case.
"""

__all__ = ["NEVER", "TICK_NS", "seconds", "ticks"]

TICK_NS = 10
"""Default length of a tick in nanoseconds: a tenth of µBrain's 100 ns oscillation
(Stuijt 2021, section 2.4)."""

NEVER = (1 << 63) - 1
"""A tick later than any other: nothing is due."""


def ticks(duration_s: float, tick_ns: float = TICK_NS) -> int:
    """Return the whole number of ticks nearest to a duration in seconds."""
    return round(duration_s * 1e9 / tick_ns)


def seconds(count: float, tick_ns: float = TICK_NS) -> float:
    """Return the length of `count` ticks in seconds."""
    return count * tick_ns * 1e-9
