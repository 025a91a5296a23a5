"""Benches of µBrain in ``cell``."""
