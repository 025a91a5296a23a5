"""Scenes of µBrain's circuits."""
