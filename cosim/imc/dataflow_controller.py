"""Bench of the dataflow controller: every command and all pointers, under random pressure."""

from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Choose
from goldspike.cosim.bench.checks import Checks, Exclusion
from goldspike.cosim.bench.pins import Pins, held, through
from goldspike.cosim.bench.stimulus import every_tick
from goldspike.cosim.imc.input_memory import memory
from goldspike.cosim.imc.shared.varied import vary_memory, vary_timestep
from goldspike.cosim.imc.stimuli.dataflow_controller import FIELDS, DataflowControllerStimulus
from goldspike.hdl.imc.dataflow_controller import DataflowController
from goldspike.model.imc.dataflow_controller import (
    COMMANDS,
    Command,
    DataflowControllerModel,
    DataflowControllerParams,
    Seen,
)

__all__ = ["BENCH", "DataflowControllerBench"]

REST = 40
"""Ticks behind the last row that are followed."""


class DataflowControllerBench(DataflowControllerStimulus):
    """Layers with and without padding, stride, residuals and replicas, one that of figure 8."""

    rtl = DataflowController
    configs: ClassVar = {
        "56x8": DataflowControllerParams(
            memory=memory(side=8, channels=56), window=8, residual_out=True, residual_in=True
        ),
        "figure-8": DataflowControllerParams(memory=memory(side=5, channels=20, padding=0)),
        "parallel": DataflowControllerParams(
            memory=memory(side=5, channels=3, stride=2), arrivals=4, replicas=2, residual_out=True
        ),
        "3x3": DataflowControllerParams(
            memory=memory(side=3, channels=2, kernel=2, padding=1, word_bits=8),
            arrivals=2,
            replicas=2,
            residual_out=True,
            residual_in=True,
        ),
        "skipping": DataflowControllerParams(
            memory=memory(side=8, channels=1, kernel=2, stride=3, padding=1), window=3
        ),
    }
    large: ClassVar = {
        "top": DataflowControllerParams(
            memory=memory(side=5, channels=1, kernel=2, padding=1), window=70, arrivals=16,
            replicas=16, residual_out=True, residual_in=True,
        )
    }  # fmt: skip
    published = "56x8"
    checks = Checks(
        group="controller, crossbar, processor, fully connected",
        compared_on={"ice40": "memory.layer.padding=0"},
        mutants=("3x3",),
        random=1,
        waves=True,
        exclusions=(
            Exclusion(
                "lines",
                "with m.Default():\nm.d.sync += self.state.eq(State.STANDBY)",
                "states that only an upset brings about",
            ),
            Exclusion(
                "bits",
                r"DataflowController\.late\[0\]",
                "a fault that stays until reset; tests/hdl/imc/test_dataflow_controller.py",
            ),
            Exclusion(
                "bits",
                r"DataflowController\.behind\[[2-4]\]",
                "the input is a kernel of three columns ahead of the residual at most",
            ),
            Exclusion(
                "bits",
                r"DataflowController\.count\[2\]",
                "five arrivals or replicas are only in `top`",
            ),
        ),
    )
    shown = "figure-8"

    @classmethod
    def vary(cls, choose: Choose) -> dict[str, Any]:
        """Choose a small layer, and what may come and go in a timestep."""
        chosen = vary_memory(choose, "memory.")
        timestep = vary_timestep(choose, chosen, "memory.")
        return {**chosen, **timestep, "residual_in": choose((False, True))}

    def expect(self, rows: np.ndarray) -> np.ndarray:
        """Run Algorithm 1 on what was seen."""
        model, records = DataflowControllerModel(self.params), []
        model.tick(Seen())  # tick 0: all low
        for row in every_tick(rows):
            command = model.tick(Seen(**{name: bool(row[name]) for name in FIELDS}))
            if command.happens:
                records.append(self.record(int(row["tick"]), command, model))
        return np.array(records, self.layout.record_dtype)

    def record(self, tick: int, command: Command, model: DataflowControllerModel) -> tuple:
        """Return the trace record of a tick."""
        commands = (getattr(command, name) for name in COMMANDS)
        return (tick, *commands, *model.pointers, model.late)

    def pins(self, rows: np.ndarray, expected: np.ndarray) -> Pins:
        """Run Algorithm 1 on what was seen: a command is driven on its own tick.

        `complete` comes with an image's last output, `busy` is a timestep.
        """
        model = DataflowControllerModel(self.params)
        model.tick(Seen())  # tick 0: all low
        shown, status = [], []
        for row in every_tick(rows, REST):
            images = model.completed
            command = model.tick(Seen(**{name: bool(row[name]) for name in FIELDS}))
            shown.append([getattr(command, name) for name in COMMANDS])
            status.append((model.completed > images, not model.standby, model.late))
        complete, busy, late = np.array(status).T
        return {
            **dict(zip(COMMANDS, map(through, np.array(shown).T), strict=True)),
            "complete": through(complete),
            "late": held(np.arange(1, late.size + 1), late),
            "busy": through(busy),
        }


BENCH = DataflowControllerBench
