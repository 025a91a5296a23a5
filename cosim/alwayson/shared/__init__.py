"""What several benches of the chip share, and is no block of it."""
