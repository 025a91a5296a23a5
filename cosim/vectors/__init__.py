"""Test vectors: stimulus, expected records and a testbench in plain Verilog."""
