"""The C++ face of a compiled circuit: stimulus in, trace records out, both plain arrays.

One small source is generated per circuit from its ports. `goldspike_run` applies rows of stimulus,
clocks the circuit, and appends one record per tick on which the trace port says that something
happened. While the circuit's `busy` is down and no stimulus is due, the clock is stopped: the next
tick simulated is that of the next row. A port `elapsed`, where a circuit has one, receives how many
ticks went by since the clock's last edge.

While its pins are watched, a circuit settles after each row before its clock rises, because a pin
may follow an input at once.
"""

from goldspike.cosim.bench.ports import Ports
from goldspike.cosim.simulator.face import PIN_CALLS, PINS, pin_change, transfers

__all__ = ["tick_face"]


def tick_face(ports: Ports, *, plain: bool = False, mutants: bool = False) -> str:
    """Return the C++ source of a circuit's interface.

    With `plain` both edges of the clock are evaluated in full, which a netlist needs: its cells
    may have clocks of their own. With `mutants` the circuit has an input ``mutsel``: a fresh
    simulation takes the number given to ``goldspike_mutant`` last.
    """
    apply, read, offset = transfers(ports)
    word = ports.trace_bits // 8
    record = "if (false) {}"
    if word:
        record = f"""if (top.trace_valid) {{
            char* record = records + {8 + word} * used++;
            memcpy(record, &sim.tick, 8);
            memcpy(record + 8, &top.trace_word, {word});
        }}"""
    return TEMPLATE.format(
        row_bytes=offset,
        apply=apply,
        read=read,
        pins=PINS.format(pin_bytes=ports.pin_dtype.itemsize, changed=pin_change(ports)),
        pin_calls=PIN_CALLS,
        record=record,
        busy="top.busy" if ports.has_busy else "true",
        elapsed=ELAPSED if ports.has_elapsed else "(void)sim, (void)distance;",
        mutant="top.mutsel = mutant;" if mutants else "",
        plain="#undef ONE_CLOCK" if plain else "",
    )


ELAPSED = """\
if (sim.top.elapsed == distance) return;
    sim.top.elapsed = distance;
    sim.settled = false;"""

TEMPLATE = """\
#include <cstdint>
#include <cstring>
#include <string>
#include "Vtop.h"
#include "Vtop___024root.h"

{plain}
__attribute__((weak)) double sc_time_stamp() {{ return 0; }}  // cocotb has its own

#ifdef ONE_CLOCK  // both are parts of every evaluation
void Vtop___024root___eval_ico(Vtop___024root*);
void Vtop___024root___eval_nba(Vtop___024root*);
#endif

namespace {{
void read(const Vtop___024root& root, char* out) {{
{read}
}}

{pins}
struct Simulation {{
    VerilatedContext context;
    Vtop top{{&context, ""}};
    int64_t tick = -1;         // the last tick simulated
    int64_t evaluated = 0;     // ticks on which the clock ran
    bool idle = false;         // nothing can happen until the inputs change
    bool settled = false;      // what follows the inputs at once has followed them
    Pins pins;
}};

void apply(Simulation& sim, const char* row) {{
    Vtop& top = sim.top;
{apply}
    sim.settled = false;
}}

int32_t mutant = 0;

void select_mutant(Vtop& top) {{ (void)top; {mutant} }}

void tell(Simulation& sim, int64_t distance) {{
    {elapsed}
}}

// Lets what follows the inputs at once follow them, if they have changed.
void settle(Simulation& sim) {{
    if (sim.settled) return;
#ifdef ONE_CLOCK
    if (sim.evaluated > 0) {{
#ifdef INPUTS_SETTLE
        auto& root = *sim.top.rootp;
        root.__VicoTriggered[0] = 1;
        Vtop___024root___eval_ico(&root);
#endif
    }} else
#endif
    sim.top.eval();
    sim.settled = true;
}}

void clock(Simulation& sim, int64_t distance) {{
    tell(sim, distance);
#ifdef ONE_CLOCK  // no search for what has changed: it is the clock, after the inputs
    if (sim.evaluated > 0) {{
        auto& root = *sim.top.rootp;
        settle(sim);
        root.__VnbaTriggered[0] = 1;
        Vtop___024root___eval_nba(&root);
        root.__VnbaTriggered[0] = 0;
    }} else
#endif
    {{
        sim.top.clk = 1;  // the inputs settle before the edge is seen: one evaluation does both
        sim.top.eval();
        sim.top.clk = 0;
        sim.top.eval();
    }}
    sim.settled = true;
    sim.tick += distance;
    sim.evaluated++;
}}
}}  // namespace

extern "C" {{

// Holds the reset for one tick, with the inputs of the last of some rows; then all inputs are low.
void goldspike_reset(void* handle, const char* rows, int64_t count) {{
    auto& sim = *static_cast<Simulation*>(handle);
    const char low[{row_bytes}] = {{}};
    apply(sim, rows + {row_bytes} * (count - 1));
    sim.tick = -1;
    sim.idle = false;
    sim.top.rst = 1;
    clock(sim, 1);
    sim.top.rst = 0;
    apply(sim, low);
    sim.top.eval();
}}

void* goldspike_new() {{
    auto* sim = new Simulation;
    select_mutant(sim->top);
    return sim;
}}

void goldspike_mutant(int32_t number) {{ mutant = number; }}

void goldspike_delete(void* handle) {{ delete static_cast<Simulation*>(handle); }}

int64_t goldspike_tick(void* handle) {{ return static_cast<Simulation*>(handle)->tick; }}

int64_t goldspike_evaluated(void* handle) {{ return static_cast<Simulation*>(handle)->evaluated; }}

void goldspike_restart(void* handle) {{ static_cast<Simulation*>(handle)->tick = -1; }}

// Runs until `last`, or, with last < 0, until the stimulus is used up and nothing is awake.
// Returns the records written; *rows_used tells how far the stimulus went. *done is 0 if the room
// or the budget of evaluated ticks ran out before the end: call again with the rest.
int64_t goldspike_run(void* handle, const char* rows, int64_t row_count, int64_t* rows_used,
                      char* records, int64_t room, int64_t last, int64_t budget, int32_t* done) {{
    auto& sim = *static_cast<Simulation*>(handle);
    Vtop& top = sim.top;
    int64_t used = 0, row = 0;
    *done = 0;
    while (used < room && budget-- > 0) {{
        int64_t next = sim.tick + 1;
        int64_t due = INT64_MAX;
        if (row < row_count) memcpy(&due, rows + {row_bytes} * row, 8);
        if (sim.pins.watched && due > next) sim.pins.note(*top.rootp, next);
        if (sim.idle && due > next) next = due;
        if (last >= 0 ? next > last : next == INT64_MAX) {{
            *done = 1;
            break;
        }}
        if (due <= next) {{
            apply(sim, rows + {row_bytes} * row++);
            if (sim.pins.watched) {{
                tell(sim, next - sim.tick);
                settle(sim);
                sim.pins.note(*top.rootp, next);
            }}
        }}
        clock(sim, next - sim.tick);
        sim.idle = !({busy});
        {record}
    }}
    *rows_used = row;
    return used;
}}

void goldspike_outputs(void* handle, char* out) {{
    read(*static_cast<Simulation*>(handle)->top.rootp, out);
}}

{pin_calls}
}}  // extern "C"
"""
