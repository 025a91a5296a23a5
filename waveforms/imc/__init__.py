"""Scenes of the in-memory-computing CNN accelerator's circuits."""
