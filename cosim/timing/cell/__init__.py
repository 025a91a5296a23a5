"""Benches of the timing primitives in ``cell``."""
