"""Our quick converter to RTLIL is Amaranth's: the same text, and the same loops refused."""

from collections.abc import Callable
from typing import Any

import pytest
from amaranth.hdl import Array, Cat, ClockDomain, ClockSignal, Module, Mux, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from goldspike.cosim.bench.circuits import load_bench
from goldspike.hdl.amaranth_private import rtlil
from goldspike.hdl.verilog import Library

AMARANTHS: Callable[..., str] = rtlil.convert.__wrapped__
SOME = (
    "alwayson/cell/neuron", "alwayson/neuron_fsm", "imc/digital_processor", "imc/input_memory",
    "mubrain/arbiter", "mubrain/cell/arbiter", "rram/flash_adc", "timing/power_gate",
    "truenorth/router", "truenorth/scheduler",
)  # fmt: skip
"""Of all kinds: memories, parts, self-timed, with instances of cells."""


@pytest.mark.parametrize("circuit", SOME)
def test_the_text_is_the_same(circuit: str) -> None:
    bench = load_bench(circuit)
    config = next(iter(bench.configs))
    ours, amaranths = (
        convert(bench.rtl(bench.configs[config], trace=True), platform=Library())
        for convert in (rtlil.convert, AMARANTHS)
    )
    assert ours == amaranths


class Ring(wiring.Component):
    """Leads `x` to `x`, in one of several ways."""

    a: Signal
    x: Signal

    def __init__(self, way: Callable[[Module, Any, Any], Any]) -> None:
        super().__init__({"a": In(4), "x": Out(4)})
        self.way = way

    def elaborate(self, _: object) -> Module:
        m = Module()
        m.d.comb += self.x.eq(self.way(m, self.a, self.x))
        return m


def chosen(m: Module, a: Any, x: Any) -> Any:
    y = Signal(4)
    with m.If(x[3]):
        m.d.comb += y.eq(a)
    return y


def assigned(m: Module, a: Any, x: Any) -> Any:
    y = Signal(4)
    with m.Switch(a), m.Case(3):
        m.d.comb += y[1:3].eq(x[1:3])
    return y


def prevented(m: Module, a: Any, x: Any) -> Any:
    y, z = Signal(4, name="y"), Signal()
    with m.If(x[0]):
        m.d.comb += z.eq(1)
    with m.Elif(a[0]):
        m.d.comb += y.eq(2)
    return y


def nested(m: Module, a: Any, x: Any) -> Any:
    y = Signal(4)
    with m.If(x[0]), m.If(a[0]):
        m.d.comb += y.eq(a)
    return y


def looked_up(m: Module, a: Any, x: Any) -> Any:
    m.submodules.memory = memory = Memory(shape=4, depth=16, init=[])
    port = memory.read_port(domain="comb")
    m.d.comb += port.addr.eq(x)
    return port.data


def clocked(m: Module, a: Any, x: Any) -> Any:
    m.domains.own = ClockDomain("own", async_reset=True)
    m.d.comb += [ClockSignal("own").eq(x[1]), ResetSignal("own").eq(a[0])]
    y = Signal(4)
    m.d.own += y.eq(a)
    return y


def reset(m: Module, a: Any, x: Any) -> Any:
    m.domains.own = ClockDomain("own", async_reset=True)
    m.d.comb += [ClockSignal("own").eq(a[1]), ResetSignal("own").eq(x[2])]
    y = Signal(4)
    m.d.own += y.eq(a)
    return y


LOOPS: dict[str, Callable[[Module, Any, Any], Any]] = {
    "itself": lambda _, __, x: x,
    "inverted": lambda _, __, x: ~x,
    "a bit of and": lambda _, a, x: Cat(a[:3], (a & x)[3]),
    "sum": lambda _, a, x: a + x,
    "carry": lambda _, a, x: Cat((a + x)[3], a[1:]),
    "compared": lambda _, a, x: Cat(a[0], a == x),
    "reduced": lambda _, __, x: x.any(),
    "product to its top bit": lambda _, a, x: (a * Cat(a[0], x[3]))[:4],
    "choice": lambda _, a, x: Mux(x[0], a, 3),
    "chosen": lambda _, a, x: Mux(a[0], a, x),
    "part": lambda _, a, x: a.bit_select(x[:2], 1),
    "of a part": lambda _, a, x: x.bit_select(a[:2], 1),
    "array": lambda _, a, x: Array([a, x])[a[0]],
    "condition": chosen,
    "assignment": assigned,
    "condition before": prevented,
    "condition around": nested,
    "memory": looked_up,
    "clock": clocked,
    "reset": reset,
}


@pytest.mark.parametrize("way", LOOPS.values(), ids=list(LOOPS))
def test_a_loop_is_refused_in_the_same_words(way: Callable[[Module, Any, Any], Any]) -> None:
    said = []
    for convert in (rtlil.convert, AMARANTHS):
        with pytest.raises(Exception, match="Combinational cycle") as refused:
            convert(Ring(way))
        said.append(str(refused.value))
    assert said[0] == said[1]


def shifted(m: Module, a: Any, x: Any) -> Any:
    return Cat(a[0], x[:3])


def registered(m: Module, a: Any, x: Any) -> Any:
    y = Signal(4)
    with m.If(x[0]):
        m.d.sync += y.eq(x + a)
    return y


def of_lower_bits(m: Module, a: Any, x: Any) -> Any:
    y = Signal(4)
    with m.If(a[0]):
        m.d.comb += y[2:].eq(a[2:] & x[:2])
    with m.Else():
        m.d.comb += y[1:].eq(Mux(a[1], x[:3], 0))
    return y


@pytest.mark.parametrize("way", [shifted, registered, of_lower_bits])
def test_what_is_no_loop_is_none(way: Callable[[Module, Any, Any], Any]) -> None:
    assert rtlil.convert(Ring(way)) == AMARANTHS(Ring(way))


def test_amaranths_own_functions_are_there_again() -> None:
    def own() -> Any:
        return AMARANTHS.__globals__["ModuleEmitter"].sigspec

    before = own()
    with pytest.raises(Exception, match="Combinational cycle"):
        rtlil.convert(Ring(LOOPS["sum"]))
    assert own() is before
