"""Around a synapse arbiter: neurons that ask until they have their Ack, and pulses at any pace."""

from typing import ClassVar

from goldspike.cosim.alwayson.environments.shared.requests import Served, ask
from goldspike.cosim.bench.environment import Environment, Partner
from goldspike.cosim.bench.partners import whims
from goldspike.model.alwayson.synapse_arbiter import SynapseArbiterParams
from goldspike.model.errors import LockstepError

__all__ = ["ENVIRONMENT", "SynapseArbiterEnvironment"]

TIMES = 60
"""How often each neuron asks."""
EAGER = ((1.0, 0.3), (0.3, 0.05), (0.1,))
"""Moods of neurons: some hardly ever rest, some hardly ever ask."""


class SynapseArbiterEnvironment(Environment):
    """Every request has one Ack, and its row's weights are read and launched under it."""

    params: SynapseArbiterParams
    configs: ClassVar = ("fixed-5", "round_robin-5", "fixed-1")

    def meet(self) -> list[Partner]:
        """Let neurons ask."""
        self.served = Served(self.params.inputs, TIMES)
        self.accounts.append(self.served)
        moods = [EAGER[line % len(EAGER)] for line in range(self.params.inputs)]
        asks = [ask(self.served, whims(self.rng, mood), k) for k, mood in enumerate(moods)]
        return [*asks, self.steps(), self.watch()]

    def steps(self) -> Partner:
        """Let pulses come."""
        willing = whims(self.rng, (1.0, 0.3))
        while True:
            yield {"step": next(willing)}

    def watch(self) -> Partner:
        """Follow an Ack: while it is up its row is read, then launched once."""
        before = launched = 0
        while True:
            seen = yield {}
            ack = seen["ack"]
            line = ack.bit_length() - 1
            if seen["read"] and ack != 1 << seen["row"]:
                raise LockstepError(f"row {seen['row']} is read under the Acks {ack:#x}")
            if ack and ack != before:
                launched = 0
            if ack and seen["launch"] and not launched:
                self.served.serve(line)
                launched = 1
            before = ack


ENVIRONMENT = SynapseArbiterEnvironment
