"""How the circuits are driven, each by its stem."""
