"""The timing primitives as circuits, ``tick`` realisation."""
