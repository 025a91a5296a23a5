"""Generated Verilog: clean under Verilator's lint, readable names, the same bytes every time."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.cosim.bench.circuits import circuits, load_bench
from goldspike.cosim.simulator.tools import find_verilator
from goldspike.hdl.cells import CELLS
from goldspike.hdl.verilog import module_name, name_ports, rtlil_to_verilog, to_rtlil, to_verilog
from goldspike.model.paths import ROOT

VERILOG, VHDL = (
    frozenset((Path(__file__).parent / f"keywords_{name}.txt").read_text().split())
    for name in ("verilog", "vhdl")
)
"""Reserved words of Verilog 2005 and SystemVerilog 2017 (IEEE 1364, 1800), and of VHDL 2008 (1076).
"""


def is_slow(circuit: str, config: str, trace: bool) -> bool:
    """Return whether a case runs only when everything does; published and smallest ones do not."""
    bench = load_bench(circuit)
    quick = (bench.published, next(iter(bench.configs))) if trace else (bench.published,)
    return config not in quick or config in bench.checks.slow


CASES = [
    pytest.param(
        circuit,
        config,
        trace,
        id=f"{circuit}-{config}-{'traced' if trace else 'plain'}",
        marks=pytest.mark.slow if is_slow(circuit, config, trace) else [],
    )
    for circuit in circuits()
    for config in load_bench(circuit).configs
    for trace in (False, True)
]


@pytest.mark.parametrize(("circuit", "config", "trace"), CASES)
def test_lint_is_clean_names_are_readable_and_bytes_repeat(
    circuit: str, config: str, trace: bool, tmp_path: Path, mark_of: Callable[..., Path],
    said_of: Callable[[str, str, Any], Any],
) -> None:  # fmt: skip
    bench = load_bench(circuit)
    component = bench.rtl(bench.configs[config], trace=trace)
    design = to_rtlil(component)
    passed = mark_of(design)
    if passed.exists():
        return
    source = tmp_path / "design.v"
    text = rtlil_to_verilog(design)
    if not trace and config == bench.published:
        assert str(ROOT) not in text
        assert text == to_verilog(bench.rtl(bench.configs[config])), "other bytes"
    numbered = said_of(circuit, "NUMBERED", False)
    check_names(text, circuit.split("/", maxsplit=1)[0], numbered=numbered)
    source.write_text(text)
    command = [*find_verilator().program, "--lint-only", "-Wall", "--top", module_name(component)]
    command += ["--timing", str(CELLS)] if "/cell/" in circuit else []
    done = subprocess.run(
        [*command, str(ROOT / "hdl" / "waivers.vlt"), str(source)],
        capture_output=True, text=True, check=False,
        timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    passed.touch()


def check_names(text: str, chip: str, *, numbered: bool = False) -> None:
    """Modules and ports are plain words: none that a tool made up, such as ``$12``.

    Parameters
    ----------
    text : str
        Verilog, the circuit itself first.
    chip : str
        What the modules' names begin with.
    numbered : bool
        Whether only the circuit's own ports are looked at, not those inside.
    """
    headers = re.findall(r"^module (\S+?) ?\((.*?)\);", text, re.MULTILINE | re.DOTALL)
    assert len(headers) == text.count("endmodule")
    modules = [module for module, _ in headers]
    seen = headers[:1] if numbered else headers
    ports = [port.strip() for _, names in seen for port in names.split(",")]
    odd = [name for name in (*modules, *ports) if not re.fullmatch(r"[a-z]\w*", name)]
    assert not odd
    assert not VERILOG & {*modules, *ports}
    ports_of_top = {port.strip().lower() for port in headers[0][1].split(",")}  # comes first
    assert not VHDL & (ports_of_top | {module.lower() for module in modules})  # what VHDL can see
    assert numbered or all(name.startswith(f"{chip}_") for name in modules)


class Stage(wiring.Component):
    data: Signal
    set: Signal
    kept: Signal

    def __init__(self, inner: Any, *, named: bool) -> None:
        super().__init__({"data": In(1), "set": In(1), "kept": Out(1)})
        self.inner = inner
        self.named = named

    def elaborate(self, _: object) -> Module:
        m = Module()
        if self.named:
            name_ports(m, self)
        if self.inner is None:
            m.d.sync += self.kept.eq(self.data & self.set)
        else:
            m.submodules.inner = inner = self.inner
            once = Signal()
            m.d.sync += once.eq(inner.kept)
            m.d.comb += [inner.data.eq(self.set), inner.set.eq(self.data), self.kept.eq(once)]
        return m


def test_ports_of_parts_keep_their_names() -> None:
    def ports(*, named: bool) -> set[str]:
        chain = Stage(Stage(Stage(None, named=named), named=named), named=named)
        text = to_verilog(chain, "chain")
        header = re.search(r"^module chain_inner ?\((.*?)\);", text, re.MULTILINE)
        assert header
        return {port.strip() for port in header[1].split(",")}

    assert ports(named=True) == {"clk", "rst", "data", "set", "kept"}
    assert ports(named=False) != ports(named=True)
