"""What runs on µBrain: its networks, their trainer, input coding and settings."""
