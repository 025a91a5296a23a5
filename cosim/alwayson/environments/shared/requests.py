"""Handshakes in four phases: who answers requests, and who makes them."""

from collections.abc import Callable, Iterator

from goldspike.cosim.bench.environment import Partner, Seen
from goldspike.model.errors import LockstepError

__all__ = ["Requests", "Served", "answer", "ask", "eager"]

EAGER = ((1.0, 0.3), (0.3, 0.05), (0.1,))
"""Moods of neurons: some hardly ever rest, some hardly ever ask."""


def eager(line: int) -> tuple[float, ...]:
    """Return the moods of a neuron."""
    return EAGER[line % len(EAGER)]


class Requests:
    """The account of requests: each stays up until its Ack, and waits for the one before."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked = self.served = self.phases = 0
        self.stage = ""

    @property
    def moves(self) -> int:
        """Phases that began."""
        return self.phases

    @property
    def open(self) -> str:
        """What a handshake waits for."""
        return f"{self.name}: {self.stage}" if self.stage else ""

    def go(self, stage: str) -> None:
        """Go on to the next phase."""
        self.stage = stage
        self.phases += 1


def answer(requests: Requests, willing: Iterator[bool], line: int = 0) -> Partner:
    """Raise Ack after a request, and lower it once the request is down, each in its own time."""
    ack, up = 0, False
    while True:
        seen = yield {"ack": ack << line}
        before, up = up, bool(seen["request"] >> line & 1)
        if up and not before:
            requests.asked += 1
            if ack:
                raise LockstepError(f"{requests.name}: it asks while the Ack before is up")
            requests.go("a request waits for its Ack")
        if before and not up:
            if not ack:
                raise LockstepError(f"{requests.name}: request {requests.asked} falls without Ack")
            requests.go("an Ack is to fall")
        if up and not ack and next(willing):
            ack = 1
            requests.served += 1
            requests.go("a request is to fall after its Ack")
        elif ack and not up and next(willing):
            ack = 0
            requests.go("")


class Served:
    """The account of those who ask: each is served once for every time it asks."""

    def __init__(self, lines: int, times: int) -> None:
        self.asks, self.acks, self.served = ([0] * lines for _ in range(3))
        self.lines, self.times = lines, times
        self.at_rest = True

    @property
    def moves(self) -> int:
        """How often anyone asked, was served or had an Ack that is over."""
        return sum(self.asks) + sum(self.acks) + sum(self.served)

    @property
    def open(self) -> str:
        """Who has not asked often enough, or waits."""
        waits = [
            f"row {line}: asks {asks}, served {served}, Acks {acks}"
            for line, (asks, served, acks) in enumerate(
                zip(self.asks, self.served, self.acks, strict=True)
            )
            if not asks == served == acks == self.times
        ]
        return ", ".join([*waits, *([] if self.at_rest else ["not at rest"])])

    def serve(self, line: int) -> None:
        """Note that a line was served.

        Raises
        ------
        LockstepError
            If it did not ask, or was served before.
        """
        self.served[line] += 1
        if self.served[line] > self.asks[line]:
            raise LockstepError(f"row {line} is served {self.served[line]} times, "
                                f"and asked {self.asks[line]} times")  # fmt: skip


def ask(
    account: Served, willing: Iterator[bool], line: int, pauses: Callable[[], bool] = bool
) -> Partner:
    """Ask as often as it is due: up until there is an Ack, down until there is none.

    While somebody `pauses` those who ask, nobody begins to.
    """
    seen = yield {}
    for _ in range(account.times):
        while pauses() or not next(willing):
            seen = yield {}
            if acknowledged(seen, line):
                raise LockstepError(f"row {line} has an Ack and has not asked")
        account.asks[line] += 1
        seen = yield {"request": 1 << line}
        while not acknowledged(seen, line):
            seen = yield {"request": 1 << line}
        while not next(willing):
            seen = yield {"request": 1 << line}
            if not acknowledged(seen, line):
                raise LockstepError(f"row {line}: its Ack falls while it still asks")
        seen = yield {}
        while acknowledged(seen, line):
            seen = yield {}
        account.acks[line] += 1
    while True:
        seen = yield {}
        if acknowledged(seen, line):
            raise LockstepError(f"row {line} has an Ack and has not asked")


def acknowledged(seen: Seen, line: int) -> bool:
    """Return whether a line has an Ack; no other line has one then."""
    own = seen["ack"] >> line & 1
    if own and seen["ack"] != 1 << line:
        raise LockstepError(f"row {line} and others have Acks at once: {seen['ack']:#x}")
    return bool(own)
