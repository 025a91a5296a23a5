from goldspike.hdl.instances import MANY, in_line, repeated

PART = "module \\part\n\n  wire width 2 input 0  \\a\n\n  wire width 1 input 1  \\clk\n\nend\n"
CHOICE = """\
  function [1:0] pick$1 ;
    input [1:0] a;
    input [3:0] b;
    input [1:0] s;
    casez (s) // synopsys parallel_case
      2'b?1:
        pick$1  = b[1:0];
      2'b1?:
        pick$1  = b[3:2];
      default:
        pick$1  = a;
    endcase
  endfunction
  assign \\y  = pick$1 ({ x, y }, { u, v }, { p, q });
"""


def test_a_module_with_many_instances_is_found_with_its_inputs():
    cells = "  cell \\part \\p\n" * (MANY - 1)
    assert repeated(PART + cells) == {}
    assert repeated(PART + cells + "  cell \\part \\p\n") == {"part": ["a"]}


def test_a_choice_becomes_an_expression():
    assert in_line(CHOICE).splitlines() == [
        "  wire [3:0] \\pick$1_b = { u, v };",
        "  wire [1:0] \\pick$1_s = { p, q };",
        "  assign \\y  = \\pick$1_s [0] ? \\pick$1_b [1:0] : "
        "\\pick$1_s [1] ? \\pick$1_b [3:2] : { x, y };",
    ]
