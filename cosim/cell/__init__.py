"""The ``cell`` realisation under Verilator's timing: circuits without a clock, in picoseconds."""
