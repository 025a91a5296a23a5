"""What the benches of µBrain share: rows and records of the chip."""
