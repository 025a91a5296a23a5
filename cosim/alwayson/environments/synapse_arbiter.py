"""Around a synapse arbiter: neurons that ask until they have their Ack, and pulses at any pace."""

from typing import ClassVar

from goldspike.cosim.alwayson.environments.shared.requests import Served, ask, eager
from goldspike.cosim.bench.environment import Environment, Partner
from goldspike.cosim.bench.partners import whims
from goldspike.model.alwayson.synapse_arbiter import SynapseArbiterParams
from goldspike.model.errors import LockstepError

__all__ = ["ENVIRONMENT", "SynapseArbiterEnvironment"]

TIMES = 60
"""How often each neuron asks."""


class SynapseArbiterEnvironment(Environment):
    """Every request has one Ack, and its row's weights are read and launched under it."""

    params: SynapseArbiterParams
    configs: ClassVar = ("fixed-5", "round_robin-5", "fixed-1")

    def meet(self) -> list[Partner]:
        """Let neurons ask."""
        self.served = Served(self.params.inputs, TIMES)
        self.accounts.append(self.served)
        asks = [ask(self.served, whims(self.rng, eager(k)), k) for k in range(self.params.inputs)]
        return [*asks, self.steps(), self.watch()]

    def steps(self) -> Partner:
        """Let pulses come."""
        willing = whims(self.rng, (1.0, 0.3))
        while True:
            yield {"step": next(willing)}

    def watch(self) -> Partner:
        """Follow reads and launches: of the row whose Ack is up, a launch for each request."""
        launched = 0
        while True:
            seen = yield {}
            ack = seen["ack"]
            if seen["read"] and ack != 1 << seen["row"]:
                raise LockstepError(f"row {seen['row']} is read under the Acks {ack:#x}")
            if seen["launch"] and not launched:
                if not ack:
                    raise LockstepError("spikes are launched without an Ack")
                self.served.serve(ack.bit_length() - 1)
            launched = seen["launch"]


ENVIRONMENT = SynapseArbiterEnvironment
