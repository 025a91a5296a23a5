"""Read a VCD: what every signal of a view was, tick by tick and in between."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from goldspike.cosim.bench.view import Scale, View
from goldspike.model.errors import InputError

__all__ = ["Signal", "extra", "read_history"]


@dataclass(frozen=True)
class Signal:
    """A signal over time.

    Attributes
    ----------
    name : str
        Full name in the VCD, with its range.
    width : int
        In bits.
    time : float64 (changes,)
        When it changed, in units of the scale. In ticks: the clock rises, and registers change, at
        whole ticks; inputs change half a tick before. What happens *on* tick t is seen as t is
        reached.
    value : list of int
        What it became.
    """

    name: str
    width: int
    time: np.ndarray
    value: list[int]

    def line(self, number: int) -> "Signal":
        """Return one line of the signal."""
        value = [value >> number & 1 for value in self.value]
        return Signal(f"{self.name}({number})", 1, self.time, value)

    def spans(self, first: float, last: float) -> list[tuple[float, float, int]]:
        """Return from when to when it had which value, between two times."""
        found: list[tuple[float, float, int]] = []
        ends = [*self.time[1:].tolist(), last]
        for begin, end, value in zip(self.time.tolist(), ends, self.value, strict=True):
            low, up = max(begin, first), min(end, last)
            if found and found[-1][2] == value:
                found[-1] = (found[-1][0], max(up, found[-1][1]), value)
            elif up > low:
                found.append((low, up, value))
        return found

    def events(self, last: float, scale: Scale) -> list[float]:
        """Return when what the signal stands for happens, up to a time."""
        if scale.clocked:
            return [float(tick) for tick in range(int(last) + 1) if self.on_tick(tick)]
        changes = zip(self.time.tolist(), self.value, [0, *self.value], strict=False)
        both = self.name.partition("[")[0].endswith("_tap")
        return [
            time for time, value, before in changes
            if 0 <= time <= last and value != before and (value or both)
        ]  # fmt: skip

    def on_tick(self, tick: int) -> int:
        """Return the value on a tick: just before the clock rises."""
        place = int(np.searchsorted(self.time, tick - 0.01, side="right")) - 1
        return self.value[max(place, 0)]


def extra(package: str) -> InputError:
    """Return the error that a package of an extra is missing."""
    return InputError(
        f"Timing diagrams need {package}, which is not installed; it comes with the extra 'plots'."
    )


def read_history(path: Path, top: str, view: View, scale: Scale) -> dict[str, Signal]:
    """Return the signals of a view by their names below the top module.

    Raises
    ------
    InputError
        If the VCD has no such signal.
    """
    try:
        from vcdvcd import VCDVCD
    except ImportError:
        raise extra("vcdvcd") from None
    prefix = f"{top}."
    known = {
        name.removeprefix(prefix).partition("[")[0]: name
        for name in VCDVCD(str(path), only_sigs=True).signals
        if name.startswith(prefix)
    }
    wanted = dict.fromkeys(path for wave in view.waves for path in wave.paths)
    for name in wanted:
        if name not in known:
            raise InputError(f"{top} has no signal {name!r} in its waves; {view.title!r} shows it.")
    found: Any = VCDVCD(str(path), signals=[known[name] for name in wanted])
    if not all(found[known[name]].tv for name in wanted):  # one that goes by another's name, too
        found = VCDVCD(str(path))
    history = {}
    for name in wanted:
        signal = found[known[name]]
        time = np.array([time for time, _ in signal.tv], float)
        history[name] = Signal(
            known[name],
            int(signal.size),
            (time - scale.origin_ps) / scale.unit_ps,
            [int(value.replace("x", "0"), 2) for _, value in signal.tv],
        )
    return history
