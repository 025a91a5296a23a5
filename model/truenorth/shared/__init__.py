"""What several circuits of the core share: images, the order of a row, the step model."""
