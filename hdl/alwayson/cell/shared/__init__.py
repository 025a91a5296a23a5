"""What the gated circuits in ``cell`` have in common."""
