"""A power gate out of delay cells, its poison, a generator that runs on demand, a scan chain."""

from typing import Any

from amaranth.hdl import Cat, DomainRenamer, Instance, Module, Signal, Value

from goldspike.hdl.alwayson.neuron import NOISE_TAPS
from goldspike.hdl.alwayson.scan_chain import ScanChain
from goldspike.hdl.cells import clock_xor, clocked, delayed
from goldspike.model.alwayson.scan_chain import ScanChainParams

__all__ = ["SHORTEST_OFF", "gate_power", "generator", "scan_chain", "spread_noise"]

SHORTEST_OFF = 1
"""Picoseconds that power stays away at least, once it has gone: in a chip, what `ramped` needs."""


def gate_power(m: Module, part: Any, needed: Value) -> tuple[Signal, Signal, Signal]:
    """Drive switch, isolation and retention of a gated part, while it is needed and after.

    Returns the supply, whether it is good, and whether the part is on. The part has parameters of
    its power gate, and pins `rst`, `power`, `isolate` and `retain`.

    A need may come at the very moment that power is to go. A mutex decides which of the two was
    first; the other one waits, so that power is there without a break, or away for a while.
    """
    p, power = part.params.power, part.power
    need, supply, good, on = (Signal(name=name) for name in ("need", "supply", "good", "on"))
    settled = Signal(name="settled")
    m.d.comb += need.eq(needed)
    shortly = delayed(m, "shortly", need, 1)
    lasting = delayed(m, "lasting", need, 1 + p.going_off)
    may_go, gone = Signal(name="may_go"), Signal(name="gone")
    m.submodules.off_mutex = Instance("cell_mutex", i_other=need, i_request=may_go, o_grant=gone)
    away = delayed(m, "away", gone, SHORTEST_OFF)
    m.d.comb += [may_go.eq(~lasting & ~(need & away)), power.eq(~gone)]
    m.submodules.switch = Instance("cell_switch", i_power=power, o_supply=supply)
    ramped = delayed(m, "ramped", supply, p.waking)
    off = Signal(name="power_off")
    m.d.comb += off.eq(~power | part.rst)
    clocked(m, "ramp", ramped, off)
    m.d.ramp += settled.eq(1)
    m.d.comb += [good.eq(settled), on.eq(good & (need | shortly)), part.isolate.eq(~on)]
    usable = on | delayed(m, "usable", on, p.isolate) if p.isolate else on
    m.d.comb += part.retain.eq(~usable)
    return supply, good, on


def spread_noise(m: Module, supply: Value) -> tuple[Value, Value, Signal]:
    """Make noise as power goes and as it comes, for what is not retained (simulation only).

    Returns the pulse that poisons, whether the supply is still too low for a reset, and the noise.
    """
    first, second = delayed(m, "poison_first", supply, 2), delayed(m, "poison_second", supply, 3)
    ramps = delayed(m, "poison_lasts", supply, 5)
    pulse = clock_xor(m, "poison", first, second)
    noise = Signal(16, name="noise", init=0xACE1)
    clocked(m, "noisy", pulse, None)
    m.d.noisy += noise.eq(Cat(Cat(noise[tap - 1] for tap in NOISE_TAPS).xor(), noise[:-1]))
    return pulse, ~ramps, noise


def generator(m: Module, asked: Signal, length: Signal, divide: Signal, rst: Signal) -> Signal:
    """Return a clock: a ring's rounds, divided, while it is asked for.

    Rounds are counted as the ring rises, so that it knows before it falls whether to go on.
    """
    ring, runs, more = (Signal(name=name) for name in ("ring", "ring_runs", "more"))
    m.submodules.generator = Instance(
        "cell_ring", p_WIDTH=len(length), i_enable=runs, i_length=length, o_y=ring
    )
    rounds = Signal(len(divide), name="rounds")
    begun, ended = Signal(name="begun"), Signal(name="ended")
    down, clock = Signal(name="ring_down"), Signal(name="divided")
    m.d.comb += [runs.eq(asked | more), down.eq(~ring), clock.eq(begun ^ ended)]
    rises = clocked(m, "ring_rises", ring, rst)
    falls = clocked(m, "ring_falls", down, rst)
    last = rounds == (divide - 1)[: len(divide)]
    m.d[rises] += more.eq(~last)
    with m.If(last):
        m.d[rises] += rounds.eq(0)
    with m.Else():
        m.d[rises] += rounds.eq(rounds + 1)
    with m.If(rounds == divide >> 1):
        m.d[rises] += begun.eq(~ended)
    with m.If(~more):
        m.d[falls] += ended.eq(begun)
    return clock


def scan_chain(m: Module, block: Any, params: ScanChainParams) -> dict[str, Signal]:
    """Return the fields of a block's scan chain, which every edge of its `scan_clock` shifts."""
    chain = ScanChain(params)
    clocked(m, "scan", block.scan_clock, block.rst)
    m.submodules.scan_chain = DomainRenamer("scan")(chain)
    m.d.comb += [
        chain.scan.eq(1),
        chain.scan_in.eq(block.scan_in),
        block.scan_out.eq(chain.scan_out),
    ]
    return chain.fields
