"""Make nets/digits_cnn.onnx: a plain CNN trained with PyTorch, exported by it in floating point.

Needs PyTorch and its exporter's package, which nothing else in the project does:
``pip install torch==2.15.0 onnx==1.23.2 onnxscript==0.7.2``, then ``python nets/make_onnx.py`` from
the repository root.

3 x 3 convolutions of 8, 16 (stride 2), 16 and 16 channels without biases, each with batch norm, on
the 8x8 digits; the input of the third is added to the fourth; the mean over 4 x 4 pixels, 16-10
fully connected. Nothing in the training knows of the chip or of its integers. The exporter folds
the batch norms.
"""

import argparse
import sys
from pathlib import Path

import onnx
import torch
from torch import nn

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # so that it runs in a checkout that is not installed

from goldspike.workloads.dataset import Dataset, digits  # noqa: E402

SEED = 0


def normed(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """Return a convolution with batch norm."""
    conv = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs))


class Net(nn.Module):
    """Two convolutions, a residual block, the mean, a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = normed(1, 8), normed(8, 16, stride=2)
        self.third, self.fourth = normed(16, 16), normed(16, 16)
        self.last = nn.Linear(16, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the scores of images (n, 1, 8, 8)."""
        x = torch.relu(self.second(torch.relu(self.first(x))))
        x = torch.relu(self.fourth(torch.relu(self.third(x))) + x)
        return self.last(nn.functional.adaptive_avg_pool2d(x, 1).flatten(1))


def tensors(data: Dataset) -> tuple[torch.Tensor, torch.Tensor]:
    """Return images, grey levels 0..1, and labels."""
    return torch.from_numpy(data.x).float().unsqueeze(1) / 255, torch.from_numpy(data.y)


def accuracy(net: Net, x: torch.Tensor, y: torch.Tensor) -> float:
    """Return the part that the highest score gets right."""
    net.eval()
    with torch.no_grad():
        return float((net(x).argmax(1) == y).float().mean())


def main() -> None:
    """Train, export and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default=ROOT / "nets" / "digits_cnn.onnx", type=Path)
    parser.add_argument("--epochs", type=int, default=40)
    options = parser.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    x, y = tensors(digits("train"))
    net = Net()
    optimiser = torch.optim.AdamW(net.parameters(), lr=4e-3)
    batches = len(y) // 32
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 8e-3, options.epochs * batches)
    for epoch in range(options.epochs):
        net.train()
        loss = torch.zeros(())
        for index in torch.randperm(len(y)).split(32)[:batches]:
            loss = nn.functional.cross_entropy(net(x[index]), y[index])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        print(f"epoch {epoch + 1}: loss {float(loss.detach()):.4f}", flush=True)
    print(f"{100 * accuracy(net, *tensors(digits('test'))):.2f} % of the test images")
    batch = torch.export.Dim("images", min=1)
    torch.onnx.export(
        net, (x[:2],), options.out, input_names=["image"], output_names=["scores"],
        dynamic_shapes=({0: batch},), dynamo=True, external_data=False,
    )  # fmt: skip
    model = onnx.load(options.out)
    for part in (*model.graph.node, *model.graph.input, *model.graph.value_info, model.graph):
        part.ClearField("metadata_props")  # stack traces, with the names of folders
    onnx.save(model, options.out)


if __name__ == "__main__":
    main()
