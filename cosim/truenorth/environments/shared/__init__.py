"""What several environments of the chip share."""
