"""The circuits in Amaranth; each takes its parameters from ``model`` and knows no bench."""
