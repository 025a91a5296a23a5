"""How the dataflow controller is driven, and the bins that a run must hit."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.pauses import PAUSE
from goldspike.cosim.bench.stimulus import every_tick, rows_from_levels
from goldspike.model.imc.dataflow_controller import COMMANDS, DataflowControllerModel, Seen

__all__ = ["FIELDS", "DataflowControllerStimulus"]

COMPUTE_TICKS = 4
"""The longest that the bench lets an output compute."""
LATE_IN = {"56x8": "residual", "figure-8": "start", "3x3": "receive", "skipping": "fetch"}
"""Where the first timestep is late, by configuration: `late` stays up, and hides all others."""


class DataflowControllerStimulus(Bench):
    """A step is a timestep; pixels, room, residuals and the computation come as chance has it."""

    steps = 300

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
