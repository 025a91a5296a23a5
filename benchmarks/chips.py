"""How long the always-on chip's golden model takes for a set of images, beside µBrain's model.

Both run the same images, each with the network that ships for them and its own input coding, in one
process, on one core and in turns; input coding is part of it. Seconds are of processor time,
medians over the turns. Prints a table and writes ``build/bench/chips.json``.
"""

import argparse
import os
import statistics
import sys
import time

from threadpoolctl import threadpool_limits

from goldspike.charts import text_table
from goldspike.chip import RunsNetworks
from goldspike.chips import find_chip
from goldspike.model.files import write_json
from goldspike.model.paths import BUILD, ROOT

TURNS = 3
ASKED = 40
"""How many times µBrain's processor time the other may take."""
NETS = {
    "mubrain": ("nets/digits.npz", "nets/mnist.npz"),
    "alwayson": ("nets/alwayson_digits.npz", "nets/alwayson_mnist.npz"),
}
"""For the digits that ship, and for MNIST."""


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", help="a folder of MNIST; default: the digits that ship")
    parser.add_argument("--samples", type=int, default=200)
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

    jobs, right, count = {}, {}, arguments.samples
    spent: dict[str, list[float]] = {name: [] for name in NETS}
    for name, nets in NETS.items():
        chip = find_chip(name, RunsNetworks)
        network = chip.load(ROOT / nets[bool(arguments.data)], chip.choose())
        data = chip.data(arguments.data)
        count = min(count, len(data))
        jobs[name] = (network, data, network.inputs(data), network.start("model"))
    with threadpool_limits(1):
        for turn in range(TURNS + 1):
            for name, (network, data, images, engine) in jobs.items():
                begin = time.process_time()
                results = list(engine.run(images, 0, count))
                if turn:  # the first turn warms up
                    spent[name].append(time.process_time() - begin)
                found = network.summarise(results, data.y[:count])
                right[name] = next(iter(found["accuracy"].values()))

    seconds = {name: statistics.median(times) for name, times in spent.items()}
    times = statistics.median(
        a / b for a, b in zip(spent["alwayson"], spent["mubrain"], strict=True)
    )
    rows = [
        (name, f"{1e3 * seconds[name] / count:.3f}", f"{100 * right[name]:.2f}", factor)
        for name, factor in (("mubrain", "1"), ("alwayson", f"{times:.1f}"))
    ]
    print(text_table(("golden model", "ms per image", "accuracy %", "of mubrain"), rows))
    print(f"at most {ASKED} times µBrain's are asked for: {'met' if times <= ASKED else 'missed'}")
    report = {
        "data": arguments.data or "digits", "samples": count, "times": times,
        "ms_per_image": {name: 1e3 * value / count for name, value in seconds.items()},
    }  # fmt: skip
    write_json(BUILD / "bench" / "chips.json", report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
