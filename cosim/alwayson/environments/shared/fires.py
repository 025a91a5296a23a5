"""Spikes to a hidden neuron whose potential nobody sees: it fires when it has to."""

from goldspike.cosim.alwayson.environments.shared.requests import Requests
from goldspike.cosim.alwayson.environments.shared.spikes import Spikes
from goldspike.model.alwayson.neuron import NeuronParams
from goldspike.model.errors import LockstepError

__all__ = ["Fires"]


class Fires(Spikes):
    """The account of a hidden neuron by its requests alone: its potential is in a range.

    One spike at a time moves the range, and a request says that the potential was at the threshold,
    and is zero. Of several spikes at once it is not known which of them met the threshold: those
    that come while a request is under way are counted, and compared only with the next one. So the
    range grows with them, until the neuron fires for one spike alone, or is cleared.
    """

    def __init__(
        self, params: NeuronParams, requests: Requests, total: int, threshold: int
    ) -> None:
        super().__init__(params, requests, total)
        self.threshold = threshold
        self.least = self.most = 0
        self.settled = [0, 0]

    def forget(self) -> None:
        """Note a clear, at rest."""
        self.least = self.most = 0

    def settle(self) -> None:
        """Compare the spikes since the last rest with the requests since then.

        Raises
        ------
        LockstepError
            If there are more than the spikes can bring about, or fewer.
        """
        counted = [sent - lost for sent, lost in zip(self.sent, self.lost, strict=True)]
        plus, minus = (now - before for now, before in zip(counted, self.settled, strict=True))
        fired = self.requests.asked - self.fires
        self.settled, self.fires = counted, self.requests.asked
        if not plus + minus + fired:
            return
        due = self.least + plus - minus
        self.most += plus - minus - fired * self.threshold
        if not fired:  # every potential was compared, the last one, too
            self.least, self.most = due, min(self.most, self.threshold - 1)
        else:  # zero at the last request
            self.least = -minus
        if self.most < self.least:
            text = f"{plus} + and {minus} - spikes came and were not lost, to a potential of"
            raise LockstepError(
                f"{self.requests.name}: {text} {due - plus + minus} at least: {fired} requests "
                f"with a threshold of {self.threshold}"
            )
        if fired and plus + minus == 1:
            self.least = self.most = 0
