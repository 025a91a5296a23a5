"""Scenes of µBrain's circuits in ``cell``."""
