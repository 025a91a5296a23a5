"""Benches, and the simulators that run them."""
