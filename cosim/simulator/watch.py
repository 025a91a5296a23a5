"""What the simulator itself notes under cocotb: changes of pins, and records of the trace.

A change that calls Python costs several times what the circuit does between two of them. So a small
library, loaded into the simulator's process, follows the pins by VPI, as cocotb does, and notes
what it saw; Python takes it as arrays when the run is over.
"""

__all__ = ["WATCH"]

WATCH = """\
#include "vpi_user.h"

#include <cstdint>
#include <vector>

struct Watch {
    vpiHandle port;
    std::vector<uint64_t> steps;
    std::vector<uint32_t> words;

    void note() {
        s_vpi_time time{};
        time.type = vpiSimTime;
        vpi_get_time(nullptr, &time);
        steps.push_back(uint64_t{time.high} << 32 | time.low);
        s_vpi_value value{};
        value.format = vpiVectorVal;
        vpi_get_value(port, &value);
        const int bits = vpi_get(vpiSize, port);
        for (int k = 0; k * 32 < bits; ++k) words.push_back(value.value.vector[k].aval);
    }
};

static PLI_INT32 changed(p_cb_data data) {
    reinterpret_cast<Watch*>(data->user_data)->note();
    return 0;
}

static vpiHandle port(const char* name) {
    return vpi_handle_by_name(const_cast<char*>(name), nullptr);
}

extern "C" {
// Notes the port `what` whenever the port `when` changes, from now on; null if there is none.
Watch* watch(const char* when, const char* what) {
    static s_vpi_time never{vpiSuppressTime, 0, 0, 0};
    static s_vpi_value unread{vpiSuppressVal, {}};
    Watch* const one = new Watch{port(what), {}, {}};
    s_cb_data data{cbValueChange, changed, port(when), &never, &unread, 0, nullptr};
    data.user_data = reinterpret_cast<char*>(one);
    return one->port && data.obj && vpi_register_cb(&data) ? one : nullptr;
}
void watch_now(Watch* one) { one->note(); }
uint64_t watch_count(Watch* one) { return one->steps.size(); }
const uint64_t* watch_steps(Watch* one) { return one->steps.data(); }
const uint32_t* watch_words(Watch* one) { return one->words.data(); }
}
"""
