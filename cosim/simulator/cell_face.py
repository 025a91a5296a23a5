"""The C++ face of a self-timed circuit: that of a clocked one, with another time.

Time goes from event to event: to the next row of stimulus or to the next delay that is over. At one
picosecond the circuit goes first; then the inputs change. A record is appended for every picosecond
after which the trace word is another one than before.
"""

from goldspike.cosim.bench.bench import START_PS
from goldspike.cosim.bench.ports import Ports
from goldspike.cosim.simulator.face import PIN_CALLS, PINS, pin_change, transfers

__all__ = ["ROW_EVENTS", "cell_face"]

ROW_EVENTS = 1000
"""Picoseconds on which anything may happen while one row is there before a reset."""


def cell_face(ports: Ports, *, mutants: bool = False) -> str:
    """Return the C++ source of a circuit's interface; `mutants` as for a clocked one."""
    apply, read, row_bytes = transfers(ports)
    word = ports.trace_bits // 8
    record = "if (false) {}"
    if word:
        record = f"""if (memcmp(sim.seen, &top.trace_word, {word})) {{
            char* record = records + {8 + word} * used++;
            memcpy(record, &sim.time, 8);
            memcpy(record + 8, &top.trace_word, {word});
            memcpy(sim.seen, &top.trace_word, {word});
        }}"""
    return TEMPLATE.format(
        row_bytes=row_bytes,
        apply=apply,
        read=read,
        pins=PINS.format(pin_bytes=ports.pin_dtype.itemsize, changed=pin_change(ports)),
        pin_calls=PIN_CALLS,
        record=record,
        word=max(word, 1),
        keep=f"memcpy(sim.seen, &sim.top.trace_word, {word});" if word else "",
        start=START_PS,
        events=ROW_EVENTS,
        mutant="top.mutsel = mutant;" if mutants else "",
    )


TEMPLATE = """\
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include "Vtop.h"
#include "Vtop___024root.h"

__attribute__((weak)) double sc_time_stamp() {{ return 0; }}  // cocotb has its own

namespace {{
void read(const Vtop___024root& root, char* out) {{
{read}
}}

{pins}
struct Simulation {{
    VerilatedContext context;
    Vtop top;
    int64_t origin = {start};  // the simulator's time at time 0
    int64_t time = -1;         // as far as was simulated
    int64_t evaluated = 0;     // picoseconds on which anything happened, reset included
    int64_t allowed = INT64_MAX;  // so many of them; a reset goes no further
    char seen[{word}];
    Pins pins;

    Simulation(int count, const char** arguments) : top(prepare(count, arguments), "") {{}}

    // How long delays are is read from the arguments while the circuit is made.
    VerilatedContext* prepare(int count, const char** arguments) {{
        context.commandArgs(count, arguments);
        return &context;
    }}
}};

void apply(Vtop& top, const char* row) {{
{apply}
}}

int32_t mutant = 0;

void select_mutant(Vtop& top) {{ (void)top; {mutant} }}
}}  // namespace

extern "C" {{

void goldspike_mutant(int32_t number) {{ mutant = number; }}

void* goldspike_new(int count, const char** arguments) {{
    auto* sim = new Simulation(count, arguments);
    select_mutant(sim->top);
    return sim;
}}

void goldspike_allow(void* handle, int64_t evaluated) {{
    static_cast<Simulation*>(handle)->allowed = evaluated;
}}

// Plays some rows, of which the last comes under reset, once, before anything else; then all inputs
// are low, and the reset lasts until nothing is left in any delay cell. A row stays until the next
// one is due, or until enough has happened: one may set a ring to its shortest round.
void goldspike_reset(void* handle, const char* rows, int64_t count) {{
    auto& sim = *static_cast<Simulation*>(handle);
    const char low[{row_bytes}] = {{}};
    auto until = [&](uint64_t time, int64_t most) {{
        while (sim.top.eventsPending() && sim.top.nextTimeSlot() < time) {{
            if (sim.evaluated > sim.allowed) return;  // it never comes to rest
            if (most-- == 0) return;
            sim.evaluated++;
            sim.context.time(sim.top.nextTimeSlot());
            sim.top.eval();
        }}
        sim.context.time(time);
    }};
    for (int64_t k = 0; k <= count; k++) {{
        until({start} / 2 / (count + 1) * k, {events});
        sim.top.rst = k >= count - 1;
        apply(sim.top, k < count ? rows + {row_bytes} * k : low);
        sim.top.eval();
    }}
    until({start} - 1, INT64_MAX);
    sim.top.rst = 0;
    sim.top.eval();
    {keep}
}}

void goldspike_delete(void* handle) {{ delete static_cast<Simulation*>(handle); }}

int64_t goldspike_tick(void* handle) {{ return static_cast<Simulation*>(handle)->time; }}

int64_t goldspike_evaluated(void* handle) {{ return static_cast<Simulation*>(handle)->evaluated; }}

void goldspike_restart(void* handle) {{
    auto* sim = static_cast<Simulation*>(handle);
    sim->origin += sim->time + 1;
    sim->time = -1;
}}

// Runs until `last`, or, with last < 0, until the stimulus is used up and nothing is under way.
// Returns the records written; *rows_used tells how far the stimulus went. *done is 0 if the room
// or the budget of evaluated picoseconds ran out before the end: call again with the rest.
int64_t goldspike_run(void* handle, const char* rows, int64_t row_count, int64_t* rows_used,
                      char* records, int64_t room, int64_t last, int64_t budget, int32_t* done) {{
    auto& sim = *static_cast<Simulation*>(handle);
    Vtop& top = sim.top;
    int64_t used = 0, row = 0;
    *done = 0;
    while (used < room && budget-- > 0) {{
        int64_t due = INT64_MAX, slot = INT64_MAX;
        if (row < row_count) memcpy(&due, rows + {row_bytes} * row, 8);
        if (top.eventsPending()) slot = int64_t(top.nextTimeSlot()) - sim.origin;
        int64_t now = due < slot ? due : slot;
        if (now == INT64_MAX || (last >= 0 && now > last)) {{
            if (last > sim.time) sim.time = last;
            *done = 1;
            break;
        }}
        sim.time = now;
        sim.evaluated++;
        sim.context.time(uint64_t(now + sim.origin));
        if (slot == now) top.eval();
        if (due == now) {{
            apply(top, rows + {row_bytes} * row++);
            top.eval();
        }}
        {record}
        if (sim.pins.watched) sim.pins.note(*top.rootp, now);
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
