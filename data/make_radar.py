"""Turn recorded radar gestures into a data set that ``--data`` takes.

    python data/make_radar.py GESTURES.npz radar.npz

The source has binary micro-Doppler maps ``x`` (n, 16, 16), 0 or 1, their class ``y`` (n,), and
``test`` (n,), which marks those to be tested on. A map is the radar's own 16x16 image (Stuijt 2021,
section 3.3.2, Fig. 9), so each of its 256 cells is an input of the chip: grey 255 where the map is
1, grey 0 elsewhere, and the input coding makes ``rate_max`` and ``rate_min`` of them.
"""

import sys

import numpy as np

from goldspike.model.errors import InputError
from goldspike.model.files import load_npz, save_npz


def convert(source: str, out: str) -> None:
    """Read `source` and write `out`.

    Raises
    ------
    InputError
        If the source does not hold what it should.
    """
    arrays = load_npz(source)
    for key, shape in (("x", (-1, 16, 16)), ("y", (-1,)), ("test", (-1,))):
        if key not in arrays or arrays[key].ndim != len(shape):
            raise InputError(f"{source}: expected x (n, 16, 16), y (n,) and test (n,).")
    x, y, test = (arrays[key] for key in ("x", "y", "test"))
    if x.shape[1:] != (16, 16) or not len(x) == len(y) == len(test):
        raise InputError(f"{source}: expected x (n, 16, 16), y (n,) and test (n,).")
    if not np.isin(x, (0, 1)).all():
        raise InputError(f"{source}: expected only 0 and 1 in x.")
    save_npz(
        out, x=x.astype(np.uint8) * np.uint8(255), y=y.astype(np.uint8), split=test.astype(np.uint8)
    )


def main(arguments: list[str]) -> int:
    """Run the command line."""
    if len(arguments) != 2:
        print("usage: python data/make_radar.py GESTURES.npz OUT.npz", file=sys.stderr)
        return 2
    try:
        convert(*arguments)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
