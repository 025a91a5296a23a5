"""How the output memory is driven."""

import numpy as np

from goldspike.cosim.bench.bench import Bench
from goldspike.cosim.bench.pauses import PAUSE, with_pauses
from goldspike.cosim.bench.stimulus import LONG
from goldspike.cosim.imc.shared.stimulus import rows_from_ticks
from goldspike.model.imc.output_memory import OutputMemoryModel

__all__ = ["OutputMemoryStimulus"]


class OutputMemoryStimulus(Bench):
    """A step is a tick; the link is at rest, slow or quick in turns."""

    steps = 2000

    def stimulus(self, rng: np.random.Generator, steps: int) -> np.ndarray:
        """Push where there is room, offer at times, take as the mood is, for long nothing."""
        params, model = self.params, OutputMemoryModel(self.params)
        ticks: list = [{}]
        breaks_off = False  # whether a pixel has stopped within for long
        word, pushing = np.zeros(params.word_bits // 8, np.uint8), False
        for k in range(steps):
            mood = (0.9, 0.1, 0.0, 1.0)[k // max(60, 2 * params.depth) % 4]
            mood = 0.0 if 0 <= k - steps // 2 < 2 * LONG else mood
            pushing = pushing or (model.room > 0 and rng.random() < 0.5)
            push = pushing and rng.random() < 0.8
            offer, ready = bool(rng.random() < 0.2), bool(rng.random() < mood)
            word = rng.integers(0, 256, params.word_bits // 8).astype(np.uint8)
            model.tick(word if push else None, offer=offer, ready=ready)
            pushing = model.entering > 0
            ticks.append(
                {"push": int(push), "data": word, "offer": int(offer), "ready": int(ready)}
            )
            if pushing and not breaks_off and k > steps // 3:
                breaks_off = True
                ticks += [{}] * PAUSE
        ticks += [{"push": 1, "data": word}] * (-model.entering % params.words)
        ticks += [{"offer": 1}, *[{"ready": 1}] * params.depth]  # everything leaves
        rows = rows_from_ticks(self, [*ticks, {}], params.word_bits // 8)
        return with_pauses(rows, "push", "offer", "ready", count=9)
