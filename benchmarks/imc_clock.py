"""How fast the dataflow controller and the input memory are on an ECP5-45k, the crossbar left out.

The core is that of the paper's arrays: 8 bits, 256 x 256, F = 3. 256 rows hold 28 channels of a
3 x 3 kernel (252 rows), so that a pixel is two words of 128 bits; H = 16 as in layers 13 to 21.
Writes ``build/bench/imc/imc_clock.json``.
"""

import argparse
import json
import statistics

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from benchmarks.area import ROOT
from benchmarks.fpga import place
from goldspike.hdl.area import area
from goldspike.hdl.imc.dataflow_controller import DataflowController
from goldspike.hdl.imc.input_memory import InputMemory
from goldspike.model.imc.dataflow_controller import DataflowControllerParams
from goldspike.model.imc.input_memory import InputMemoryParams
from goldspike.model.imc.shared.layer import LayerParams

LAYER = LayerParams(height=16, width=16, channels=28, outputs=28)
PARAMS = DataflowControllerParams(
    memory=InputMemoryParams(layer=LAYER), residual_out=True, residual_in=True
)


class FrontEnd(wiring.Component):
    """Controller and input memory as a core joins them."""

    __module__ = "goldspike.hdl.imc.front_end"  # names the Verilog module

    step: Signal
    in_valid: Signal
    in_word: Signal
    room: Signal
    residual_room: Signal
    residual_valid: Signal
    done: Signal
    in_ready: Signal
    start: Signal
    load: Signal
    word: Signal

    def __init__(self) -> None:
        lines = ("step", "in_valid", "room", "residual_room", "residual_valid", "done")
        super().__init__(
            {
                **{name: In(1) for name in lines},
                "in_word": In(128),
                **{name: Out(1) for name in ("in_ready", "start", "load")},
                "word": Out(128),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.controller = controller = DataflowController(PARAMS)
        m.submodules.memory = memory = InputMemory(PARAMS.memory)
        for name in ("step", "in_valid", "room", "residual_room", "residual_valid", "done"):
            m.d.comb += getattr(controller, name).eq(getattr(self, name))
        for name in ("store", "last_row", "fetch", "pad", "next_row", "skip", "next_column",
                     "next_image", "residual"):  # fmt: skip
            m.d.comb += getattr(memory, name).eq(getattr(controller, name))
        m.d.comb += [
            memory.data.eq(self.in_word),
            self.word.eq(memory.word),
            self.in_ready.eq(controller.in_ready),
            self.start.eq(controller.start),
        ]
        m.d.sync += self.load.eq(controller.fetch)
        return m


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    seeds = tuple(parser.parse_args().seeds)
    folder = ROOT / "build" / "bench" / "imc"
    cells = area(FrontEnd(), folder / "synthesis")
    clocks = place(FrontEnd(), seeds, folder / "place")
    report = {
        "luts": cells.luts,
        "flip_flops": cells.flip_flops,
        "mhz": round(statistics.median(clocks), 1),
        "seeds": {str(seed): round(mhz, 1) for seed, mhz in zip(seeds, clocks, strict=True)},
    }
    (folder / "imc_clock.json").write_text(json.dumps(report, indent=2) + "\n")
    print(report)


if __name__ == "__main__":
    main()
