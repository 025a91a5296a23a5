"""The testbench of the test vectors, in plain Verilog (IEEE 1364-2005).

Inputs change while the clock is low, the trace is looked at after its rising edge. There is one
instance of the checker per part of the trace word. ``$fatal`` and its exit code are SystemVerilog,
so the verdict is a line that starts with PASS or FAIL.
"""

import re
from dataclasses import dataclass

import numpy as np

from goldspike.cosim.bench.ports import Ports

__all__ = ["Part", "digits", "testbench"]


@dataclass(frozen=True)
class Part:
    """A section of the trace word that has records of its own.

    Attributes
    ----------
    name : str
        Its name; the whole word, where a circuit has no parts, has none.
    offset, size : int
        Its place in the trace word, in bytes.
    flags : tuple of int
        Bytes that are 1 when the part has a record; without any, every valid word is one.
    records : ndarray
        What the golden model expects of it.
    """

    name: str
    offset: int
    size: int
    flags: tuple[int, ...]
    records: np.ndarray

    @property
    def suffix(self) -> str:
        """What its file and its signals in the testbench end on."""
        return f"_{self.name.replace('.', '_')}" if self.name else ""


def digits(width: int) -> int:
    """Return how many hexadecimal digits a port takes."""
    return -(-width // 4)


def testbench(
    name: str,
    made: str,
    verilog: str,
    ports: Ports,
    parts: list[Part],
    *,
    rows: int,
    pins: int,
    last: int,
) -> str:
    """Return the testbench.

    Parameters
    ----------
    name : str
        The circuit's module.
    made : str
        The command that made it.
    verilog : str
        The circuit, in which a port that is called like a word of Verilog is escaped.
    ports : Ports
        The circuit's ports.
    parts : list of Part
        What to check.
    rows, pins, last : int
        Rows of stimulus, records of the pins, and the last tick to simulate.
    """
    nets = {port: f"\\{port} " if f"\\{port} " in verilog else port for port in ports.inputs}
    place = bits = sum(4 * digits(width) for width in ports.inputs.values())
    apply = []
    for port, width in ports.inputs.items():
        place -= 4 * digits(width)
        apply.append(f"                {nets[port]} = tb_row[{place + width - 1}:{place}];")
    joined = {net: net for net in ("clk", "rst", *nets.values(), "trace_valid", "trace_word")}
    if found := re.search(r"^ *input (?:\[(\d+):0\] )?elapsed;", verilog, re.MULTILINE):
        joined["elapsed"] = f"{int(found[1] or 0) + 1}'d1"  # the clock never stops here
    shown = {port: f"pin_{port}" for port in ports.outputs}
    joined |= shown
    look = [f"{{{4 * digits(width)}'d0 | {shown[port]}}}" for port, width in ports.outputs.items()]
    return TESTBENCH.format(
        pins="\n".join(
            f"    wire [{width - 1}:0] {shown[port]};" for port, width in ports.outputs.items()
        ),
        pin_bits=sum(4 * digits(width) for width in ports.outputs.values()),
        pin_records=pins,
        look=",\n        ".join(look),
        name=name,
        made=made,
        rows=rows,
        row_high=bits + 63,
        tick_low=bits,
        last=last,
        trace_high=ports.trace_bits - 1,
        inputs="\n".join(
            f"    reg [{width - 1}:0] {port};" for port, width in ports.inputs.items()
        ),
        joined=",\n".join(f"        .{port}({net})" for port, net in joined.items()),
        low="\n".join(f"        {net} = 0;" for net in nets.values()),
        apply="\n".join(apply),
        checkers="".join(checker(name, part) for part in parts),
        failed=" | ".join(f"tb_check{part.suffix}.failed" for part in parts),
        equal=" + ".join(f"tb_check{part.suffix}.equal" for part in parts),
    )


def checker(name: str, part: Part) -> str:
    """Return the instance that checks one part."""
    happens = "trace_valid"
    for flag in part.flags:
        happens += f" & (trace_word[{8 * flag + 7}:{8 * flag}] == 8'd1)"
    return CHECKER.format(
        name=name,
        suffix=part.suffix,
        bits=8 * part.size,
        count=part.records.size,
        part=part.name or "trace",
        happens=happens,
        word=f"trace_word[{8 * (part.offset + part.size) - 1}:{8 * part.offset}]",
    )


CHECKER = """
    {name}_check #(
        .BITS({bits}), .RECORDS({count}), .FILE("expected{suffix}.hex"), .PART("{part}")
    ) tb_check{suffix} (
        .sample(tb_sample),
        .done(tb_done),
        .tick(tb_tick),
        .happens({happens}),
        .word({word})
    );
"""

TESTBENCH = """\
/* Replays stimulus.hex on {name} and compares its trace word with the
   golden model's. Made by:
   {made} */
`timescale 1ns / 1ps

module {name}_tb;
    localparam ROWS = {rows};
    localparam [63:0] LAST = 64'd{last};  // the last tick simulated
    reg clk, rst;
{inputs}
{pins}
    wire trace_valid;
    wire [{trace_high}:0] trace_word;
    reg [63:0] tb_tick;
    reg tb_look, tb_sample, tb_done;
    reg [{row_high}:0] tb_stimulus [0:ROWS];
    reg [{row_high}:0] tb_row;
    integer tb_next;

    {name} dut (
{joined}
    );
{checkers}
    {name}_pins #(.BITS({pin_bits}), .RECORDS({pin_records})) tb_pins (
        .look(tb_look),
        .tick(tb_tick),
        .pins({{{look}}})
    );
    wire tb_failed = {failed} | tb_pins.failed;

    initial begin
`ifdef WAVES
        $dumpfile("waves.vcd");
        $dumpvars(0, {name}_tb);
`endif
        $readmemh("stimulus.hex", tb_stimulus, 0, ROWS - 1);
        tb_next = 0;
        tb_tick = 0;
        tb_look = 0;
        tb_sample = 0;
        tb_done = 0;
{low}
        clk = 0;
        rst = 1;
        repeat (2) begin
            #5 clk = 1;
            #5 clk = 0;
        end
        rst = 0;
        while (tb_tick <= LAST && !tb_failed) begin  // tick 0: the first edge after reset
            tb_row = tb_stimulus[tb_next];
            if (tb_next < ROWS && tb_row[{row_high}:{tick_low}] === tb_tick) begin
{apply}
                tb_next = tb_next + 1;
            end
            #3 tb_look = 1;
            #1 tb_look = 0;
            #1 clk = 1;
            #2 tb_sample = 1;
            #2 tb_sample = 0;
            #1 clk = 0;
            tb_tick = tb_tick + 1;
        end
        #1 tb_done = !tb_failed;
        #1 if (!tb_failed && tb_next != ROWS)
            $display("FAIL: stimulus.hex, row %0d: its tick never came", tb_next);
        else if (!tb_failed)
            $display("PASS: %0d records equal", {equal});
        $finish;
    end
endmodule

/* Compares one part of the trace word, after every tick, with its expected records. */
module {name}_check (sample, done, tick, happens, word);
    parameter BITS = 8;
    parameter RECORDS = 1;
    parameter FILE = "expected.hex";
    parameter PART = "trace";
    input sample, done, happens;
    input [63:0] tick;
    input [BITS - 1:0] word;
    reg [BITS + 63:0] expected [0:RECORDS];
    reg [BITS + 63:0] record;
    reg due, failed;
    integer equal, bit_number;

    initial begin
        failed = 0;
        equal = 0;
        if (RECORDS > 0)
            $readmemh(FILE, expected, 0, RECORDS - 1);
    end

    always @(posedge sample) begin
        record = expected[equal];
        due = equal < RECORDS && record[BITS + 63:BITS] === tick;
        if (due && happens === 1'b1 && word === record[BITS - 1:0])
            equal = equal + 1;
        else if (due || happens !== 1'b0) begin
            failed = 1;
            $write("FAIL: tick %0d, %0s record %0d: ", tick, PART, equal);
            if (!due)
                $display("expected none, got %h", word);
            else if (happens === 1'b0)
                $display("expected %h, got none", record[BITS - 1:0]);
            else begin
                bit_number = 0;
                while (bit_number < BITS - 1 && word[bit_number] === record[bit_number])
                    bit_number = bit_number + 1;
                $display("expected %h, got %h, different from bit %0d on",
                    record[BITS - 1:0], word, bit_number);
            end
        end
    end

    always @(posedge done)
        if (!failed && equal != RECORDS) begin
            failed = 1;
            record = expected[equal];
            $display("FAIL: tick %0d, %0s record %0d: expected %h, but this tick never came",
                record[BITS + 63:BITS], PART, equal, record[BITS - 1:0]);
        end
endmodule

/* Compares the output pins with what is expected of them, on every tick, before the clock rises. */
module {name}_pins (look, tick, pins);
    parameter BITS = 1;
    parameter RECORDS = 1;
    input look;
    input [63:0] tick;
    input [BITS - 1:0] pins;
    reg [2 * BITS + 63:0] expected [0:RECORDS];
    reg [2 * BITS + 63:0] record;
    reg failed;
    integer next;

    initial begin
        failed = 0;
        next = 0;
        $readmemh("expected_pins.hex", expected, 0, RECORDS - 1);
    end

    always @(posedge look) begin
        if (next < RECORDS) begin
            if (expected[next][2 * BITS + 63:2 * BITS] === tick) begin
                record = expected[next];
                next = next + 1;
            end
        end
        if (((pins ^ record[BITS - 1:0]) & ~record[2 * BITS - 1:BITS]) !== {{BITS{{1'b0}}}}) begin
            failed = 1;
            $display("FAIL: tick %0d, pins record %0d: expected %h, got %h", tick, next - 1,
                record[BITS - 1:0], pins);
        end
    end
endmodule
"""
