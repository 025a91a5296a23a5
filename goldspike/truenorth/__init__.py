"""The TrueNorth-like cores as their user sees them: networks, questions and maps on an array."""
