/* The cells of the `cell` realisation: what synthesis does not make out of registers and gates.

   Behavioural: right in any simulator that knows delays. A text behind "ASIC:" says what a flow has
   to put in a cell's place; `goldspike verilog --realisation cell` lists them. The delay of one
   instance can be set from outside, as in +mubrain_cell_arbiter.oscillator.load_delay=21000. */

`timescale 1ps / 1ps

/* verilator lint_off DECLFILENAME */  // one file for all cells
/* verilator lint_off ZERODLY */       // delays are variables; every one is at least 1 ps

/* Whatever a line does, it does again PS picoseconds later, pulses shorter than PS included.
   ASIC: a delay cell, such as the thyristor pair of Stuijt 2021, Fig. 3B; the delay of its fastest
   corner has to be longer than what the phase waits for. */
module cell_delay #(parameter WIDTH = 1, parameter PS = 1) (
    input [WIDTH-1:0] a, output reg [WIDTH-1:0] y
);
    localparam DEPTH = 1024;               // changes inside at once
    integer ps, first, next, last;
    reg [WIDTH-1:0] level [0:DEPTH-1];
    reg [63:0] due [0:DEPTH-1];
    initial begin
        y = 0;
        first = 0;
        next = 0;
        last = 0;
        ps = PS;
        if ($value$plusargs($sformatf("%m=%%d"), ps) && ps < 1) begin
            $display("%m: a delay must be at least 1 ps, not %0d", ps);
            $finish;
        end
    end
    always @(a) begin
        if (first == next || due[last] != $time + ps) begin
            last = next;
            next = (next + 1) % DEPTH;
            due[last] = $time + ps;
            if (first == next) begin
                $display("%m: more than %0d changes inside", DEPTH - 1);
                $finish;
            end
        end
        level[last] = a;                   // what settles within a picosecond is one change
    end
    always begin
        wait (first != next);
        #(due[first] - $time) y <= level[first];
        first = (first + 1) % DEPTH;
    end
endmodule

/* AND of a clock with lines that hold still while it is up: one clock per line.
   ASIC: clock AND gates of the library, not to be restructured. */
module cell_and #(parameter WIDTH = 1) (
    input clock, input [WIDTH-1:0] enable, output [WIDTH-1:0] y
);
    assign y = {WIDTH{clock}} & enable;
endmodule

/* Exclusive OR of two lines that never change together: up from one's transition to the other's.
   ASIC: a clock XOR gate of the library, not to be restructured. */
module cell_xor (input a, input b, output y);
    assign y = a ^ b;
endmodule

/* A wire, where a self-timed loop closes.
   ASIC: a buffer that is kept, at which timing analysis cuts the loop. */
module cell_buffer (input a, output y);
    assign y = a;
endmodule

/* Half of a mutex: `request` is granted unless `other` came first, and then as soon as that is over; a
   grant lasts as long as its request. Both may come at any moment.
   ASIC: a mutual exclusion element with a filter, whose outputs move only once it has decided; the
   grant of `other` stays open. */
module cell_mutex (input other, input request, output reg grant);
    initial grant = 1;                     // nobody has asked yet
    /* verilator lint_off LATCH */
    always @* if (!request) grant = 0; else if (!other) grant = 1;
    /* verilator lint_on LATCH */
endmodule

/* Clock gate: a latch that is open while the clock is low, and an AND; whole pulses only.
   ASIC: an integrated clock gate of the library. */
module cell_gate (input clock, input enable, output y);
    reg latched;
    initial latched = 0;
    /* verilator lint_off LATCH */
    always @* if (!clock) latched = enable;
    /* verilator lint_on LATCH */
    assign y = clock & latched;
endmodule

/* Power switch: the gated block has its supply while `power` is up.
   ASIC: power switches of the library, as many as the block needs; the delay cell after it has to be
   longer than the supply takes to settle. The UPF beside the Verilog names it. */
module cell_switch (input power, output supply);
    assign supply = power;
endmodule

/* Isolation: what leaves a gated block is low while `isolate` is up.
   ASIC: isolation cells of the library that clamp to 0, supplied by the domain that is always on. */
module cell_isolate #(parameter WIDTH = 1) (
    input isolate, input [WIDTH-1:0] a, output [WIDTH-1:0] y
);
    assign y = a & {WIDTH{!isolate}};
endmodule

/* Flip-flops that keep their value without `power` while `retain` is up, and then ignore the clock;
   `reset` sets them to zero at any time. Without power and retention they lose it: it is inverted.
   ASIC: retention flip-flops of the library with a reset, `retain` their control. */
module cell_retain #(parameter WIDTH = 1) (
    input clock, input reset, input retain, input power,
    input [WIDTH-1:0] d, output reg [WIDTH-1:0] q
);
    initial q = 0;
    always @(posedge clock or posedge reset or negedge power)
        if (reset) q <= 0;
        else if (!retain) q <= power ? d : ~q;
endmodule

/* Ring oscillator on demand: after `enable` came up at rest, `length` stages of STAGE picoseconds low,
   as many high, and so on while `enable` is up at the end of a period; a period once begun is
   finished. `length` changes at rest only.
   ASIC: a gated ring oscillator of delay cells with taps, that only stops low. */
module cell_ring #(parameter WIDTH = 1, parameter STAGE = 1)
    (input enable, input [WIDTH-1:0] length, output reg y);
    reg [31:0] stage;
    wire [31:0] half = {{(32 - WIDTH){1'b0}}, length} * stage;
    initial begin
        y = 0;
        stage = STAGE;
        if ($value$plusargs($sformatf("%m.stage=%%d"), stage) && stage < 1) stage = STAGE;
    end
    always begin
        wait (enable);
        #(half == 0 ? 1 : half) y = 1;
        #(half == 0 ? 1 : half) y = 0;
    end
endmodule
