"""Scenes of the always-on classifier's circuits in ``cell``."""
