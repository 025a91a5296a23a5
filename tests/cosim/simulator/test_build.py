import os
import subprocess
import sys
from pathlib import Path

import pytest

from goldspike.cosim.simulator.build import direct, forget_variables
from goldspike.cosim.simulator.cache import CACHE, SCRATCH
from goldspike.cosim.simulator.compile import compile_circuit
from goldspike.hdl.timing.delay_cell import DelayCell
from goldspike.model.timing.delay_cell import DelayCellParams

BUILD_ONE = """
from goldspike.cosim.simulator.compile import compile_circuit
from goldspike.hdl.timing.delay_cell import DelayCell
from goldspike.model.timing.delay_cell import DelayCellParams
print(compile_circuit(DelayCell(DelayCellParams(delay=9), trace=True)).folder)
"""

SHARED = ("runtime-", "headers-")


@pytest.fixture
def fresh_cache(tmp_path: Path) -> Path:
    """A cache without simulators; what simulators share is there, to save its seconds."""
    compile_circuit(DelayCell(DelayCellParams(delay=3), trace=True))  # compiles that too
    cache = tmp_path / "simulators"
    cache.mkdir()
    for name in SHARED:
        for shared in CACHE.glob(f"{name}*"):
            (cache / shared.name).symlink_to(shared)
    return cache


def test_two_builds_of_one_circuit_at_once_leave_one_whole_simulator(fresh_cache):
    environment = {**os.environ, "GOLDSPIKE_BUILD": str(fresh_cache.parent)}
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", BUILD_ONE], env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    folders = {run.communicate(timeout=300)[0].strip() for run in runs}
    assert [run.returncode for run in runs] == [0, 0, 0]
    built = [path for path in fresh_cache.iterdir() if not path.name.startswith(SHARED)]
    assert not any(path.name.startswith(SCRATCH) for path in built)
    assert {str(path) for path in built} == folders
    assert len(built) == 1
    assert {path.suffix for path in built[0].iterdir()} >= {".so", ".v"}


TRIGGERS = """\
void Vtop___024root___eval_triggers_vec__act(Vtop___024root* vlSelf) {{
    // Body
    vlSelfRef.__VactTriggered[0U] = (QData)((IData)(
            {}((IData)(vlSelfRef.clk)
             & (~ (IData)(vlSelfRef.__Vtrigprevexpr_clk)))));
    vlSelfRef.__Vtrigprevexpr_clk = vlSelfRef.clk;
}}

void Vtop___024root___ico_sequent__TOP__0(Vtop___024root* vlSelf) {{
    vlSelfRef.top__DOT__clk = vlSelfRef.clk;
    vlSelfRef.busy = vlSelfRef.{};
}}

void Vtop___024root___eval_ico(Vtop___024root* vlSelf) {{
}}

void Vtop___024root___eval_nba(Vtop___024root* vlSelf) {{
}}
"""


@pytest.mark.parametrize(
    ("other", "read", "expected"),
    [
        ("", "strobe", ["-DONE_CLOCK", "-DINPUTS_SETTLE"]),
        ("", "clk", []),
        ("(IData)(vlSelfRef.gate) | ", "strobe", []),
    ],
    ids=["one clock", "a clock that is data", "two clocks"],
)
def test_only_one_clock_is_stepped_without_a_search(other, read, expected):
    assert direct(TRIGGERS.format(other, read)) == expected


def test_where_nobody_asks_vpi_nothing_is_kept_for_it_but_scopes(tmp_path):
    scope = "    __Vscopep_top__a = new VerilatedScope{};\n"
    insert = '    __Vscopep_top__a->varInsert("x", &(TOP__a.x), false, VLVT_UINT16, 0, 1 ,8,0);\n'
    unit = tmp_path / "Vtop__Syms__ctor__0__Slow.cpp"
    unit.write_text(scope + insert + insert + "}\n")
    forget_variables(tmp_path)
    assert unit.read_text() == scope + "}\n"
