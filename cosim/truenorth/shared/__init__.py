"""What several benches of the TrueNorth-like core share: images, rows, how a core is driven."""
