"""Circuits of the 40 nm RRAM compute-in-memory macro (Lu et al., 2021)."""

LABEL = "RRAM"
"""What tables call the chip."""
