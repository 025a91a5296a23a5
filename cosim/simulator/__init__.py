"""From Verilog to a compiled simulator, and what drives it from arrays."""
