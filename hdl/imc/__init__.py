"""Circuits of the in-memory-computing CNN accelerator (Dazzi et al., 2021)."""

LABEL = "CIM"
"""What tables call the chip."""
