"""What several benches of the chip share, without being a block of it."""
