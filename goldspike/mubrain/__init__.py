"""µBrain as its user sees it: networks in, accuracy, counts and energy out."""
