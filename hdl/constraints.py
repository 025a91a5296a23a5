"""What an ASIC flow needs beside the Verilog of a self-timed circuit, and a start of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from goldspike.hdl.cells import (
    cells_of,
    delay_cells,
    local_clocks,
    modules,
    needed_cells,
    walk,
)

__all__ = ["LIMITS", "cell_list", "constraints", "limits"]


@dataclass(frozen=True)
class Limit:
    """Logic that has to settle while a transition is in some delay cells.

    Attributes
    ----------
    cells : tuple of str
        The delay cells, in series; none: half of a ring's period, which a scan chain sets.
    source, target : str
        The clock of the flip-flops where it begins, and of those where it ends, or a cell that
        gates a clock or makes one and, behind a slash, its pin. A star stands for any text.
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
    *(
        Limit(("ramped_delay",), source, target, why)
        for source, target, why in (
            ("spike*", "steps.awake_clk", "the spike waits, long before the first pulse"),
            ("work_clk", "steps.awake_clk", "the FSM sees which spikes were taken"),
            ("work_clk", "work_clk", "what sleeps, and what is asked for, is known"),
            ("steps.awake_clk", "steps.awake_clk", "the next state is known"),
            ("steps.awake_clk", "work_clk", "what is taken, asked for and done is known"),
            ("ramp_clk", "work_clk", "isolation is over before the first pulse"),
            ("clock", "clock_gate/enable", "the gate is open before the clock rises"),
            ("divided", "clock_gate/enable", "the gate is open before the clock rises"),
            ("work_clk", "clock_gate/enable", "the gate is shut before the clock rises"),
            ("synchroniser.synapse_clk", "arbiter.steps.gated_clk", "a request is chosen"),
            ("arbiter.steps.gated_clk", "arbiter.steps.gated_clk", "the next Ack is known"),
            ("arbiter.steps.gated_clk", "arbiter.gated_clk", "the launch is known"),
            ("arbiter.steps.gated_clk", "work_clk", "sleep is known, and the row is read"),
        )
    ),
    Limit(
        ("neurons.neuron_0.ramped_delay",), "synapses.synchroniser.neuron_clk",
        "neurons.neuron_*.steps.awake_clk", "the acknowledgement is there at the next pulse",
    ),
    Limit((), "ring", "ring", "the divider has counted, and moves on as the ring falls"),
    Limit((), "ring", "generator/enable", "the ring knows whether to go on"),
    Limit((), "work_clk", "clock", "whether the clock is needed, before it falls"),
    Limit((), "work_clk", "divided", "whether the clock is needed, before it falls"),
)  # fmt: skip
"""Names are below the instance that has the delay cells, which is found by them.

A gated block's clock is low for as long as its power takes to come, at least, so that this delay
cell stands for the shortest period.
"""
HALF = "$RING_HALF_PS"


def constraints(verilog: str, top: str) -> str:
    """Return an SDC stub: a circuit's local clocks, its delay cells and what they wait for."""
    lines = [
        f"# Timing constraints of {top}: a stub. Generated from goldspike's circuits.",
        "# There is no global clock: every net below clocks flip-flops. Periods are the least",
        "# distance of two edges; LEAST_PS is a placeholder, to be set per clock.",
        "set_units -time ps",
        "set LEAST_PS 100000",
    ]
    found = list(limits(verilog, top))
    if any(time == HALF for _, _, time in found):
        lines += [
            "# Half of a ring's shortest period, as its scan chain sets it: a placeholder, too.",
            "set RING_HALF_PS 50000",
        ]
    lines.append("")
    clocks = edges(verilog, top)
    for clock in clocks:
        net = clock.replace(".", "/")
        lines.append(f"create_clock -name {named(clock)} -period $LEAST_PS [get_nets {{{net}}}]")
    lines += ["", "# Delays that the circuit relies on, in picoseconds: fastest corner, at least."]
    for cell, ps in delay_cells(verilog, top).items():
        lines.append(f"set_min_delay {ps} -from [get_pins {{{cell.replace('.', '/')}/a*}}]")
    lines += ["", "# What has to settle meanwhile, set-up included: slowest corner, at most."]
    groups = [{clock} for clock in clocks]
    for limit, path, time in found:
        source, target = path + limit.source, path + limit.target
        pin = target.replace(".", "/")
        end = f"get_pins {{{pin}}}" if "/" in target else f"get_clocks {{{named(target)}}}"
        lines.append(f"# {limit.why}")
        lines.append(f"set_max_delay {time} -from [get_clocks {{{named(source)}}}] -to [{end}]")
        ordered = {clock for clock in clocks if fits(clock, source) or fits(clock, target)}
        apart = [group for group in groups if not group & ordered]
        groups = [set().union(ordered, *(g for g in groups if g & ordered)), *apart]
    lines += ["", "# Clocks of one group are ordered by delay cells; all others are asynchronous."]
    for group in sorted(groups, key=lambda group: min(map(clocks.index, group))):
        names = " ".join(named(clock) for clock in clocks if clock in group)
        lines.append(f"set_clock_groups -asynchronous -group [get_clocks {{{names}}}]")
    return "\n".join([*lines, ""])


def limits(verilog: str, top: str) -> Iterator[tuple[Limit, str, int | str]]:
    """Yield what applies, with the path of the instance it is below, and the time there is."""
    cells = delay_cells(verilog, top)
    ends = cells_of(verilog, top, "cell_and", "cell_gate", "cell_ring")
    clocks = edges(verilog, top)
    for path, _ in walk(verilog, top):
        for limit in LIMITS:
            times = [cells.get(path + cell) for cell in limit.cells]
            begins = any(fits(clock, path + limit.source) for clock in clocks)
            target = (path + limit.target).partition("/")[0]
            found = any(fits(end, target) for end in (*ends, *clocks))
            if begins and found and None not in times:
                yield limit, path, sum(filter(None, times)) if times else HALF


def edges(verilog: str, top: str) -> list[str]:
    """Return every net that clocks a flip-flop, on either edge, by its path below `top`."""
    parts = modules(verilog)
    falls = {
        path + net: None
        for path, module in walk(verilog, top)
        for net in re.findall(r"@\(negedge (\S+?)[,)]", parts[module])
    }
    return list(dict.fromkeys(local_clocks(verilog, top)) | falls)


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
