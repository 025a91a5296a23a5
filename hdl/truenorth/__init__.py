"""Circuits of a TrueNorth-like neurosynaptic core and its array."""

LABEL = "TrueNorth"
"""What tables call the chip."""
