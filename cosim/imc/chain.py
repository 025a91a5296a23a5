"""Bench of the chain: every access, sum, word and answer of all cores, on whole images."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from goldspike.cosim.bench.bench import Bench, Choose
from goldspike.cosim.bench.checks import Checks
from goldspike.cosim.bench.once import once, remember
from goldspike.cosim.bench.pins import Course, held, steady, strobes, through
from goldspike.cosim.bench.stimulus import every_tick, up
from goldspike.cosim.imc.core import REST, CoreBench, square
from goldspike.cosim.imc.fully_connected import opened
from goldspike.cosim.imc.shared.images import Images
from goldspike.cosim.imc.shared.networks import image_words, loading, set_single_bits
from goldspike.cosim.imc.shared.reloads import Followed, Reload
from goldspike.cosim.imc.shared.safety import check_safety, violations
from goldspike.cosim.imc.shared.stimulus import rows_from_ticks, scale_word, word_rows
from goldspike.cosim.imc.shared.varied import vary_chain
from goldspike.hdl.imc.chain import Chain
from goldspike.model.imc.chain import ChainModel, ChainParams, CoreWeights, Weights
from goldspike.model.imc.core import CoreParams
from goldspike.model.imc.input_memory import STORE

__all__ = ["BENCH", "ChainBench"]

TONES = ((-128, 128), (-128, 0), (0, 128))
"""Of the images that follow each other: not all of them are of one class."""
LOADS = ("program_weight", "program_scale", "value")
AFTER = 2
"""Images that follow a timestep that begins too early at the end; more where there are stalls."""


class ChainBench(Bench):
    """A step is an image; pixels come on end, and later with gaps; timesteps are broken off."""

    rtl = Chain
    configs: ClassVar = {
        "residual": ChainParams(
            layers=(square(4, 1, 3, stride=2), square(2, 3, 3), square(2, 3, 3)),
            shifts=(5, 8, 8),
            residuals=((1, 2, 64),),
            classes=3,
            word_bits=16,
            depth=24,
            rows_per_tick=5,
            weight_bits=4,
        ),
        "parallel": ChainParams(
            layers=(square(4, 2, 3), square(4, 3, 2, kernel=1, padding=0)),
            shifts=(5, 4),
            classes=2,
            word_bits=16,
            depth=24,
            rows_per_tick=9,
            weight_bits=3,
            replicas=(2, 2),
        ),
        "stalling": ChainParams(
            layers=(square(2, 1, 2), square(2, 2, 1, kernel=1, padding=0)),
            shifts=(5, 5),
            classes=2,
            word_bits=8,
            depth=12,
            rows_per_tick=3,
            weight_bits=3,
        ),
    }
    large: ClassVar = {
        "2x2": ChainParams(
            layers=(square(2, 1, 1, kernel=1, padding=0), square(2, 1, 1, kernel=1, padding=0)),
            shifts=(3, 3), residuals=((0, 1, 64),), classes=2, word_bits=8, depth=4,
            rows_per_tick=1, weight_bits=3,
        ),
        "mixed": ChainParams(
            layers=(square(2, 3, 2), square(2, 2, 3, kernel=1, padding=0)),
            shifts=(5, 3), residuals=((0, 1, 40),), classes=3, word_bits=8, depth=18,
            rows_per_tick=4, weight_bits=3,
        ),
    }  # fmt: skip
    """Small, with a residual; in `mixed`, which is mutated, no two cores do the same."""
    stalls: ClassVar = {"stalling": 12, "2x2": 12, "mixed": 12}
    """Images that are sent while answers are taken at times only."""
    networks: ClassVar = {"mixed": 20}
    """Further networks that are loaded, for an image each."""
    hasty: ClassVar = {"parallel"}
    """Where a timestep begins too early before all images, not before the last."""
    tardy: ClassVar[int | None] = None
    """The core that is late then, alone; None: one by chance, as `late` stays up."""
    published = "residual"
    checks = Checks(
        group="core, chain",
        assembled=True,
        gates="parallel",
        mutants=("mixed",),
        synthesis="parallel",
        vectors=("parallel", 12),
        joined=True,
        random=0,
    )
    shown = "parallel"
    steps = 4
    least_steps = 2

    @classmethod
    def vary(cls, choose: Choose) -> dict[str, Any]:
        """Choose a small chain."""
        return vary_chain(choose)

    @property
    def cores(self) -> Sequence[CoreParams]:
        """The cores."""
        return self.params.cores

    @property
    def layers(self) -> Sequence[CoreParams]:
        """A core for each whole layer."""
        return self.cores

    @property
    def per_step(self) -> int:
        """Pixels that are taken in a timestep."""
        return self.params.replicas[0]

    def make_model(self, weights: Weights) -> Any:
        """Return the golden model."""
        return ChainModel(self.params, weights)

    def words(self, image: np.ndarray) -> np.ndarray:
        """Return an image as it comes, uint8 (pixels, words, word_bytes)."""
        return image_words(image, self.params.word_bits // 8)

    def loading(self, weights: Weights) -> list[dict]:
        """Return the ticks that load a network."""
        return loading(self.params, weights, self.cores, weights.cores)

    def draw(self, rng: np.random.Generator) -> Weights:
        """Draw a network."""
        drawn = []
        for core in self.layers:
            bench = CoreBench("drawn", core)
            weights, scales = bench.draw(rng)
            drawn.append(CoreWeights(weights, scales[:, 0], scales[:, 1]))
        classes, half = self.params.classes, 1 << (self.params.weight_bits - 1)
        shape = (self.layers[-1].layer.outputs, classes)
        matrix = rng.integers(-half, half, shape).astype(np.int8)
        return Weights(drawn, matrix, rng.integers(-50, 50, classes))

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Load a network, then send images of noise, and one for which the last class answers.

        In some configurations a timestep begins too early before all of them, so that resets
        follow, too; in others before the last two.
        """
        images = Images(self, rng, self.draw(rng), self.reload(rng))
        stalled = steps + self.stalls.get(self.config, 0)
        further = stalled + self.networks.get(self.config, 0)
        wanted = int(rng.integers(len(self.cores))) if self.tardy is None else self.tardy
        if self.config in self.hasty:
            images.late(wanted)
        for image in range(further + 1):
            if image >= stalled:
                images.empty()
                if image == stalled:
                    images.load_all()
                images.load(self.other(rng) if image < further else self.favouring())
            images.send(
                self.image(rng, image),
                mood=1.0 if image != steps - 1 else 0.6,
                stalls=steps <= image < stalled,
                reloads=0 < image < stalled,
            )
        images.empty()
        if self.config not in self.hasty:
            images.late(wanted)
            for image in range(max(AFTER, stalled - steps)):
                images.send(self.image(rng, image), stalls=True, reloads=True)
            images.empty()
        images.rest(self.params.timestep + 1)
        rows = rows_from_ticks(self, images.ticks, self.params.word_bits // 8)
        images.rest(REST)
        remember(self, "follow", images.followed.seen, rows)
        return rows

    def image(self, rng: np.random.Generator, number: int) -> np.ndarray:
        """Return an image of noise as it comes."""
        layer = self.layers[0].layer
        shape = (layer.height, layer.width, layer.channels)
        pixels = rng.integers(*TONES[number % len(TONES)], shape)
        return self.words(pixels.astype(np.int8))

    def reload(self, rng: np.random.Generator) -> Reload:
        """Return what loads other numbers, whatever goes on."""
        scales = [CoreBench("drawn", core).draw(rng)[1] for core in self.layers]
        values = [scale_word(*scale) for scale in np.concatenate(scales).tolist()]
        return Reload(
            self.cores, self.params.fully_connected if self.params.classes else None, values
        )

    def other(self, rng: np.random.Generator) -> list[dict]:
        """Return what loads another network, some of whose numbers are single bits."""
        drawn = self.draw(rng)
        set_single_bits(rng, drawn)
        return self.loading(drawn)

    def favouring(self) -> list[dict]:
        """Return what loads biases with which the last class answers."""
        classes, place = self.params.classes, 1 << len(self.cores)
        biases = [0] * (classes - 1) + [1 << 20] * (classes > 0)
        return [{"program_scale": place, "value": bias} for bias in biases]

    @property
    def drain(self) -> int:
        """Timesteps that are enough for everything to leave.

        A memory of narrow images keeps several of them, and an image may have more outputs than
        pixels.
        """
        layers = [core.layer for core in self.layers]
        images = [layer.kernel // layer.width + 2 for layer in layers]
        made = [layer.height_out * layer.width_out for layer in layers]
        return 8 + sum(n * outputs + 4 for n, outputs in zip(images, made, strict=True))

    def row(self, word: np.ndarray | None) -> dict:
        """Return what the pins show on a tick."""
        return {"run": 1} if word is None else {"run": 1, "in_valid": 1, "in_word": word}

    def followed(self) -> Followed:
        """Return the golden model after a reset, with nothing loaded."""
        params = self.params
        layers = [core.layer for core in self.layers]
        blank = Weights(
            [
                CoreWeights(np.zeros((k.rows, k.outputs), np.int8), *np.zeros((2, k.outputs), int))
                for k in layers
            ],
            np.zeros((layers[-1].outputs, params.classes), np.int8),
            np.zeros(params.classes, np.int64),
        )
        return Followed(self.make_model(blank), params.timestep)

    @once
    def follow(self, rows: np.ndarray) -> tuple[Any, np.ndarray]:
        """Load and run what was seen, and on; return the chain, and what it showed per tick.

        The stimulus of a run has done so tick by tick, and leaves it here.
        """
        filled, followed = every_tick(rows, REST), self.followed()
        words = word_rows(filled, "in_word", self.params.word_bits // 8)
        for k, row in enumerate(filled):
            run, stall = bool(row["run"]), bool(row["stall"])
            loads = {name: int(row[name]) for name in LOADS}
            followed.begin(run=run)
            followed.tick(words[k] if row["in_valid"] else None, run=run, stall=stall, **loads)
        return followed.seen

    def forbidden(self, rows: np.ndarray, expected: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Ask that no part is loaded while its numbers may be in use."""
        wrong = self.follow(rows)[1][:, 3]
        return {"a part is loaded early in a timestep, or at rest": 1 + np.flatnonzero(wrong)}

    def expect(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Load and run what was seen."""
        return self.checked(self.follow(rows)[0].trace())

    def pins(self, rows: np.ndarray, expected: dict[str, np.ndarray]) -> dict[str, Course]:
        """Follow both ends; busy while it runs, with any part's work, and while it is loaded."""
        ready, late, busy, _ = self.follow(rows)[1].T.copy()
        busy[up(rows, "program_weight", "program_scale") - 1] = True
        ends = {"answered": steady(0), "answer": steady(0)}
        if self.params.classes:
            answers = expected["answer"][expected["answer"]["answered"] == 1]
            ends["answered"] = strobes(answers["tick"] + 1)
            ends["answer"] = held(answers["tick"], answers["answer"])
        return {
            "in_ready": through(ready), "late": through(late), "busy": through(busy), **ends,
        }  # fmt: skip

    def free(
        self, rows: np.ndarray, expected: dict[str, np.ndarray], pins: dict[str, Course]
    ) -> dict[str, Course]:
        """Leave the answer open while another is worked out: who reads it waits for `answered`."""
        if not self.params.classes:
            return {}
        bits = max(1, (self.params.classes - 1).bit_length())
        return {"answer": opened(expected["answer"], bits)}

    def split(self, records: np.ndarray) -> dict[str, np.ndarray]:
        """Split the chain's word into cores, and those into their parts."""
        found = {}
        for name, layout in self.params.parts:
            part = layout.select(records, name)
            if name.startswith("core"):
                for inner, inside in self.cores[int(name[4:])].parts:
                    found[f"{name}.{inner}"] = inside.select(part, inner)
            else:
                found[name] = part
        return self.checked(found)

    def checked(self, parts: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the parts, and every input memory's violations."""
        safety = {
            f"core{k}.safety": violations(core.memory, parts[f"core{k}.memory"])
            for k, core in enumerate(self.cores)
        }
        return {**parts, **safety}

    def check(self, records: dict[str, np.ndarray]) -> None:
        """Check that no read found another pixel than it needs."""
        check_safety(records)

    def coverage(self, rows: np.ndarray, records: dict[str, np.ndarray]) -> dict[str, int]:
        """Every part did something, and safely."""
        bins = {
            f"records of {name}": found.size
            for name, found in records.items()
            if not name.endswith("safety")
        }
        late = [core.controller.late for core in self.follow(rows)[0].cores]
        bins["one core is late, and no other"] = int(sum(late) == 1)
        if not self.params.classes:
            return bins
        answers = int(records["answer"]["answered"].sum())
        bins["two answers"] = int(answers > 1)
        if self.config in self.stalls:
            filled = every_tick(rows)
            layer, words = self.layers[0].layer, self.cores[0].memory.words
            pixels = (records["core0.memory"]["kind"] == STORE).sum() // words
            blank = np.zeros((layer.height, layer.width, layer.channels), np.int8)
            taken = pixels * self.words(blank).shape[1]
            waits = int(filled["in_valid"].sum() - taken) // self.params.timestep
            bins["timesteps in which the first core takes nothing"] = waits
            images = pixels // (layer.height * layer.width)  # the last one may break off
            bins["every image has its answer"] = int(answers == images)
        return bins


BENCH = ChainBench
