"""Bench of the core: every access of its memories, every sum, every word sent; under pressure."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench, Choose
from goldspike.cosim.bench.checks import Checks, Exclusion
from goldspike.cosim.bench.once import once
from goldspike.cosim.bench.pins import Pins, at, through, unless
from goldspike.cosim.bench.stimulus import every_tick, up
from goldspike.cosim.imc.shared.safety import check_safety, queue_violations, violations
from goldspike.cosim.imc.shared.stimulus import rows_from_ticks, scale_word, signed, word_rows
from goldspike.cosim.imc.shared.varied import ROWS_PER_TICK, WEIGHT_BITS, vary_memory, vary_timestep
from goldspike.hdl.imc.core import Core
from goldspike.model.imc.core import CoreIn, CoreModel, CoreOut, CoreParams
from goldspike.model.imc.shared.layer import LayerParams
from goldspike.model.imc.sum_packer import SumPackerModel

__all__ = ["BENCH", "CoreBench", "programming"]


REST = 40
"""Ticks behind the last row that are followed."""

MOODS = ((1, 1), (1, 1), (1, 1), (1, 1), (1, 0.2), (0.3, 1), (0.6, 0.6), (1, 0.3))
"""How likely pixels are offered and taken, in eight parts of a run."""


def square(side: int, channels: int, outputs: int, **layer: int) -> LayerParams:
    """Return a layer of square images."""
    return LayerParams(height=side, width=side, channels=channels, outputs=outputs, **layer)


def programming(params: CoreParams, weights: np.ndarray, scales: np.ndarray) -> list[dict]:
    """Return the ticks that load weights (rows, outputs) and scales (channels, 2)."""
    full = np.zeros((params.crossbar.words * params.rows_per_tick, params.layer.outputs), np.int64)
    full[: params.layer.rows] = weights
    mask = (1 << params.weight_bits) - 1
    ticks: list[dict] = [{"program_weight": 1, "weight": int(w) & mask} for w in full.flat]
    pairs = zip(scales[:, 0].tolist(), scales[:, 1].tolist(), strict=True)
    return ticks + [{"program_scale": 1, "scale": scale_word(m, b)} for m, b in pairs]


class CoreBench(Bench):
    """A step is a timestep; images follow each other, links stall at random."""

    rtl = Core
    configs: ClassVar = {
        "28x8": CoreParams(
            layer=square(8, 28, 28), window=4, shift=9, gain=77, residual_out=True,
            rows_per_tick=2,
        ),
        "figure-8": CoreParams(
            layer=square(5, 3, 2, padding=0), window=2, rows_per_tick=9, word_bits=16,
            weight_bits=4, shift=3,
        ),
        "parallel": CoreParams(
            layer=square(6, 3, 4, stride=2), window=4, arrivals=4, replicas=2, residual_out=True,
            rows_per_tick=9, word_bits=32, shift=4, relu=False,
        ),
        "middle": CoreParams(
            layer=square(4, 3, 3), window=6, rows_per_tick=9, word_bits=16, weight_bits=4,
            rows_before=27, rows_after=9, segments=(1, 2),
        ),
        "last": CoreParams(
            layer=square(4, 2, 5, stride=2), window=10, rows_per_tick=9, word_bits=32,
            weight_bits=4, rows_before=36, shift=3, gain=40, out_segments=(3, 2),
            residual_segments=(2, 3), arrivals=2, replicas=2,
        ),
    }  # fmt: skip
    large: ClassVar = {
        "3x3": CoreParams(
            layer=square(3, 1, 2), window=2, rows_per_tick=3, word_bits=8, weight_bits=3, shift=3,
            gain=77, depth=18, residual_out=True,
        )
    }  # fmt: skip
    """Small, with residuals both in and out, to be mutated."""
    moods: ClassVar[Sequence[tuple[float, float]]] = MOODS
    published = "28x8"
    checks = Checks(
        group="core, chain",
        assembled=True,
        gates="figure-8",
        mutants=("3x3",),
        synthesis="figure-8",
        joined=True,
        random=0,
        exclusions=(
            Exclusion(
                "bits",
                r"Core\.out_word\[(39|47|55|63|71|79|87|95|103|111|119|127)\]",
                "signs of numbers after a ReLU; cores without one have few channels",
            ),
        ),
    )
    shown = "figure-8"
    steps = 200
    hasty: ClassVar = {"parallel": 1, "last": 1, "3x3": 1}
    """Eighths of the run in which the first step comes too early, with an image's last output.

    That is so soon that resets follow; in other configurations a step does in the last eighth only.
    """

    @classmethod
    def vary(cls, choose: Choose) -> dict[str, Any]:
        """Choose a small layer, and what may come and go in a timestep."""
        memory = vary_memory(choose)
        return {
            **memory,
            **vary_timestep(choose, memory),
            "weight_bits": choose(WEIGHT_BITS),
            "rows_per_tick": choose(ROWS_PER_TICK),
            "shift": choose(range(10)),
            "gain": choose((0, 1, -77)),
            "relu": choose((False, True)),
        }

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Program, then run the golden core in a world of chance; keep what the world did."""
        params = self.params
        weights, scales = self.draw(rng)
        ticks: list[dict] = [{}, *programming(params, weights, scales), {}]
        model = CoreModel(params, weights, scales[:, 0], scales[:, 1])
        source, residuals = self.words(rng, params.memory.words), self.words(rng, 1)
        partials = self.partials(rng)
        word = residual = partial = None
        entering = 0  # words of a pixel under way
        since = params.busiest  # ticks of the timestep
        for timestep in range(steps):
            offered, taken = self.moods[8 * timestep // steps]
            offers, open_ = rng.random() < offered, rng.random() < taken
            eighth = 8 * timestep // steps
            hurries = eighth in (self.hasty.get(self.config), 7)  # before a timestep is over
            alone = timestep // 6 % 3 if params.residual_in and params.partial_in else 0
            for tick in range(params.busiest + int(rng.integers(0, 3))):
                if offers or entering:
                    word = next(source) if word is None else word
                if (
                    params.residual_in
                    and residual is None
                    and rng.random() < offered * (alone != 1)
                ):
                    residual = next(residuals)
                if params.partial_in and partial is None and rng.random() < offered * (alone != 2):
                    partial = next(partials)
                waits = eighth < 7 and not model.controller.late
                early = 0.5 if ends_image(model) else 0.05 * (not waits)
                seen = CoreIn(
                    step=tick == 0 or (hurries and rng.random() < early),
                    word=word if offers or entering else None,
                    residual=residual,
                    partial=partial,
                    out_ready=open_ and rng.random() < 0.5 + taken / 2,
                    skip_ready=rng.random() < taken,
                )
                out = model.tick(seen)
                since = 0 if model.controller.began else since + 1
                ticks.append(self.row(seen) | self.reprogrammed(rng, timestep, since))
                if out.taken:
                    entering, word = (entering + 1) % params.memory.words, None
                if out.residual_taken:
                    residual = None
                if out.sum_ready:
                    partial = None
        ticks += self.drain(model)
        return rows_from_ticks(self, [*ticks, {}], params.memory.word_bytes)

    def reprogrammed(self, rng: np.random.Generator, timestep: int, since: int) -> dict:
        """Return what a tick loads in the middle of a run: a weight or a scale, now and then.

        `since` is how many ticks before the timestep began, of which a step that is late is none.
        """
        computes = self.params.controller.window < since < self.params.busiest
        if timestep % 5 or computes or rng.random() < 0.5:
            return {}
        weight = int(rng.integers(0, 1 << self.params.weight_bits))
        multiplier, bias = (int(n) for n in self.draw(rng)[1][0])
        return {
            "program_weight": int(rng.random() < 0.7), "weight": weight,
            "program_scale": int(rng.random() < 0.7), "scale": scale_word(multiplier, bias),
        }  # fmt: skip

    def forbidden(self, rows: np.ndarray, expected: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Ask that nothing is loaded while an output may be computed."""
        steps, loads = self.follow(rows)[2], up(rows, "program_weight", "program_scale")
        begun = np.searchsorted(steps, loads, side="right")
        since = loads - np.append(0, steps)[begun]
        computes = (since > self.params.controller.window) & (since < self.params.busiest)
        return {"loaded early in a timestep, or after it": loads[(begun > 0) & computes]}

    def drain(self, model: CoreModel) -> list[dict]:
        """Return timesteps without pixels, until no output is left to compute or to send."""
        ticks, quiet = [], 0
        while quiet < 2:
            quiet += 1
            for tick in range(self.params.busiest):
                seen = CoreIn(step=tick == 0, out_ready=True, skip_ready=True)
                out = model.tick(seen)
                ticks.append(self.row(seen))
                if out.word is not None or out.skip is not None:
                    quiet = 0
        return ticks

    def draw(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw weights and scales."""
        params, half = self.params, 1 << (self.params.weight_bits - 1)
        weights = rng.integers(-half, half, (params.layer.rows, params.layer.outputs))
        spread = 64 * half * params.layer.rows**0.5 / (1 << params.shift)
        scales = np.empty((params.layer.outputs, 2), np.int64)
        scales[:, 0] = np.maximum(1, 60 / spread * rng.uniform(0.5, 1.5, len(scales)))
        scales[:, 1] = rng.integers(-20, 40, len(scales)) << params.shift
        return weights.astype(np.int8), scales

    def partials(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield words of partial sums, at their limits at times."""
        packer = self.params.adder.packer
        half = 128 * ((1 << self.params.weight_bits - 1) - 1) * self.params.rows_before
        while True:
            sums = rng.integers(-half, half, packer.channels)
            limits = rng.choice((-half, half - 1), packer.channels)
            yield from SumPackerModel(packer).words(
                np.where(rng.random(packer.channels) < 0.1, limits, sums)
            )

    def words(self, rng: np.random.Generator, count: int):
        """Yield words of noise."""
        while True:
            for _ in range(count):
                yield rng.integers(0, 256, self.params.memory.word_bytes).astype(np.uint8)

    def row(self, seen: CoreIn) -> dict:
        """Return what the pins show on a tick."""
        row: dict = {"step": int(seen.step), "out_ready": int(seen.out_ready)}
        if seen.word is not None:
            row |= {"in_valid": 1, "in_word": seen.word}
        if seen.residual is not None and self.params.residual_in:
            row |= {"res_valid": 1, "res_word": seen.residual}
        if seen.partial is not None:
            row |= {"sum_valid": 1, "sum_word": seen.partial}
        if self.params.residual_out:
            row["skip_ready"] = int(seen.skip_ready)
        return row

    @once
    def follow(self, rows: np.ndarray) -> tuple[CoreModel, list[CoreOut], np.ndarray]:
        """Run the golden core on what was seen, and on.

        Return it, what it showed, and the ticks on which timesteps began.
        """
        params, model, filled = self.params, CoreModel(self.params), every_tick(rows, REST)
        bytes_ = params.memory.word_bytes
        words = word_rows(filled, "in_word", bytes_)
        residuals = word_rows(filled, "res_word", bytes_) if params.residual_in else words
        partials = word_rows(filled, "sum_word", bytes_) if params.partial_in else words
        weights = signed(filled["weight"], params.weight_bits)
        shown, begins = [], []
        for k, row in enumerate(filled):
            if row["program_weight"]:
                model.crossbar.program(int(weights[k]))
            if params.last and row["program_scale"]:
                scale = int(row["scale"])
                model.processor.program(
                    int(signed(np.array(scale & 0xFFFF), 16)),
                    int(signed(np.array(scale >> 16), 32)),
                )
            seen = CoreIn(
                step=bool(row["step"]),
                word=words[k] if row["in_valid"] else None,
                residual=residuals[k] if params.residual_in and row["res_valid"] else None,
                partial=partials[k] if params.partial_in and row["sum_valid"] else None,
                out_ready=bool(row["out_ready"]),
                skip_ready=params.residual_out and bool(row["skip_ready"]),
            )
            shown.append(model.tick(seen))
            begins += [model.now] * model.controller.began
        return model, shown, np.array(begins, np.int64)

    def expect(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Run the golden core on what was seen; check the input memory's safety on the way."""
        return self.checked(self.follow(rows)[0].trace())

    def checked(self, parts: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the parts, and the violations of input memory and partial sums."""
        found = {**parts, "safety": violations(self.params.memory, parts["memory"])}
        if self.params.partial_in:
            queue = self.params.adder.queue
            found["sum safety"] = queue_violations(queue, parts["partial"])
        return found

    def pins(self, rows: np.ndarray, expected: dict[str, np.ndarray]) -> Pins:
        """Follow both sides of every link; busy with the core's work and while it is loaded."""
        params, (_, shown, _) = self.params, self.follow(rows)
        busy = np.array([out.busy for out in shown])
        busy[up(rows, "program_weight", "program_scale") - 1] = True
        nothing = np.zeros(params.memory.word_bytes, np.uint8)
        found = {
            "in_ready": through([out.in_ready for out in shown]),
            "complete": through([out.complete for out in shown]),
            "late": through([out.late for out in shown]),
            "busy": through(busy),
        }
        if params.residual_in:
            found["res_ready"] = through([out.residual_ready for out in shown])
        if params.partial_in:
            found["sum_ready"] = through([out.sum_ready for out in shown])
        sides = {"out": [out.offered for out in shown]}
        if params.residual_out:
            sides["skip"] = [out.skip_offered for out in shown]
        for side, words in sides.items():
            found[f"{side}_valid"] = through([word is not None for word in words])
            found[f"{side}_word"] = through([nothing if word is None else word for word in words])
        return found

    def free(self, rows: np.ndarray, expected: dict[str, np.ndarray], pins: Pins) -> Pins:
        """Leave a word open while none is offered: the link looks at its `valid`."""
        bits = self.params.word_bits
        sides = ("out", "skip") if self.params.residual_out else ("out",)
        return {f"{side}_word": unless(pins[f"{side}_valid"], bits) for side in sides}

    def split(self, records: np.ndarray) -> dict[str, np.ndarray]:
        """Split the core's word into its parts, and check the circuit's own accesses."""
        parts = {name: layout.select(records, name) for name, layout in self.params.parts}
        return self.checked(parts)

    def check(self, records: dict[str, np.ndarray]) -> None:
        """Check that no read found another pixel than it needs."""
        check_safety(records)

    def coverage(self, rows: np.ndarray, records: dict[str, np.ndarray]) -> dict[str, int]:
        """Every part did something; outputs had to wait."""
        bins = {f"records of {name}": records[name].size for name, _ in self.params.parts}
        bins["a timestep is late"] = at(self.pins(rows, records)["late"], rows["tick"][-1:])[0]
        bins["outputs wait for their link"] = (records["output"]["held"] > 1).sum()
        return bins


def ends_image(model: CoreModel) -> bool:
    """Return whether the next tick is that of an image's last output."""
    place = model.controller.pointer_out
    return model.done == model.now + 1 and place.last_row and place.y == place.width - 1


BENCH = CoreBench
