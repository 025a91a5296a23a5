import subprocess
import sys

import pytest

from goldspike.cosim.bench.circuits import load_bench
from goldspike.hdl.amaranth_private import BuiltinYosys, YosysError
from goldspike.hdl.small_yosys import run_inside, run_small_yosys
from goldspike.hdl.verilog import SCRIPT, to_rtlil


def test_it_prints_what_the_program_prints() -> None:
    circuit = load_bench("mubrain/arbiter")("round_robin-7-fast").make()
    script = f"read_rtlil <<rtlil\n{to_rtlil(circuit)}\nrtlil\n{SCRIPT}"
    assert run_inside(script) == BuiltinYosys.run(["-q", "-"], script, ignore_warnings=True)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("nonsense\n", "No such command: nonsense"),
        ("read_rtlil <<rtlil\nmodule 3\nrtlil\n", "Parser error in line 1"),
    ],
)
def test_what_fails_says_why(script: str, words: str) -> None:
    with pytest.raises(YosysError, match=words):
        run_inside(script)
    good = "read_rtlil <<rtlil\nmodule \\top\nend\nrtlil\nwrite_verilog\n"
    assert "module top" in run_inside(good), "the next script runs"


def test_another_yosys_is_used_where_one_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMARANTH_USE_YOSYS", "system")
    monkeypatch.setenv("YOSYS", "/nowhere/yosys")
    with pytest.raises(YosysError, match="Searched: system"):
        run_small_yosys("read_rtlil <<end\nend\n")


def test_nothing_is_said_at_the_end() -> None:
    script = "'read_rtlil <<end\\nend\\n'"
    code = f"from goldspike.hdl.small_yosys import run_small_yosys as run; run({script})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=600
    )
    assert done.stdout + done.stderr == ""
