"""Make the networks that are trained with snnTorch and exported by it.

Needs PyTorch and snnTorch, which nothing else in the project does:
``pip install torch==2.13.0 snntorch==1.0.0 nir==1.0.8 nirtorch==2.6``, then
``python nets/make_nir.py digits`` or ``digits_784`` from the repository root.

Integrate-and-fire neurons (snnTorch's Leaky with beta = 1, reset by subtraction, threshold 1),
surrogate gradients through time. The input is the project's own coding, counted in time steps. The
forward pass rounds weights to multiples of 1/64 within +-7/64, and biases to what 16 strobes in a
window can add; the gradient passes the rounding unchanged. What is exported is the network before
rounding, in float32: one that bears being rounded.

``digits_784`` has the size and the biases of the networks that tutorials train on MNIST. Its images
are the digits at 28 x 28 pixels: each pixel three times as large with a margin of two, and, so that
the network bears both, scaled as the chip does by itself.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
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
SHARPNESS = 0.3
EXCESS_COST = 0.3
HIGHEST = 7 / 64
"""The largest weight of the chip, in thresholds."""


def padded(x: np.ndarray) -> np.ndarray:
    """Return 8 x 8 images at 28 x 28 pixels: three times as large, with a margin of two."""
    large = np.repeat(np.repeat(x, 3, axis=1), 3, axis=2)
    return np.pad(large, ((0, 0), (2, 2), (2, 2))).reshape(len(x), 28 * 28)


@dataclass(frozen=True, kw_only=True)
class Task:
    """A network to train.

    Parameters
    ----------
    out : str
        The file's name.
    sizes : tuple of int
    bias : bool
    forms : mapping of str to callable
        What turns the digits into inputs, by name.
    step_ticks, steps : int
        Ticks in a time step, and time steps in a window.
    rate_max : float, optional
        Of the input coding, Hz.
    phases : tuple of int
        Seeds of the input phases; reports use 1.
    spreads : (float, float)
        Standard deviations of the first weights of each layer, in LSBs.
    epochs : int
    """

    out: str
    sizes: tuple[int, int, int]
    bias: bool
    forms: dict[str, Callable[[np.ndarray], np.ndarray]]
    step_ticks: int
    steps: int
    rate_max: float = EncodingParams().rate_max
    phases: tuple[int, ...]
    spreads: tuple[float, float]
    epochs: int

    @property
    def strobe_steps(self) -> float:
        """The importer's longest period of the bias inputs, in time steps."""
        return self.steps / 16

    def spikes(self, images: np.ndarray, seed: int) -> torch.Tensor:
        """Return the input's spikes per step, uint8 (images, steps, inputs)."""
        params = EncodingParams(seed=seed, rate_max=self.rate_max)
        counts = np.zeros((len(images), self.steps, self.sizes[0]), np.uint8)
        for k, image in enumerate(images):
            tick, address = encode(image, params, k)
            step = np.minimum((tick - 1) // self.step_ticks, self.steps - 1)
            np.add.at(counts[k], (step, address), 1)
        return torch.from_numpy(counts)


TASKS = {
    "digits": Task(
        out="digits_snntorch.nir", sizes=(256, 64, 10), bias=False,
        forms={"scaled": lambda x: prepare(x, 16)},
        step_ticks=5_000, steps=84, phases=(101, 102, 103, 104), spreads=(1.5, 2.5), epochs=30,
    ),
    "digits_784": Task(
        out="digits_784_snntorch.nir", sizes=(784, 128, 10), bias=True,
        forms={"padded": padded, "scaled": lambda x: prepare(x, 28)},
        step_ticks=10_000,  # 100 us, for which snnTorch's export lets a current flow
        steps=42, rate_max=7e3, phases=(101, 102), spreads=(1.2, 2.5), epochs=16,
    ),
}  # fmt: skip


def rounded(value: torch.Tensor, unit: float) -> torch.Tensor:
    """Return weights or biases as the chip will have them; the gradient passes unchanged."""
    near = (value * unit).round().clamp(-7, 7) / unit
    return value + (near - value).detach()


class Net(nn.Module):
    """Two layers of integrate-and-fire neurons."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        inputs, hidden, outputs = task.sizes
        self.strobe_steps = task.strobe_steps
        self.fc1 = nn.Linear(inputs, hidden, bias=task.bias)
        self.fc2 = nn.Linear(hidden, outputs, bias=task.bias)
        for layer, spread in zip(self.layers, task.spreads, strict=True):
            nn.init.normal_(layer.weight, 0, spread / 64)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        gradient = snn.surrogate.fast_sigmoid(slope=10)
        self.lif1, self.lif2 = (
            snn.Leaky(beta=torch.ones(n), threshold=torch.ones(n), spike_grad=gradient)
            for n in (hidden, outputs)
        )

    @property
    def layers(self) -> tuple[nn.Linear, nn.Linear]:
        """Both layers' weights."""
        return self.fc1, self.fc2

    def on_chip(self, layer: nn.Linear) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return a layer's weights and biases, rounded."""
        bias = None if layer.bias is None else rounded(layer.bias, 64 * self.strobe_steps)
        return rounded(layer.weight, 64), bias

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Run inputs (batch, steps, inputs); return the output spikes per window, and the excess.

        The excess is what potentials hold beyond a second threshold: spikes that a neuron cannot
        send because it sends one per step at most, a limit that only the time step makes.
        """
        current = nn.functional.linear(x, *self.on_chip(self.fc1))
        second = self.on_chip(self.fc2)
        mem1 = torch.zeros(len(x), self.fc1.out_features)
        mem2 = torch.zeros(len(x), self.fc2.out_features)
        total = torch.zeros_like(mem2)
        excess = torch.zeros(())
        for step in range(x.shape[1]):
            fired, mem1 = self.lif1(current[:, step], mem1)
            out, mem2 = self.lif2(nn.functional.linear(fired, *second), mem2)
            total = total + out
            excess = excess + torch.relu(mem1 - 2).mean() + torch.relu(mem2 - 2).mean()
        return total + mem2, excess  # what is left in the membranes breaks ties

    def stay_in_range(self) -> None:
        """Clip what no longer rounds to a number of the chip."""
        for layer in self.layers:
            layer.weight.clamp_(-7.49 / 64, 7.49 / 64)
            if layer.bias is not None:
                layer.bias.clamp_(-HIGHEST / self.strobe_steps, HIGHEST / self.strobe_steps)


def train(task: Task, epochs: int) -> Net:
    """Return a trained network."""
    data = digits("train")
    y = torch.from_numpy(data.y)
    forms = [form(data.x) for form in task.forms.values()]
    sets = [task.spikes(images, seed) for seed in task.phases for images in forms]
    net = Net(task)
    optimiser = torch.optim.Adam(net.parameters(), lr=2e-3)
    batches = -(-len(y) // 64)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, epochs * batches)
    for epoch in range(epochs):
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
                net.stay_in_range()
        print(
            f"epoch {epoch + 1}: {100 * right / len(y):.2f} % of the training images, "
            f"excess {float(excess.detach()):.3f}",
            flush=True,
        )
    return net


def accuracy(net: Net, x: torch.Tensor, y: torch.Tensor) -> float:
    """Return the part that the most spikes get right."""
    with torch.no_grad():
        return float((net(x.float())[0].argmax(1) == y).float().mean())


def export(net: Net, path: Path) -> None:
    """Write the network as snnTorch does."""
    chain = nn.Sequential(net.fc1, net.lif1, net.fc2, net.lif2)
    for neuron in (net.lif1, net.lif2):
        neuron.init_hidden = True
    net.lif2.output = True
    graph = export_to_nir(chain, torch.zeros(1, net.fc1.in_features), ignore_dims=[0])
    nir.write(path, graph)
    print(graph.nodes.keys(), graph.edges)


def main() -> None:
    """Train, export and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--epochs", type=int)
    options = parser.parse_args()
    task = TASKS[options.task]
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    net = train(task, options.epochs or task.epochs)
    test = digits("test")
    for name, form in task.forms.items():
        found = accuracy(net, task.spikes(form(test.x), 1), torch.from_numpy(test.y))
        print(f"snnTorch, rounded weights: {100 * found:.2f} % of the test images, {name}")
    export(net, options.out or ROOT / "nets" / task.out)


if __name__ == "__main__":
    main()
