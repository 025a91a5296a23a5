"""Readers of labelled images, one file per format."""
