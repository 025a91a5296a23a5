"""Circuits of the always-on classifier (Chundi 2021)."""

LABEL = "always-on"
"""What tables call the chip."""
