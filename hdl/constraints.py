"""What an ASIC flow needs beside the Verilog of a self-timed circuit, and a start of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from goldspike.hdl.cells import and_cells, delay_cells, local_clocks, needed_cells, walk

__all__ = ["cell_list", "constraints"]


@dataclass(frozen=True)
class Limit:
    """Logic that has to settle while a transition is in some delay cells.

    Attributes
    ----------
    cells : tuple of str
        The delay cells, in series.
    source, target : str
        The clock of the flip-flops where it begins, and of those where it ends, or an AND of a
        clock and, behind a slash, its pin. A star stands for any text.
    why : str
        What has to have happened.
    """

    cells: tuple[str, ...]
    source: str
    target: str
    why: str


def phases(arbiter: str, *names: str) -> tuple[str, ...]:
    """Return the delay cells of some phases of an arbiter's oscillator."""
    return tuple(f"{arbiter}oscillator.{name}_tap_delay" for name in names)


ALL = ("load", "select", "access", "recover")

LIMITS = (
    Limit(phases("", "load"), "detector.level*", "load_clk", "the spike waits at its register"),
    Limit(
        phases("", "recover", "load"), "detector.taken*", "load_clk",
        "the spike granted before does not wait any more",
    ),
    Limit(phases("", "select"), "load_clk", "encoder.select_clk", "the encoder has chosen"),
    Limit(phases("", *ALL), "encoder.select_clk", "encoder.select_clk", "the mask has moved on"),
    Limit(
        phases("", "access"), "encoder.select_clk", "take_and/enable*", "one detector is selected"
    ),
    Limit(
        phases("", "recover"), "detector.taken*", "oscillator.launch_and/clock",
        "the request has fallen, if nothing is left",
    ),
    Limit(
        phases("arbiter.", "access"), "arbiter.encoder.select_clk", "memory.granted_clk",
        "the row is selected",
    ),
    Limit(
        ("strobe_delay",), "memory.granted_clk", "neuron_*.arithmetic.integrate_clk",
        "the weights are added",
    ),
    Limit(
        ("strobe_delay",), "granted_clk", "neuron_*.arithmetic.integrate_clk",
        "the scaled weights are added",
    ),
    Limit(
        phases("arbiter.", *ALL), "neuron_*.arithmetic.integrate_clk",
        "neuron_*.arithmetic.integrate_clk", "the potential is added to",
    ),
    Limit(
        ("fired_delay",), "arithmetic.integrate_clk", "spike_out_and/enable*",
        "the overflow is known",
    ),
)  # fmt: skip
"""Names are below the instance that has the delay cells, which is found by them."""


def constraints(verilog: str, top: str) -> str:
    """Return an SDC stub: a circuit's local clocks, its delay cells and what they wait for."""
    lines = [
        f"# Timing constraints of {top}: a stub. Generated from goldspike's circuits.",
        "# There is no global clock: every net below clocks flip-flops. Periods are the least",
        "# distance of two edges; LEAST_PS is a placeholder, to be set per clock.",
        "set_units -time ps",
        "set LEAST_PS 100000",
        "",
    ]
    clocks = local_clocks(verilog, top)
    for clock in clocks:
        net = clock.replace(".", "/")
        lines.append(f"create_clock -name {named(clock)} -period $LEAST_PS [get_nets {{{net}}}]")
    lines += ["", "# Delays that the circuit relies on, in picoseconds: fastest corner, at least."]
    for cell, ps in delay_cells(verilog, top).items():
        lines.append(f"set_min_delay {ps} -from [get_pins {{{cell.replace('.', '/')}/a*}}]")
    lines += ["", "# What has to settle meanwhile, set-up included: slowest corner, at most."]
    ordered = dict[str, None]()
    for limit, path, ps in limits(verilog, top):
        source, target = path + limit.source, path + limit.target
        pin = target.replace(".", "/")
        end = f"get_pins {{{pin}}}" if "/" in target else f"get_clocks {{{named(target)}}}"
        lines.append(f"# {limit.why}")
        lines.append(f"set_max_delay {ps} -from [get_clocks {{{named(source)}}}] -to [{end}]")
        ordered |= dict.fromkeys(c for c in clocks if fits(c, source) or fits(c, target))
    lines += ["", "# Clocks of one group are ordered by delay cells; all others are asynchronous."]
    groups = [[clock] for clock in clocks if clock not in ordered]
    if ordered:
        groups.insert(0, list(ordered))
    for group in groups:
        names = " ".join(map(named, group))
        lines.append(f"set_clock_groups -asynchronous -group [get_clocks {{{names}}}]")
    return "\n".join([*lines, ""])


def limits(verilog: str, top: str) -> Iterator[tuple[Limit, str, int]]:
    """Yield what applies, with the path of the instance it is below, and the time there is."""
    cells, ends = delay_cells(verilog, top), and_cells(verilog, top)
    clocks = local_clocks(verilog, top)
    for path, _ in walk(verilog, top):
        for limit in LIMITS:
            times = [cells.get(path + cell) for cell in limit.cells]
            begins = any(fits(clock, path + limit.source) for clock in clocks)
            target = (path + limit.target).partition("/")[0]
            found = any(fits(end, target) for end in (*ends, *clocks))
            if begins and found and None not in times:
                yield limit, path, sum(filter(None, times))


def fits(name: str, pattern: str) -> bool:
    """Return whether a path is of the form of a pattern, in which a star stands for any text."""
    return fnmatchcase(name, pattern)


def named(clock: str) -> str:
    """Return the name of the clock on a net."""
    return clock.replace(".", "_").replace("[", "_").replace("]", "")


def cell_list(verilog: str, top: str) -> str:
    """Return the list of cells that an ASIC flow has to supply for a circuit, as text."""
    counts = {name: verilog.count(f"\n  {name} ") for name in needed_cells(verilog)}
    lines = [f"Cells to supply for {top} (behaviour: cells.v)", ""]
    for name, text in needed_cells(verilog).items():
        lines += [f"{name} ({counts[name]} in the Verilog): {text}", ""]
    lines.append("Flip-flops: rising edge, asynchronous reset, any clock.")
    return "\n".join([*lines, ""])
