"""Benches of the always-on classifier (Chundi 2021)."""

AXIS = "tick (1/140 kHz); registers change on the line, inputs between two"
"""What stands below the axis of a timing diagram."""
