"""Networks for the always-on chip: the file, input coding, and training."""
