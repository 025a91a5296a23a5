"""Benches of the timing primitives."""
