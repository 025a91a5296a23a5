"""What several circuits of the accelerator are made of."""
