"""µBrain as circuits."""

LABEL = "µBrain"
"""What tables call the chip."""
