"""What surrounds blocks of the chip and answers them, by the same stems."""
