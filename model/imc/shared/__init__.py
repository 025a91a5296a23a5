"""What several golden models of the chip share, and is no block of it."""
