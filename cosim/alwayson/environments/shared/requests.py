"""Who answers a request: the other side of a handshake in four phases."""

from collections.abc import Iterator

from goldspike.cosim.bench.environment import Partner
from goldspike.model.errors import LockstepError

__all__ = ["Requests", "answer"]


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
