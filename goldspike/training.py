"""Train a network, with a bar and a checkpoint: what all chips' trainers share."""

import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.guard import guard_files
from goldspike.progress import counting
from goldspike.workloads.checkpoint import Checkpoint
from goldspike.workloads.dataset import digits, load_dataset, prepare
from goldspike.workloads.epochs import EpochParams
from goldspike.workloads.image_training import ImageParams
from goldspike.workloads.settings import Settings
from goldspike.workloads.trainer_settings import made_by, parse_params

__all__ = ["Images", "Show", "Trainer", "checkpoint_path", "following", "read_images", "scored"]

Show = Callable[[int, float | None], None]


class Part(Protocol):
    """The training part of a data set."""

    @property
    def name(self) -> str:
        """What it is called in sentences."""
        ...

    def __len__(self) -> int: ...


P = TypeVar("P", bound=EpochParams)
D = TypeVar("D", bound=Part)
N = TypeVar("N")


def checkpoint_path(out: Path) -> Path:
    """Return where the state of a run is kept while it lasts: ``<out>.checkpoint``."""
    return out.with_name(f"{out.name}.checkpoint") if out.name else out


@contextmanager
def following(name: str, epochs: int, checkpoint: Checkpoint) -> Iterator[Show]:
    """Show a bar of so many epochs; an interrupted run leaves its checkpoint, and says so.

    Raises
    ------
    InputError
        If the data, which are called `name`, do not fit.
    """
    with counting("training", total=epochs, unit="epoch") as bar:

        def show(epoch: int, score: float | None) -> None:
            if bar is None:
                return
            bar.update(epoch - bar.n)
            if score is not None:
                bar.set_postfix(held_back=f"{100 * score:.2f} %")

        try:
            yield show
        except InputError:
            raise
        except ValueError as error:
            raise InputError(f"{name}: {error}") from None
        except KeyboardInterrupt:
            if checkpoint.path.exists():
                from tqdm import tqdm

                tqdm.write(f"{checkpoint.path} keeps what was done; --resume goes on", sys.stderr)
            raise


def sizes_of(net: Any) -> str:
    """Return a network's sizes, as "64-64-10"."""
    return "-".join(map(str, net.sizes))


@dataclass(frozen=True, kw_only=True)
class Trainer(Generic[P, D, N]):
    """How ``goldspike train`` trains one kind of network.

    Parameters
    ----------
    command : str
        What stands after ``goldspike train`` for it, as "truenorth --workload trec".
    make : callable
        Returns the parameters, of those set and the seed.
    settings : Settings
        What ``--set`` may change.
    read : callable
        Takes the data set's path, if any, and the parameters; returns the training part, which has
        a name and a length.
    train : callable
        Takes the part, the parameters, what shows an epoch, and a checkpoint. Returns the network
        and accuracies on the samples held back, by what gave them.
    save : callable
        Takes the file, the network, and who made it of which data.
    shape : callable
        Returns the network in a word, by default its sizes, as "64-64-10".
    of : str
        What the samples are called.
    """

    command: str
    make: Callable[..., P]
    settings: Settings
    read: Callable[[str | None, P], D]
    train: Callable[[D, P, Show, Checkpoint], tuple[N, Mapping[str, float]]]
    save: Callable[[Path, N, Mapping[str, str]], object]
    shape: Callable[[N], str] = sizes_of
    of: str = "images"

    def run(
        self, *, out: Path, data: str | None, seed: int, assignments: Sequence[str], resume: bool
    ) -> list[tuple[str, str]]:
        """Train, write the network to `out`, and return what there is to say about it.

        Equal data, seeds and settings give equal bytes, interrupted or not; only the training part
        of the data is read. While the run lasts, ``<out>.checkpoint`` holds its state.

        Raises
        ------
        InputError
            If anything that was asked for cannot be had; an earlier network stays as it was.
        """
        params = parse_params(self.make, self.settings, assignments, seed)
        guard_files(reads=[data], writes=[out, checkpoint_path(out)])
        part = self.read(data, params)
        checkpoint = Checkpoint(checkpoint_path(out), resume=resume)
        with following(part.name, params.epochs, checkpoint) as show:
            net, scores = self.train(part, params, show, checkpoint)
        meta = {
            "chip": self.command.split()[0],
            "made_by": made_by(self.command, params),
            "data": part.name,
        }
        self.save(out, net, meta)
        checkpoint.remove()
        held = round(params.validation * len(part))
        return [
            ("network", f"{out}, {self.shape(net)}"),
            ("data", f"{part.name}, {len(part)} {self.of}, {held} of them held back"),
            *((by, f"{100 * v:.2f} % of the {self.of} held back") for by, v in scores.items()),
        ]


@dataclass(frozen=True)
class Images:
    """The training part of a data set, scaled to a network's inputs: x (n, inputs), y (n,)."""

    name: str
    x: NDArray[np.uint8]
    y: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.y)


def read_images(data: str | None, params: ImageParams) -> Images:
    """Read a data set (folder of IDX files or .npz); the shipped digits without a path.

    Raises
    ------
    InputError
        If it cannot be had, or the network's inputs are no square.
    """
    side = math.isqrt(params.sizes[0])
    if side * side != params.sizes[0]:
        raise InputError(f"Expected a square number of inputs for images, not {params.sizes[0]}.")
    part = load_dataset(data, "train") if data else digits("train")
    return Images(part.name, prepare(part.x, side), part.y)


def scored(
    train: Callable[..., tuple[N, float | None]], by: str
) -> Callable[[Images, Any, Show, Checkpoint], tuple[N, Mapping[str, float]]]:
    """Return a trainer of images whose one accuracy has a name."""

    def run(
        part: Images, params: Any, show: Show, checkpoint: Checkpoint
    ) -> tuple[N, Mapping[str, float]]:
        net, score = train(part.x, part.y, params, show, checkpoint)
        return net, {} if score is None else {by: score}

    return run
