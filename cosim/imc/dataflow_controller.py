"""Bench of the dataflow controller: every command and all pointers, under random pressure."""

from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench, Choose
from goldspike.cosim.bench.checks import Checks, Exclusion
from goldspike.cosim.bench.pauses import PAUSE
from goldspike.cosim.bench.pins import Pins, held, through
from goldspike.cosim.bench.stimulus import every_tick, rows_from_levels
from goldspike.cosim.imc.input_memory import memory
from goldspike.cosim.imc.shared.varied import vary_memory, vary_timestep
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
COMPUTE_TICKS = 4
LATE_IN = {"56x8": "residual", "figure-8": "start", "3x3": "receive", "skipping": "fetch"}
"""Where the first timestep is late, by configuration: `late` stays up, and hides all others."""
"""The longest that the bench lets an output compute."""


class DataflowControllerBench(Bench):
    """A step is a timestep; pixels, room, residuals and the computation come as chance has it."""

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
    steps = 300

    @classmethod
    def vary(cls, choose: Choose) -> dict[str, Any]:
        """Choose a small layer, and what may come and go in a timestep."""
        chosen = vary_memory(choose, "memory.")
        timestep = vary_timestep(choose, chosen, "memory.")
        return {**chosen, **timestep, "residual_in": choose((False, True))}

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Run the golden controller in a world of chance; keep what the world did."""
        ticks = self.world(rng, steps, pressure=True)
        return rows_from_levels(
            self, {name: np.array([getattr(t, name) for t in ticks]) for name in FIELDS}
        )

    def world(self, rng: np.random.Generator, steps: int, *, pressure: bool) -> list[Seen]:
        """Return what the controller sees, tick by tick; the last timestep is whole."""
        params, model = self.params, DataflowControllerModel(self.params)
        longest = params.busiest(1 + COMPUTE_TICKS)
        window = params.memory.words * params.memory.layer.kernel**2
        ticks, mood = [Seen()], 1.0
        due = -1  # tick on which the computation ends
        command, fetched = model.tick(ticks[0]), 0  # so many in a row
        first_late = LATE_IN.get(self.config, "wait")
        waited = not pressure  # a computation has taken long
        full = params.memory.layer.kernel * params.memory.layer.height
        # first timesteps, without room: the last of several draws, or all sizes had the same share
        roomless = int(rng.integers(0, 2 * full, full)[-1]) * pressure
        for timestep in range(steps):
            if timestep % 25 == 0:
                mood = 1.0 if not pressure or rng.random() < 0.3 else float(rng.random())
            hurries = pressure and 0.7 * steps < timestep < steps - 2  # or pixels stall
            restless = pressure and timestep % 4 == 3  # everything changes within a timestep
            offers = rng.random() < mood or hurries
            room, residual_room, residual_valid = (rng.random(3) < 0.3 + 0.7 * mood).tolist()
            room &= timestep >= roomless
            stalls, length = rng.integers(1, params.window + 2), rng.integers(2 * params.window + 6)
            flows = stalls + length
            tick, lasts = 0, longest + int(rng.integers(0, 3) * pressure)
            while tick < lasts:
                at = {
                    "receive": model.receipt is not None,
                    "residual": command.residual,
                    "fetch": command.fetch,
                    "start": fetched == window,
                    "wait": len(ticks) <= due,
                }
                early = 0.02 if model.late else 0.5 * at[first_late]
                early = 0.2 if model.late and len(ticks) == due else early
                seen = Seen(
                    step=tick == 0 or (hurries and rng.random() < early),
                    in_valid=offers and not (hurries and stalls <= tick < flows),
                    room=room ^ (restless and timestep > roomless and rng.random() < 0.3),
                    residual_room=residual_room ^ (restless and rng.random() < 0.3),
                    residual_valid=residual_valid ^ (restless and rng.random() < 0.3),
                    done=len(ticks) == due or (restless and rng.random() < 0.2),
                )
                command = model.tick(seen)
                fetched = fetched + 1 if command.fetch else 0
                if command.start:
                    due = len(ticks) + int(rng.integers(1, COMPUTE_TICKS + 1))
                    if not waited and timestep > steps // 3:
                        due, lasts, waited = due + PAUSE, lasts + PAUSE, True
                ticks.append(seen)
                tick += 1
        return [*ticks, Seen()]

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

    def coverage(self, rows: np.ndarray, records: np.ndarray) -> dict[str, int]:
        """Every command; images on end; pressure from every side."""
        bins = {name: records[name].sum() for name in COMMANDS}
        if not self.params.residual_out:
            del bins["residual"]
        if not self.params.memory.layer.padding:
            del bins["pad"]
        filled = every_tick(rows)
        bins["nothing offered"] = ((filled["step"] == 1) & (filled["in_valid"] == 0)).sum()
        bins["a timestep is late"] = records["late"].sum()
        bins["no room"] = ((filled["step"] == 1) & (filled["room"] == 0)).sum()
        return bins


FIELDS = tuple(Seen.__dataclass_fields__)

BENCH = DataflowControllerBench
