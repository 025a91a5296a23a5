"""Around a synapse arbiter: neurons that ask until they have their Ack, and pulses at any pace."""

from typing import ClassVar

from goldspike.cosim.alwayson.environments.shared.requests import Served, ask, eager
from goldspike.cosim.bench.environment import Drive, Environment, Partner
from goldspike.cosim.bench.partners import control, whims
from goldspike.model.alwayson.synapse_arbiter import SynapseArbiterParams
from goldspike.model.errors import LockstepError

__all__ = ["ENVIRONMENT", "SynapseArbiterEnvironment"]

TIMES = 60
"""How often each neuron asks."""


class SynapseArbiterEnvironment(Environment):
    """Every request has one Ack, and its row's weights are read and launched under it.

    A clear, at any moment, drops nothing: the lowest row that asks comes next.
    """

    params: SynapseArbiterParams
    configs: ClassVar = ("fixed-5", "round_robin-5", "fixed-1")
    controls: ClassVar = ("clear",)

    def meet(self) -> list[Partner]:
        """Let neurons ask."""
        self.served = Served(self.params.inputs, TIMES)
        self.accounts.append(self.served)
        asks = [ask(self.served, whims(self.rng, eager(k)), k) for k in range(self.params.inputs)]
        self.since = 0
        """Ticks since a clear, while no row has been chosen after it; 0 if one has."""
        clears = control("clear", self.rng, lambda: True, self.clear, gap=20)
        return [*asks, self.steps(), self.watch(), clears]

    def clear(self) -> None:
        """Note a clear."""
        self.since = 1

    def drive(self) -> Drive:
        """Return the inputs of the next tick, and remember who asks on it."""
        inputs = super().drive()
        self.asked, self.asks = getattr(self, "asks", 0), inputs.get("request", 0)
        return inputs

    def steps(self) -> Partner:
        """Let pulses come."""
        willing = whims(self.rng, (1.0, 0.3))
        while True:
            yield {"step": next(willing)}

    def watch(self) -> Partner:
        """Follow reads and launches: of the row whose Ack is up, a launch for each request."""
        launched = before = 0
        while True:
            seen = yield {}
            ack = seen["ack"]
            if ack and ack != before and self.since > 1:  # chosen on the tick before, after a clear
                lowest = self.asked & -self.asked
                if ack != lowest:
                    raise LockstepError(f"{ack:#x} comes first after a clear, not {lowest:#x}")
                self.since = 0
            before, self.since = ack, self.since + (self.since > 0)
            if seen["read"] and ack != 1 << seen["row"]:
                raise LockstepError(f"row {seen['row']} is read under the Acks {ack:#x}")
            if seen["launch"] and not launched:
                if not ack:
                    raise LockstepError("spikes are launched without an Ack")
                self.served.serve(ack.bit_length() - 1)
            launched = seen["launch"]


ENVIRONMENT = SynapseArbiterEnvironment
