"""What runs on the RRAM macro: networks, how they are tiled over macros, a trainer."""
