"""HDF5 files looked through before they are read: in a process of their own, and within limits.

HDF5 does not survive every damaged file, opens other files if one says so (a pipe, a device), and
unpacks what is much larger than the file.
"""

from pathlib import Path

from goldspike.model.child import failure_in_child
from goldspike.model.errors import InputError
from goldspike.model.limits import room
from goldspike.model.reading import require_file

__all__ = ["check_hdf5"]

_WALK = """
import sys, h5py
path, most, size = sys.argv[1], int(sys.argv[2]), 0
def see(name, item):
    global size
    outside = getattr(item, "is_virtual", False) or getattr(item, "external", None)
    if isinstance(item, h5py.ExternalLink) or outside:
        return f"{name} lies in another file"
    if getattr(item, "shape", None) is not None:
        size += item.nbytes
with h5py.File(path, "r") as file:
    found = file.visititems_links(see) or file.visititems(see)
if found:
    sys.exit(found)
if size > most:
    sys.exit(f"its arrays take {size} bytes of memory, but at most {most} are allowed")
"""


def check_hdf5(path: Path, what: str, then: str = "") -> None:
    """Look through an HDF5 file.

    Parameters
    ----------
    path : path
    what : str
        What is expected, such as "an intact HDF5 file"; for the sentence.
    then : str
        Python code that reads the file `path`, tried afterwards.

    Raises
    ------
    InputError
        If there is no such file, it is damaged, its arrays need too much memory or lie elsewhere,
        or `then` fails.
    """
    require_file(path, what)
    failure = failure_in_child(_WALK + then, str(path.resolve()), str(room()))
    if failure:
        failure = "it is cut short" if "truncated file" in failure else failure
        raise InputError(f"{path}: expected {what} ({failure}).")
