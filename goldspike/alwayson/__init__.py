"""The always-on chip as its user sees it."""
