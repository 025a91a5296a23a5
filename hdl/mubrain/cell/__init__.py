"""µBrain as self-timed circuits, ``cell`` realisation."""
