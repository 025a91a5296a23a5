"""Benches of the always-on classifier in the `cell` realisation."""
