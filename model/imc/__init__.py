"""Golden models of the in-memory-computing CNN accelerator (Dazzi et al., 2021).

Ref: M. Dazzi, A. Sebastian, L. Benini, E. Eleftheriou, Accelerating Inference of Convolutional
Neural Networks Using In-memory Computing, Frontiers in Computational Neuroscience 15 (2021).
"""
