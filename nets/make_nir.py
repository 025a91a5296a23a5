"""Make nets/digits_snntorch.nir: a network trained with snnTorch and exported by it.

Needs PyTorch and snnTorch, which nothing else in the project does:
``pip install torch==2.13.0 snntorch==1.0.0 nir==1.0.8 nirtorch==2.6``, then
``python nets/make_nir.py`` from the repository root.

Integrate-and-fire neurons (snnTorch's Leaky with beta = 1, reset by subtraction, threshold 1),
256-64-10 without biases, surrogate gradients through time. The input is the project's own coding,
counted in steps of 0.1 ms. The forward pass rounds weights to multiples of 1/64 within +-7/64, the
gradient passes the rounding unchanged, and what is exported are the weights before rounding: a
network of floats that bears being rounded.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # so that it runs in a checkout that is not installed

import nir  # noqa: E402
import snntorch as snn  # noqa: E402
from snntorch.export_nir import export_to_nir  # noqa: E402

from goldspike.workloads.dataset import digits, prepare  # noqa: E402
from goldspike.workloads.mubrain.encoding import EncodingParams, encode  # noqa: E402

SEED = 0
STEP_TICKS = 5_000  # 50 us
STEPS = 84
TRAIN_PHASES = (101, 102, 103, 104)  # seeds of the input phases; reports use 1
SIZES = (256, 64, 10)
SHARPNESS = 0.3
EXCESS_COST = 0.3


def spikes(images: np.ndarray, seed: int) -> torch.Tensor:
    """Return the input's spikes per step, uint8 (images, steps, inputs)."""
    params = EncodingParams(seed=seed)
    counts = np.zeros((len(images), STEPS, SIZES[0]), np.uint8)
    for k, image in enumerate(images):
        tick, address = encode(image, params, k)
        step = np.minimum((tick - 1) // STEP_TICKS, STEPS - 1)
        np.add.at(counts[k], (step, address), 1)
    return torch.from_numpy(counts)


def rounded(weight: torch.Tensor) -> torch.Tensor:
    """Return weights as the chip will have them; the gradient passes unchanged."""
    near = (weight * 64).round().clamp(-7, 7) / 64
    return weight + (near - weight).detach()


class Net(nn.Module):
    """Two layers of integrate-and-fire neurons."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(SIZES[0], SIZES[1], bias=False)
        self.fc2 = nn.Linear(SIZES[1], SIZES[2], bias=False)
        for layer, spread in ((self.fc1, 1.5 / 64), (self.fc2, 2.5 / 64)):
            nn.init.normal_(layer.weight, 0, spread)
        gradient = snn.surrogate.fast_sigmoid(slope=10)
        self.lif1 = snn.Leaky(beta=torch.ones(SIZES[1]), threshold=torch.ones(SIZES[1]),
                              spike_grad=gradient)  # fmt: skip
        self.lif2 = snn.Leaky(beta=torch.ones(SIZES[2]), threshold=torch.ones(SIZES[2]),
                              spike_grad=gradient)  # fmt: skip

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Run inputs (batch, steps, inputs); return the output spikes per window, and the excess.

        The excess is what potentials hold beyond a second threshold: spikes that a neuron cannot
        send because it sends one per step at most, a limit that only the time step makes.
        """
        current = nn.functional.linear(x, rounded(self.fc1.weight))
        second = rounded(self.fc2.weight)
        mem1 = torch.zeros(len(x), SIZES[1])
        mem2 = torch.zeros(len(x), SIZES[2])
        total = torch.zeros(len(x), SIZES[2])
        excess = torch.zeros(())
        for step in range(x.shape[1]):
            fired, mem1 = self.lif1(current[:, step], mem1)
            out, mem2 = self.lif2(nn.functional.linear(fired, second), mem2)
            total = total + out
            excess = excess + torch.relu(mem1 - 2).mean() + torch.relu(mem2 - 2).mean()
        return total + mem2, excess  # what is left in the membranes breaks ties


def accuracy(net: Net, x: torch.Tensor, y: torch.Tensor) -> float:
    """Return the part that the most spikes get right."""
    with torch.no_grad():
        return float((net(x.float())[0].argmax(1) == y).float().mean())


def main() -> None:
    """Train, export and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default=ROOT / "nets" / "digits_snntorch.nir")
    parser.add_argument("--epochs", type=int, default=30)
    options = parser.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    train, test = digits("train"), digits("test")
    y = torch.from_numpy(train.y)
    images = prepare(train.x, 16)
    sets = [spikes(images, seed) for seed in TRAIN_PHASES]
    net = Net()
    weights = [net.fc1.weight, net.fc2.weight]
    optimiser = torch.optim.Adam(weights, lr=2e-3)
    batches = -(-len(y) // 64)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, options.epochs * batches)
    for epoch in range(options.epochs):
        x = sets[epoch % len(sets)]
        right = 0
        for index in torch.randperm(len(y)).split(64):
            out, excess = net(x[index].float())
            loss = nn.functional.cross_entropy(out * SHARPNESS, y[index]) + EXCESS_COST * excess
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(weights, 1.0)
            optimiser.step()
            schedule.step()
            right += int((out.argmax(1) == y[index]).sum())
            with torch.no_grad():
                for weight in weights:
                    weight.clamp_(-7.49 / 64, 7.49 / 64)
        print(
            f"epoch {epoch + 1}: {100 * right / len(y):.2f} % of the training images, "
            f"excess {float(excess.detach()):.3f}",
            flush=True,
        )
    x = spikes(prepare(test.x, 16), 1)
    found = accuracy(net, x, torch.from_numpy(test.y))
    print(f"snnTorch, rounded weights: {100 * found:.2f} % of the test images")

    chain = nn.Sequential(net.fc1, net.lif1, net.fc2, net.lif2)
    for neuron in (net.lif1, net.lif2):
        neuron.init_hidden = True
    net.lif2.output = True
    graph = export_to_nir(chain, torch.zeros(1, SIZES[0]), ignore_dims=[0])
    nir.write(options.out, graph)
    print(graph.nodes.keys(), graph.edges)


if __name__ == "__main__":
    main()
