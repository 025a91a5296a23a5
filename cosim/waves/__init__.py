"""Waveforms: a circuit's scenario as VCD, as views for two viewers, and as a timing diagram."""
