"""Delay cell: whatever a line does, it does again a fixed time later.

Ref: Stuijt 2021, section 2.4 and Fig. 3B. The cell on the chip is a pair of cross-coupled CMOS
thyristors whose current a near-threshold bias limits (Zhang et al. 2004); Eq. 6 there gives its
delay out of load, current and threshold voltages: :class:`Thyristor`, one source of a delay in
``cell``. The circuit itself has a delay that is a whole number of ticks (``cell``: picoseconds) and
never varies.

The paper does not say what becomes of a pulse that is shorter than the delay. Here the cell is a
*transport* delay: every high and every low of at least one tick passes with its length unchanged,
however many of them are inside at once. (A thyristor cell may well be nearer to an inertial delay,
which swallows pulses shorter than itself.)

Timing: the output after tick t is the level sampled on tick ``t - delay + 1``. A line that another
circuit raises at tick a is sampled on a + 1 and leaves the cell at tick a + delay. To begin with
the cell is full of lows. There is no tie: lines do not see each other, and a level that enters and
one that leaves on the same tick are ``delay - 1`` ticks apart inside (with a delay of 1, the same).
"""

from dataclasses import dataclass, replace

import numpy as np

from goldspike.model.params import require_int
from goldspike.model.trace import Field, TraceLayout, pack_bits

__all__ = ["DelayCellModel", "DelayCellParams", "Thyristor"]

LONGEST = 1_000_000_000  # a millisecond of picoseconds


@dataclass(frozen=True, kw_only=True)
class DelayCellParams:
    """A bank of delay cells with one delay.

    Parameters
    ----------
    width : int
        Number of lines, 1..4096.
    delay : int
        Delay in ticks (``cell``: picoseconds), 1..10**9.
    """

    width: int = 1
    delay: int = 1

    def __post_init__(self) -> None:
        require_int("width", self.width, 1, 4096)
        require_int("delay", self.delay, 1, LONGEST)

    @property
    def trace(self) -> TraceLayout:
        """Traced after every tick on which a level moves: enters, leaves, or is on its way."""
        return TraceLayout((Field("output", self.width, bitmap=True),))

    @property
    def cell_trace(self) -> TraceLayout:
        """What the ``cell`` circuit shows: the same, after every change of an output line."""
        return self.trace


@dataclass(frozen=True, kw_only=True)
class Thyristor:
    """The pair of transistors that makes the delay (Stuijt 2021, section 2.4, Eq. 1 to 6).

    The bias current charges the load until the NMOS conducts (Eq. 1); the charge that it then draws
    lets the PMOS conduct (Eq. 4). Eq. 5 as printed lacks the factor V_tp that Eq. 6 has; Eq. 6 is
    used. The paper gives no values: load, thresholds and gain are assumed, of the order of a 40 nm
    process, and the current follows from the delay (:meth:`for_delay`).

    Parameters
    ----------
    current : float
        Bias current I_c, in amperes.
    load : float
        C_L = C_n = C_p, in farads.
    v_tn, v_tp : float
        Threshold voltages of NMOS and PMOS, in volts.
    beta : float
        Gain of the NMOS, in A/V².
    """

    current: float
    load: float = 5e-15
    v_tn: float = 0.45
    v_tp: float = 0.45
    beta: float = 3e-4

    def __post_init__(self) -> None:
        for name in ("current", "load", "v_tn", "v_tp", "beta"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, not {getattr(self, name)!r}")

    @property
    def delay_s(self) -> float:
        """Eq. 6, in seconds."""
        linear = self.v_tn / self.current
        return self.load * (linear + (6 * self.v_tp / (self.beta * self.current**2)) ** (1 / 3))

    @property
    def delay_ps(self) -> int:
        """The delay of a circuit's cell: whole picoseconds, at least one."""
        return max(1, round(self.delay_s * 1e12))

    @classmethod
    def for_delay(cls, ps: float, **values: float) -> "Thyristor":
        """Return the cell with the bias current that makes a delay, in picoseconds."""
        low, high = 1e-15, 1.0
        for _ in range(200):
            middle = (low * high) ** 0.5
            if cls(current=middle, **values).delay_s * 1e12 > ps:
                low = middle
            else:
                high = middle
        return cls(current=high, **values)

    def varied(self, rng: np.random.Generator, spread: float) -> "Thyristor":
        """Return a cell whose every value is drawn around this one's, log-normally."""
        names = ("current", "load", "v_tn", "v_tp", "beta")
        return replace(
            self, **{name: getattr(self, name) * np.exp(rng.normal(0, spread)) for name in names}
        )


class DelayCellModel:
    """Golden delay cells: the array of levels, shifted."""

    def __init__(self, params: DelayCellParams) -> None:
        self.params = params

    def delayed(self, level: np.ndarray) -> np.ndarray:
        """Return the outputs after ticks 1, 2, ... for the levels sampled on ticks 1, 2, ...

        Parameters
        ----------
        level : bool array (ticks, width)

        Returns
        -------
        bool array (ticks + delay - 1, width): until the last level has left.
        """
        inside = np.zeros((self.params.delay - 1, self.params.width), bool)
        return np.concatenate([inside, level])

    def run(self, level: np.ndarray) -> np.ndarray:
        """Return the trace records of a run; `level` as in :meth:`delayed`, then held."""
        output = self.delayed(level)
        before = np.vstack([np.zeros((1, self.params.width), bool), level[:-1]])
        enters = np.append((level != before).any(axis=1), False)
        moves = np.flatnonzero(np.convolve(enters, np.ones(self.params.delay, int))[: len(output)])
        records = np.zeros(moves.size, self.params.trace.record_dtype)
        records["tick"] = moves + 1
        records["output"] = pack_bits(output[moves])
        return records

    def run_levels(self, time: np.ndarray, level: np.ndarray) -> np.ndarray:
        """Return the trace records of a ``cell`` run: lines ``level[k]`` from ``time[k]`` on.

        A level that another circuit raises at a picosecond leaves the cell `delay` later.
        """
        before = np.vstack([np.zeros((1, self.params.width), bool), level[:-1]])
        changed = (level != before).any(axis=1)
        records = np.zeros(int(changed.sum()), self.params.trace.record_dtype)
        records["tick"] = time[changed] + self.params.delay
        records["output"] = pack_bits(level[changed])
        return records
