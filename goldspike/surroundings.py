"""What the program finds around itself: streams, signals, limits, variables.

Everything here is about the process as a whole, and is done by the command line alone.
"""

import atexit
import codecs
import errno
import gc
import io
import locale
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from goldspike.model.errors import InputError
from goldspike.model.paths import BUILD, ROOT
from goldspike.model.reading import reason

__all__ = ["Terminated", "drop_output", "output_lost", "prepare", "terminable"]

FEWEST_FILES, FILES = 64, 512
"""Open files below which nothing is started, and which are asked for where there are fewer."""

LEAST_MEMORY = 512 << 20
"""Bytes of memory below which nothing is started."""

SELDOM = (50_000, 20, 20)
"""New objects after which to look for unused ones, and how often among older ones."""

PLAIN = {"µ": "u", "×": "x", "–": "-", "≥": ">=", "≤": "<=", "…": "...", "→": "->"}
"""What stands for a character where the terminal has none."""

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

THREADS = ("NUMBA_NUM_THREADS",)
"""Variables that libraries read as numbers, and end with a traceback if they are none."""


class Terminated(BaseException):
    """The process was asked to end: like an interrupt, so that everything is cleared away."""


class Output(io.TextIOWrapper):
    """The standard output, which remembers that something could not be written."""

    lost: OSError | None = None

    @classmethod
    def instead_of(cls, stream: io.TextIOWrapper) -> "Output":
        """Return a stream that takes over another's file."""
        options: dict[str, Any] = {
            "encoding": stream.encoding,
            "line_buffering": stream.line_buffering,
            "write_through": stream.write_through,
        }
        return cls(stream.detach(), errors="goldspike", **options)

    def write(self, text: str) -> int:
        """Write text; argparse, for one, does not care whether that worked."""
        try:
            return super().write(text)
        except BrokenPipeError:
            raise
        except OSError as error:
            self.lost = error
            raise


def prepare() -> None:
    """Make the process ready for the program.

    Raises
    ------
    InputError
        If it cannot run here.
    """
    with_utf8()
    collect_seldom()
    for number in range(3):
        reserve(number)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    codecs.register_error("goldspike", plain)
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors="goldspike")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout = Output.instead_of(sys.stdout)
    os.environ.setdefault("PATH", os.defpath)
    os.environ["MPLBACKEND"] = "agg"  # charts are files; another may not be there, or need a screen
    # BLAS starts them as NumPy is imported; on such small matrices they would wait for each other
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for name in THREADS:
        text = os.environ.get(name)
        if text is not None and not (text.isdecimal() and text.strip("0")):
            raise InputError(f"{name}: expected a whole number, at least 1, not {text!r}.")
    # of its other variables, Numba passes over what it cannot read, but prints a traceback
    warnings.filterwarnings("ignore", "Environment variable 'NUMBA_")
    if not os.access(ROOT / "model", os.W_OK):  # where Numba would keep what it compiles
        os.environ.setdefault("NUMBA_CACHE_DIR", str(BUILD / "numba"))
    require_files()
    require_memory()


def collect_seldom() -> None:
    """Look for unused objects after many new ones, and not at all at the end.

    What the modules make stays, and Numba's are many: looking through them again and again takes a
    third of the time of a short run.
    """
    gc.set_threshold(*SELDOM)
    atexit.register(gc.freeze)


def with_utf8() -> None:
    """Start again with UTF-8 for files where the locale says something else.

    What is printed keeps the terminal's encoding.
    """
    if sys.flags.utf8_mode or codecs.lookup(locale.getpreferredencoding(False)).name == "utf-8":
        return
    if sys.stdout is not None:
        os.environ.setdefault("PYTHONIOENCODING", sys.stdout.encoding)
    arguments = [sys.executable, "-X", "utf8", *sys.orig_argv[1:]]
    os.environ["PYTHONUTF8"] = "1"  # and for every Python that this one starts
    os.execv(sys.executable, arguments)


def plain(error: UnicodeError) -> tuple[str, int]:
    """Return what is printed for characters that the terminal does not have."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(PLAIN.get(c, "?") for c in text), error.end


def reserve(number: int) -> None:
    """Open a standard stream's number on nothing if it is closed: a file would get it."""
    try:
        os.fstat(number)
    except OSError:
        os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free


def require_files() -> None:
    """Make sure that enough files can be open at once.

    Raises
    ------
    InputError
        If they cannot.
    """
    with suppress(ImportError):  # not on Windows
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != resource.RLIM_INFINITY and soft < FILES:
            wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
            with suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
            if soft < FEWEST_FILES:
                raise InputError(
                    f"expected a limit of at least {FEWEST_FILES} open files (ulimit -n), "
                    f"not {soft}."
                )


GRACE_S = 5.0
"""Time that a run has to clear away after it was asked to end."""


def require_memory() -> None:
    """Make sure that the libraries have room: some of them end the process if they have not.

    Raises
    ------
    InputError
        If they have not.
    """
    with suppress(ImportError):  # not on Windows
        import resource

        limits = {"-v": resource.RLIMIT_AS, "-d": resource.RLIMIT_DATA}
        for option, kind in limits.items():
            soft = resource.getrlimit(kind)[0]
            if soft != resource.RLIM_INFINITY and soft < LEAST_MEMORY:
                raise InputError(
                    f"expected a limit of at least {LEAST_MEMORY >> 20} MiB of memory "
                    f"(ulimit {option}), not {soft >> 20}."
                )


@contextmanager
def terminable() -> Iterator[None]:
    """Turn requests to end into :class:`Terminated`, unless the caller ignores them.

    Python heeds a signal between two of its own instructions only, and compiled code may take long:
    what has not ended :data:`GRACE_S` after it is ended as if killed. What it leaves is cleared
    away by the next run.
    """

    def end(number: int, _: FrameType | None) -> None:
        raise Terminated(number)

    before = {}
    for number in (signal.SIGTERM, signal.SIGHUP):
        with suppress(ValueError):  # only the main thread may
            if signal.getsignal(number) == signal.SIG_DFL:
                before[number] = signal.signal(number, end)
    try:
        with ended_late():
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def ended_late() -> Iterator[None]:
    """End the process some time after a signal, unless the block has ended by then."""
    heard, signalled = os.pipe()
    os.set_blocking(signalled, False)
    done = threading.Event()

    def wait() -> None:
        with open(heard, "rb", buffering=0) as signals:
            while byte := signals.read(1):
                if byte[0] in ENDING and not done.wait(GRACE_S):
                    os.write(2, b"goldspike: interrupted\n")
                    os._exit(128 + byte[0])

    before = signal.set_wakeup_fd(signalled, warn_on_full_buffer=False)
    with suppress(RuntimeError):  # no thread can be had: then nobody hurries
        threading.Thread(target=wait, daemon=True).start()
    try:
        yield
    finally:
        done.set()
        signal.set_wakeup_fd(before)
        os.close(signalled)  # `wait` reads the end of it


def output_lost() -> str | None:
    """Write what is left to print; return why that is impossible, or None.

    A reader that has gone away, such as ``head``, is no loss.
    """
    if sys.stdout is None:
        return reason(OSError(errno.EBADF, os.strerror(errno.EBADF)))
    lost = getattr(sys.stdout, "lost", None)
    if lost is not None:
        return reason(lost)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        drop_output()
    except OSError as error:
        return reason(error)
    return None


def drop_output() -> None:
    """Let everything that is still to be printed vanish."""
    if sys.stdout is not None:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
