"""Scenes of the TrueNorth-like core's circuits."""
