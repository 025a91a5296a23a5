"""Circuits of the always-on classifier (Chundi 2021)."""
