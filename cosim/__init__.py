"""Benches, the lockstep machinery, Verilator builds and the command line."""
