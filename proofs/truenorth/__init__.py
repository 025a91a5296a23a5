"""Proofs of the TrueNorth-like core's circuits."""
