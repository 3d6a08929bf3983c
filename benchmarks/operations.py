"""Count a network's floating-point operations."""

import math

from keras import Model, layers


def forward_operations(network: Model) -> list[int]:
    """Return the operations of each layer for one image, in order: two for each multiply-add.

    Only convolutions and dense layers count: all others are a few percent.
    """
    counts = []
    for layer in network.layers:
        if isinstance(layer, layers.Conv2D | layers.Dense):
            positions = math.prod(layer.output.shape[1:-1])
            counts.append(2 * positions * math.prod(layer.kernel.shape))
    return counts


def step_operations(network: Model) -> int:
    """Return the operations of a training step for one image; the first layer needs no gradient of its inputs."""
    first, *others = forward_operations(network)
    return 2 * first + 3 * sum(others)
