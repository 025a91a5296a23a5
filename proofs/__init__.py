"""What is proved of the circuits, for any stimulus: one file per circuit, and how."""
