"""What lockstep uses of cocotb beyond its documented interface, all in one place.

A new version of cocotb may change any of it; then this file is the one to look at. A task that
awaits every change of a signal takes cocotb's scheduler along each time, which costs several times
what is done with the change: here the simulator calls a function, which reads bits.
"""

from collections.abc import Callable

from cocotb import simulator

__all__ = ["now_steps", "on_change", "reader"]

INTEGER_BITS = 32
"""Of the simulator's integers, sign included."""


def reader(port) -> Callable[[], int]:
    """Return what reads the value of `port`, whose bits are all 0 or 1."""
    if len(port) < INTEGER_BITS:
        return port._handle.get_signal_val_long
    read = port._handle.get_signal_val_binstr
    return lambda: int(read(), 2)


def on_change(port, note: Callable[[], None]) -> None:
    """Call `note` whenever the value of `port` has changed, from now on."""
    handle = port._handle
    register, change = simulator.register_value_change_callback, simulator.VALUE_CHANGE

    def react() -> None:
        note()
        register(handle, react, change)  # one is for one change

    register(handle, react, change)


def now_steps() -> int:
    """Return the simulator's time in its steps."""
    high, low = simulator.get_sim_time()
    return high << 32 | low
