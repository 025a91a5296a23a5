"""Events in HDF5: one recording, or a labelled set in the layout of SHD and SSC.

Ref: Cramer et al., "The Heidelberg spiking data sets for the systematic evaluation of spiking
neural networks", IEEE TNNLS 33 (2022): ``spikes/times`` (seconds) and ``spikes/units``, one array
of each per sample, and ``labels``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldspike.model.errors import InputError
from goldspike.model.hdf5 import check_hdf5
from goldspike.workloads.recordings.arrays import structured
from goldspike.workloads.recordings.columns import Column, from_columns, known_column
from goldspike.workloads.recordings.events import Events

__all__ = ["HDF5", "SpikeSet", "is_spike_set", "read_hdf5", "read_spike_set"]

HDF5 = b"\x89HDF\r\n\x1a\n"
"""First bytes of the format."""

_PLACES = ("", "events", "CD/events", "davis/left/events", "prophesee/left")
"""Groups in which the columns of one recording are looked for."""


@dataclass(frozen=True, eq=False)
class SpikeSet:
    """Labelled samples of one file.

    Attributes
    ----------
    samples : tuple of Events
        By address; times from the file, in nanoseconds.
    labels : int64 (samples,)
    """

    samples: tuple[Events, ...]
    labels: NDArray[np.int64]


def is_spike_set(path: Path) -> bool:
    """Say whether an HDF5 file has the layout of SHD and SSC."""
    with opened(path) as file:
        return _is_spike_set(file)


def read_hdf5(path: Path, unit: str | None = None, columns: str | None = None) -> Events:
    """Read the one recording of an HDF5 file: datasets named like columns, or a compound one.

    Raises
    ------
    InputError
        If the package is missing, the file is damaged, or no such columns are found.
    """
    with opened(path) as file:
        if _is_spike_set(file):
            count = len(file["labels"]) if "labels" in file else len(file["spikes/times"])
            raise InputError(
                f"{path}: expected one recording, but it is a set of {count} samples; it runs as a "
                "labelled set."
            )
        for place in _PLACES:
            group = file if not place else file.get(place)
            if group is None:
                continue
            if not hasattr(group, "items"):
                return structured(path, _all(path, group), unit, columns)
            found: dict[str, tuple[Column, NDArray[Any]]] = {}
            for name, item in group.items():
                column = known_column(name)
                if column and getattr(item, "ndim", 0) == 1:
                    found[column.meaning] = column, _all(path, item)
            if "t" in found:
                return from_columns(path, found, unit)
        names = ", ".join(list(file)[:8])
    raise InputError(
        f"{path}: expected an HDF5 file with t, x, y, p, at its root or in events, or spikes/times "
        f"and spikes/units, but its members are {names}."
    )


def read_spike_set(path: Path) -> SpikeSet:
    """Read all samples of a file in the layout of SHD and SSC.

    Raises
    ------
    InputError
        If samples and labels do not fit, or a sample has no spike.
    """
    with opened(path) as file:
        times, units = _all(path, file["spikes/times"]), _all(path, file["spikes/units"])
        if "labels" not in file:
            raise InputError(f"{path}: expected labels beside the spikes, but there are none.")
        labels = _all(path, file["labels"])
    if not times.ndim == units.ndim == labels.ndim == 1:
        raise InputError(f"{path}: expected one array per sample, and one label.")
    if not len(times) == len(units) == len(labels):
        raise InputError(
            f"{path}: expected as many times, units and labels, but they are {len(times)}, "
            f"{len(units)} and {len(labels)}."
        )
    if not len(labels):
        raise InputError(f"{path}: expected at least one sample.")
    if labels.dtype.kind not in "iu" or (labels.size and labels.min() < 0):
        raise InputError(f"{path}: expected whole numbers from 0 in labels.")
    samples = []
    for k, (time, unit) in enumerate(zip(times, units, strict=True)):
        columns = {
            "t": (Column(f"spikes/times of sample {k}", "t", unit="s"), np.asarray(time)),
            "address": (Column(f"spikes/units of sample {k}", "address"), np.asarray(unit)),
        }
        samples.append(_sorted(from_columns(path, columns, None)))
    return SpikeSet(tuple(samples), labels.astype(np.int64))


def _sorted(events: Events) -> Events:
    """Sort a sample by time: the set's half floats leave some of its spikes out of order."""
    order = np.argsort(events.t, kind="stable")
    assert events.address is not None
    return Events(events.t[order], events.address[order])


def _is_spike_set(file: Any) -> bool:
    return "spikes/times" in file and "spikes/units" in file


def _all(path: Path, item: Any) -> NDArray[Any]:
    """Return a dataset whole."""
    if getattr(item, "shape", None) is None:
        raise InputError(f"{path}: expected an array as {item.name}.")
    try:
        return np.asarray(item[()])
    except OSError as error:  # a filter that is not installed, such as Prophesee's ECF
        raise InputError(
            f"{path}: expected data that HDF5 can unpack by itself, but {item.name} needs a filter "
            f"that is not there ({str(error).splitlines()[0]})."
        ) from None


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open an HDF5 file; whatever is wrong with it is one sentence."""
    try:
        import h5py
    except ImportError:
        raise InputError(
            f"{path}: HDF5 files need the package h5py, which is not installed; it comes with the "
            "extra 'nir'."
        ) from None
    check_hdf5(path, "an intact HDF5 file")
    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, RuntimeError, KeyError) as error:
        said = " ".join(str(error).split())
        raise InputError(f"{path}: expected an intact HDF5 file ({said}).") from None
