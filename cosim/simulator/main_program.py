"""cocotb's main program, compiled once for all circuits.

It is written for one class, ``Vtop``, which is another one for every circuit. Here it gets a class
of which it sees no more than it calls; every circuit brings these few functions (`MODEL`).
"""

from pathlib import Path

__all__ = ["CIRCUIT", "MODEL", "main_source"]

MODEL = """\
#include "Vtop.h"

extern "C" {
void* model_new(const char* name) { return new Vtop{name}; }
void model_delete(void* model) { delete static_cast<Vtop*>(model); }
void model_eval_step(void* model) { static_cast<Vtop*>(model)->eval_step(); }
void model_eval_end_step(void* model) { static_cast<Vtop*>(model)->eval_end_step(); }
bool model_events_pending(void* model) { return static_cast<Vtop*>(model)->eventsPending(); }
uint64_t model_next_time_slot(void* model) { return static_cast<Vtop*>(model)->nextTimeSlot(); }
void model_final(void* model) { static_cast<Vtop*>(model)->final(); }
}
"""
"""Compiled with every circuit."""

CIRCUIT = """\
#include "verilated.h"

extern "C" {
void* model_new(const char* name);
void model_delete(void* model);
void model_eval_step(void* model);
void model_eval_end_step(void* model);
bool model_events_pending(void* model);
uint64_t model_next_time_slot(void* model);
void model_final(void* model);
}

class Circuit {
    void* const model;

public:
    explicit Circuit(const char* name) : model{model_new(name)} {}
    ~Circuit() { model_delete(model); }
    Circuit(const Circuit&) = delete;
    void eval_step() { model_eval_step(model); }
    void eval_end_step() { model_eval_end_step(model); }
    bool eventsPending() { return model_events_pending(model); }
    uint64_t nextTimeSlot() { return model_next_time_slot(model); }
    void final() { model_final(model); }
    void trace(VerilatedTraceBaseC* tfp, int levels) {
        Verilated::threadContextp()->trace(tfp, levels);
    }
};

#define Vtop Circuit  // not the circuits' own class: they would be one to the linker
"""
"""What the main program finds as ``Vtop.h``."""


def main_source() -> Path:
    """Return the path of cocotb's main program for Verilator."""
    from cocotb_tools import config

    return Path(config.share_dir) / "lib" / "verilator" / "verilator.cpp"
