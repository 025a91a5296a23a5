"""The timing primitives as circuits, ``tick`` realisation."""

LABEL = "timing"
"""What tables call the chip."""
