"""Readers of recorded events, one file per format; :mod:`~goldspike.workloads.recordings.read`."""
