"""Scenes of the timing primitives."""
