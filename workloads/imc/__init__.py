"""What runs on the CNN accelerator: networks and their trainer."""
