"""Benches of the RRAM compute-in-memory macro's circuits."""
