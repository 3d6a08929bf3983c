"""The same networks in PyTorch at its best: python -m benchmarks.workers.torch_compiled CASE.

Compiled, channels last, bfloat16, augmented in batches on the device. Needs the extra `bench`.
"""

import sys

import torch
from torch import nn
from torch.nn import functional

from benchmarks.workers.serving import N_CLASSES, RANGES, Case, random_images, serve


def convolution(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> list[nn.Module]:
    """Return a convolution with batch normalization and ReLU."""
    padding = (kernel - 1) // 2
    conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
    return [conv, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]


def build(case: Case) -> nn.Sequential:
    """Build vgg_bn or stem_vgg_bn as letterpress/networks does."""
    width = case.width
    if case.network == "vgg_bn":
        first = convolution(1, width) + convolution(width, width)
    else:
        first = convolution(1, width, 4, 2) + convolution(width, width)
    last = [
        *convolution(2 * width, 4 * width),
        *convolution(4 * width, 4 * width),
        *convolution(4 * width, 4 * width),
    ]
    side = case.size // 8
    modules = [
        *first,
        nn.MaxPool2d(2),
        *convolution(width, 2 * width),
        *convolution(2 * width, 2 * width),
        nn.MaxPool2d(2),
        *last,
        *([nn.MaxPool2d(2)] if case.network == "vgg_bn" else []),
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.Linear(4 * width * side * side, case.dense, bias=False),
        nn.BatchNorm1d(case.dense),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(case.dense, N_CLASSES),
    ]
    return nn.Sequential(*modules)


def augment(images: torch.Tensor) -> torch.Tensor:
    """Warp each image through one composed affine map: uint8 (n, 1, h, w) to float32 in [0, 1]."""
    n = len(images)

    def uniform(half: float) -> torch.Tensor:
        return (torch.rand(n) * 2 - 1) * half

    angle, shear = uniform(RANGES["rotation"]).deg2rad(), uniform(RANGES["shear"]).deg2rad()
    zoom_x, zoom_y = 1 + uniform(RANGES["zoom"]), 1 + uniform(RANGES["zoom"])
    rows = [
        zoom_x * angle.cos(),
        -zoom_y * (angle + shear).sin(),
        uniform(2 * RANGES["translation"]),
        zoom_x * angle.sin(),
        zoom_y * (angle + shear).cos(),
        uniform(2 * RANGES["translation"]),
    ]
    grid = functional.affine_grid(torch.stack(rows, 1).view(n, 2, 3), list(images.shape), align_corners=False)
    warped = functional.grid_sample(images.float() / 255, grid, padding_mode="border", align_corners=False)
    inverted = (torch.rand(n) < 0.5).float().view(n, 1, 1, 1)
    return warped + inverted * (1 - 2 * warped)


def main(case: Case) -> None:
    """Serve steps of SGD with momentum on augmented batches."""
    torch.manual_seed(0)
    images, labels = (torch.from_numpy(array) for array in random_images(size=case.size))
    images, labels = images[:, None], labels.long()
    model = build(case).to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9, nesterov=True, weight_decay=5e-3)

    @torch.compile
    def loss_of(batch: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(augment(batch).contiguous(memory_format=torch.channels_last))
        return functional.cross_entropy(logits.float(), targets, label_smoothing=0.05)

    def work() -> int:
        indices = torch.randint(len(images), (case.batch_size,))
        optimizer.zero_grad(set_to_none=True)
        loss_of(images[indices], labels[indices]).backward()
        optimizer.step()
        return case.batch_size

    serve(work)


if __name__ == "__main__":
    main(Case.from_json(sys.argv[1]))
