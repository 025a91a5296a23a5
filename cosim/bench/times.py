"""When a bench's simulation begins and ends; needs nothing else of it."""

__all__ = ["IDLE_TICKS", "RESET_TICKS", "START_PS", "TICK_NS"]

TICK_NS = 10
RESET_TICKS = 2
"""Under cocotb a tick lasts 10 ns; this many before tick 0 are under reset, as is tick 0."""

START_PS = 100_000_000
"""How long the reset is up before time 0: until nothing is left in any delay cell."""

IDLE_TICKS = 40
"""Ticks simulated beyond the last expected record: nothing may follow."""
