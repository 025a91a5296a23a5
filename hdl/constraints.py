"""What an ASIC flow needs beside the Verilog of a self-timed circuit, and a start of it."""

from goldspike.hdl.cells import delay_cells, local_clocks, needed_cells

__all__ = ["cell_list", "constraints"]


def constraints(verilog: str, top: str) -> str:
    """Return an SDC stub that names every local clock and every delay cell of a circuit."""
    lines = [
        f"# Timing constraints of {top}: a stub. Generated from goldspike's circuits.",
        "# There is no global clock: every net below clocks flip-flops. Periods are the least",
        "# distance of two edges; LEAST_PS is a placeholder, to be set per clock.",
        "set_units -time ps",
        "set LEAST_PS 100000",
        "",
    ]
    for clock in local_clocks(verilog, top):
        net = clock.replace(".", "/")
        name = net.replace("/", "_").replace("[", "_").replace("]", "")
        lines.append(f"create_clock -name {name} -period $LEAST_PS [get_nets {{{net}}}]")
    lines += ["", "# Delays that the circuit relies on, in picoseconds: fastest corner, at least."]
    for cell, ps in delay_cells(verilog, top).items():
        lines.append(f"set_min_delay {ps} -from [get_pins {{{cell.replace('.', '/')}/a*}}]")
    lines += [
        "",
        "# Clocks that meet in one flip-flop are ordered by the delay cells between them.",
    ]
    lines += ["foreach clock [all_clocks] { set_clock_groups -asynchronous -group $clock }", ""]
    return "\n".join(lines)


def cell_list(verilog: str, top: str) -> str:
    """Return the list of cells that an ASIC flow has to supply for a circuit, as text."""
    counts = {name: verilog.count(f"\n  {name} ") for name in needed_cells(verilog)}
    lines = [f"Cells to supply for {top} (behaviour: cells.v)", ""]
    for name, text in needed_cells(verilog).items():
        lines += [f"{name} ({counts[name]} in the Verilog): {text}", ""]
    lines.append("Flip-flops: rising edge, asynchronous reset, any clock.")
    return "\n".join([*lines, ""])
