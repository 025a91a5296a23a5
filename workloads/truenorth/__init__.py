"""What runs on the TrueNorth-like chip: mapping, question classification, path planning."""
