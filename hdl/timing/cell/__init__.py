"""The timing primitives as self-timed circuits, ``cell`` realisation."""
