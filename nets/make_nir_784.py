"""Make nets/digits_784_snntorch.nir: 784-128-10 with biases, trained with snnTorch, exported by it.

Needs PyTorch and snnTorch, which nothing else in the project does:
``pip install torch==2.13.0 snntorch==1.0.0 nir==1.0.8 nirtorch==2.6``, then
``python nets/make_nir_784.py`` from the repository root.

The size and the biases of the networks that tutorials train on MNIST; the images are the digits
that ship, at 28 x 28 pixels: each pixel three times as large with a margin of two, and, so that the
network bears both, scaled as the chip does by itself. Integrate-and-fire neurons (snnTorch's Leaky
with beta = 1, reset by subtraction, threshold 1), surrogate gradients through time. The input is
the project's own coding at up to 7 kHz, counted in steps of 0.1 ms. The forward pass rounds weights
to multiples of 1/64 within +-7/64, and biases to what 16 strobes in a window can add; the gradient
passes the rounding unchanged. What is exported is the network before rounding, in float32.
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
STEP_TICKS = 10_000  # 100 us, for which snnTorch's export lets a current flow
STEPS = 42
STROBE_STEPS = STEPS / 16  # the importer's longest period of the bias inputs
RATE_MAX = 7e3
TRAIN_PHASES = (101, 102)  # seeds of the input phases; reports use 1
SIZES = (784, 128, 10)
SHARPNESS = 0.3
EXCESS_COST = 0.3


def padded(x: np.ndarray) -> np.ndarray:
    """Return 8 x 8 images at 28 x 28 pixels: three times as large, with a margin of two."""
    large = np.repeat(np.repeat(x, 3, axis=1), 3, axis=2)
    return np.pad(large, ((0, 0), (2, 2), (2, 2))).reshape(len(x), SIZES[0])


def spikes(images: np.ndarray, seed: int) -> torch.Tensor:
    """Return the input's spikes per step, uint8 (images, steps, inputs)."""
    params = EncodingParams(seed=seed, rate_max=RATE_MAX)
    counts = np.zeros((len(images), STEPS, SIZES[0]), np.uint8)
    for k, image in enumerate(images):
        tick, address = encode(image, params, k)
        step = np.minimum((tick - 1) // STEP_TICKS, STEPS - 1)
        np.add.at(counts[k], (step, address), 1)
    return torch.from_numpy(counts)


def rounded(value: torch.Tensor, unit: float) -> torch.Tensor:
    """Return weights or biases as the chip will have them; the gradient passes unchanged."""
    near = (value * unit).round().clamp(-7, 7) / unit
    return value + (near - value).detach()


class Net(nn.Module):
    """Two layers of integrate-and-fire neurons with biases."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(SIZES[0], SIZES[1])
        self.fc2 = nn.Linear(SIZES[1], SIZES[2])
        for layer, spread in ((self.fc1, 1.2 / 64), (self.fc2, 2.5 / 64)):
            nn.init.normal_(layer.weight, 0, spread)
            nn.init.zeros_(layer.bias)
        gradient = snn.surrogate.fast_sigmoid(slope=10)
        self.lif1, self.lif2 = (
            snn.Leaky(beta=torch.ones(n), threshold=torch.ones(n), spike_grad=gradient)
            for n in SIZES[1:]
        )

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Run inputs (batch, steps, inputs); return the output spikes per window, and the excess.

        The excess is what potentials hold beyond a second threshold: spikes that a neuron cannot
        send because it sends one per step at most, a limit that only the time step makes.
        """
        strobe = 64 * STROBE_STEPS
        current = nn.functional.linear(
            x, rounded(self.fc1.weight, 64), rounded(self.fc1.bias, strobe)
        )
        second, bias = rounded(self.fc2.weight, 64), rounded(self.fc2.bias, strobe)
        mem1 = torch.zeros(len(x), SIZES[1])
        mem2 = torch.zeros(len(x), SIZES[2])
        total = torch.zeros(len(x), SIZES[2])
        excess = torch.zeros(())
        for step in range(x.shape[1]):
            fired, mem1 = self.lif1(current[:, step], mem1)
            out, mem2 = self.lif2(nn.functional.linear(fired, second, bias), mem2)
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
    parser.add_argument("--out", default=ROOT / "nets" / "digits_784_snntorch.nir")
    parser.add_argument("--epochs", type=int, default=16)
    options = parser.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    train, test = digits("train"), digits("test")
    y = torch.from_numpy(train.y)
    forms = (padded(train.x), prepare(train.x, 28))
    sets = [spikes(images, seed) for seed in TRAIN_PHASES for images in forms]
    net = Net()
    optimiser = torch.optim.Adam(net.parameters(), lr=2e-3)
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
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            right += int((out.argmax(1) == y[index]).sum())
            with torch.no_grad():
                for layer in (net.fc1, net.fc2):
                    layer.weight.clamp_(-7.49 / 64, 7.49 / 64)
                    layer.bias.clamp_(-7 / 64 / STROBE_STEPS, 7 / 64 / STROBE_STEPS)
        print(
            f"epoch {epoch + 1}: {100 * right / len(y):.2f} % of the training images, "
            f"excess {float(excess.detach()):.3f}",
            flush=True,
        )
    for name, images in (("padded", padded(test.x)), ("scaled", prepare(test.x, 28))):
        found = accuracy(net, spikes(images, 1), torch.from_numpy(test.y))
        print(f"snnTorch, rounded weights: {100 * found:.2f} % of the test images, {name}")

    chain = nn.Sequential(net.fc1, net.lif1, net.fc2, net.lif2)
    for neuron in (net.lif1, net.lif2):
        neuron.init_hidden = True
    net.lif2.output = True
    graph = export_to_nir(chain, torch.zeros(1, SIZES[0]), ignore_dims=[0])
    nir.write(options.out, graph)
    print(graph.nodes.keys(), graph.edges)


if __name__ == "__main__":
    main()
