"""What several golden models of the chip share, without being a block of it."""
