"""Scenes of the timing primitives in ``cell``."""
