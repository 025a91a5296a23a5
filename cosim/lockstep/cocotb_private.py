"""What lockstep uses of cocotb beyond its documented interface, all in one place.

A new version of cocotb may change any of it; then this file is the one to look at.
"""

from ctypes import CDLL, POINTER, c_char_p, c_uint32, c_uint64, c_void_p
from pathlib import Path

import numpy as np
from cocotb import simulator

__all__ = ["Watch", "now_steps"]


class Watch:
    """Notes a port whenever it changes, from now on, or whenever another one does.

    Done by a library in the simulator's process, see :mod:`goldspike.cosim.simulator.watch`.

    Parameters
    ----------
    library : Path
    port
        cocotb's handle of a visible port.
    when
        Of the port whose changes count; default: `port`.
    """

    def __init__(self, library: Path, port, when=None) -> None:
        self.library = CDLL(str(library))
        self.library.watch.restype = c_void_p
        self.library.watch_count.restype = c_uint64
        self.library.watch_steps.restype = POINTER(c_uint64)
        self.library.watch_words.restype = POINTER(c_uint32)
        names = [handle._path.encode() for handle in (port if when is None else when, port)]
        self.made = c_void_p(self.library.watch(*map(c_char_p, names)))
        assert self.made, f"{names}: the simulator knows no such port"
        self.words = -(-len(port) // 32)

    def note(self) -> None:
        """Note the port as it is now."""
        self.library.watch_now(self.made)

    def seen(self) -> tuple[np.ndarray, np.ndarray]:
        """Return when it was noted, in the simulator's steps, and what: ``(count, bytes)``."""
        count = self.library.watch_count(self.made)
        if not count:
            return np.zeros(0, np.int64), np.zeros((0, 4 * self.words), np.uint8)
        steps = np.ctypeslib.as_array(self.library.watch_steps(self.made), (count,))
        words = np.ctypeslib.as_array(self.library.watch_words(self.made), (count, self.words))
        return steps.astype(np.int64), words.astype("<u4").view(np.uint8)


def now_steps() -> int:
    """Return the simulator's time in its steps."""
    high, low = simulator.get_sim_time()
    return high << 32 | low
