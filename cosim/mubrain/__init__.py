"""Benches of µBrain's circuits."""
