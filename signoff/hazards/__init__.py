"""Glitches of self-timed circuits: where a net that clocks something could have one."""
