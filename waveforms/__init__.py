"""Scenes: of every circuit a short stimulus, the signals to look at, saved views and a note."""
