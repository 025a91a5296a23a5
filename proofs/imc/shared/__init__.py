"""Proofs of what several circuits of the accelerator are made of."""
