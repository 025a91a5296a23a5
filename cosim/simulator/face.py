"""What the C++ faces of clocked and self-timed circuits share: ports to bytes and back, pins.

Pins are noted on demand (``goldspike_watch``): a record is appended whenever a pin has another
value than in the record before.
"""

from goldspike.cosim.bench.ports import Ports

__all__ = ["PINS", "PIN_CALLS", "pin_change", "transfers"]


def transfers(ports: Ports) -> tuple[str, str, int]:
    """Return what copies a row to the inputs, what copies the outputs, and the bytes of a row."""
    apply, offset = [], 8
    for name in ports.inputs:
        apply.append(f"    memcpy(&top.{name}, row + {offset}, sizeof top.{name});")
        offset += ports.stimulus_dtype[name].itemsize
    read, place = [], 0
    for name in ports.outputs:
        read.append(f"    memcpy(out + {place}, &top.{name}, sizeof top.{name});")
        place += ports.output_dtype[name].itemsize
    return "\n".join(apply), "\n".join(read), offset


def pin_change(ports: Ports) -> str:
    """Return the condition that some output differs from what was noted last."""
    changes, place = ["false"], 8
    for name in ports.outputs:
        changes.append(f"memcmp(seen + {place}, &top.{name}, sizeof top.{name})")
        place += ports.output_dtype[name].itemsize
    return "\n            || ".join(changes)


PINS = """\
// The output pins: their values from each tick on which one of them changes.
struct Pins {{
    static constexpr size_t SIZE = {pin_bytes};
    bool watched = false;
    std::vector<char> records;
    char seen[SIZE] = {{}};

    void note(Vtop& top, int64_t tick) {{
        if (!records.empty() && !({changed})) return;
        int64_t before = -1;
        memcpy(&before, seen, 8);
        if (records.empty() || before != tick) records.resize(records.size() + SIZE);
        memcpy(seen, &tick, 8);
        read(top, seen + 8);
        memcpy(records.data() + records.size() - SIZE, seen, SIZE);
    }}
}};
"""

PIN_CALLS = """\
// From now on the pins are noted, first as they are now.
void goldspike_watch(void* handle) {
    auto& sim = *static_cast<Simulation*>(handle);
    sim.pins.watched = true;
    sim.pins.records.clear();
    int64_t tick = goldspike_tick(handle);
    sim.pins.note(sim.top, tick < 0 ? 0 : tick);
}

// Returns how many records of pins there are; copies them unless `out` is null.
int64_t goldspike_pins(void* handle, char* out) {
    auto& pins = static_cast<Simulation*>(handle)->pins;
    if (out) memcpy(out, pins.records.data(), pins.records.size());
    return int64_t(pins.records.size() / Pins::SIZE);
}
"""
