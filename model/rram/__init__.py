"""Golden models of the 40 nm RRAM compute-in-memory macro (Lu et al., 2021).

Ref: A. Lu, X. Peng, W. Li, H. Jiang, S. Yu, NeuroSim Simulator for Compute-in-Memory Hardware
Accelerator: Validation and Benchmark, Frontiers in Artificial Intelligence 4 (2021).
"""
