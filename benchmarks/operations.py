"""How much arithmetic a network is, counted from its layers."""

import math

from keras import Model, layers


def forward(network: Model) -> list[int]:
    """Operations for one image by layer, in the order of the layers: two for each multiplication and addition.

    Convolutions and dense layers only: all else is a few hundredths of them.
    """
    counts = []
    for layer in network.layers:
        if isinstance(layer, layers.Conv2D | layers.Dense):
            places = math.prod(layer.output.shape[1:-1])
            counts.append(2 * places * math.prod(layer.kernel.shape))
    return counts


def step(network: Model) -> int:
    """Operations of a training step for one image: forward, backward to weights and, but for the first, to inputs."""
    first, *others = forward(network)
    return 2 * first + 3 * sum(others)
