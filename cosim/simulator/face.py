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
        read.append(f"    memcpy(out + {place}, &root.{name}, sizeof root.{name});")
        place += ports.output_dtype[name].itemsize
    return "\n".join(apply), "\n".join(read), offset


def pin_change(ports: Ports) -> str:
    """Return what is not 0 if some output differs from what was seen last: no branch for each."""
    changes, place = ["0"], 8
    for name in ports.outputs:
        pin = f"seen + {place}, root.{name}"
        differs = f"differs({pin})" if ports.outputs[name] <= 64 else f"any_differs({pin})"
        changes.append(differs)
        place += ports.output_dtype[name].itemsize
    return "\n            | ".join(changes)


PINS = """\
template <typename T> uint64_t differs(const char* seen, const T& pin) {{
    T before;
    memcpy(&before, seen, sizeof pin);
    return before ^ pin;
}}

template <typename T> uint64_t any_differs(const char* seen, const T& pin) {{
    return memcmp(seen, &pin, sizeof pin) != 0;
}}

// The output pins: the last values of each tick on which they are not those of the record before.
struct Pins {{
    static constexpr size_t SIZE = {pin_bytes};
    bool watched = false;
    std::string records;  // which takes no time to compile, unlike a vector
    char seen[SIZE] = {{}};  // a record: the tick, and the pins as they were looked at last

    bool changed(const Vtop___024root& root) const {{
        (void)root;
        return ({changed}) != 0;
    }}

    void take(const Vtop___024root& root, int64_t tick) {{
        memcpy(seen, &tick, 8);
        read(root, seen + 8);
    }}

    void keep() {{  // nothing more comes on the tick of what was seen
        const char* last = records.data() + records.size() - SIZE;
        if (records.empty() || memcmp(last + 8, seen + 8, SIZE - 8))
            records.append(seen, SIZE);
    }}

    void begin(const Vtop___024root& root, int64_t tick) {{
        watched = true;
        records.clear();
        take(root, tick);
    }}

    // Apart from the loop over ticks, which takes a tenth longer otherwise.
    [[gnu::noinline]] void note(const Vtop___024root& root, int64_t tick) {{
        if (!changed(root)) return;
        int64_t before;
        memcpy(&before, seen, 8);
        if (before != tick) keep();
        take(root, tick);
    }}
}};
"""

PIN_CALLS = """\
// From now on the pins are noted, first as they are now.
void goldspike_watch(void* handle) {
    auto& sim = *static_cast<Simulation*>(handle);
    int64_t tick = goldspike_tick(handle);
    sim.pins.begin(*sim.top.rootp, tick < 0 ? 0 : tick);
}

// Returns how many records of pins there are; copies them unless `out` is null.
int64_t goldspike_pins(void* handle, char* out) {
    auto& pins = static_cast<Simulation*>(handle)->pins;
    pins.keep();
    if (out) memcpy(out, pins.records.data(), pins.records.size());
    return int64_t(pins.records.size() / Pins::SIZE);
}
"""
