"""Run a network on arrays of images, batch by batch."""

from collections.abc import Callable

import numpy as np
from keras import Model, ops

from letterpress.inference.compile import compile_inference
from letterpress.inference.transforms import adjust_intensity, to_unit, warp


class Predictor:
    """A network in inference mode, compiled for batches of few sizes; threads may share it."""

    def __init__(self, network: Model, batch_size: int) -> None:
        self.batch_size = batch_size
        self.n_outputs = network.output_shape[-1]
        self._forward = compile_inference(network, lambda call, images: call(to_unit(images)))
        self._forward_transformed = compile_inference(network, _forward_transformed)

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Return the network's outputs, float32 (n, outputs), for images, uint8 or float32 (n, h, w)."""
        return self._run(images, self._forward)

    def predict_transformed(self, images: np.ndarray, affine_map: np.ndarray, invert: bool) -> np.ndarray:
        """Return the outputs for images warped through one map, float32 (8,), and then inverted or not."""

        def forward(batch: np.ndarray) -> np.ndarray:
            maps, inverted = np.tile(affine_map, (len(batch), 1)), np.full(len(batch), invert, np.float32)
            return self._forward_transformed(batch, maps, inverted)

        return self._run(images, forward)

    def _run(self, images: np.ndarray, forward: Callable) -> np.ndarray:
        """Pad the last batch, so that few sizes are compiled: all batches have one, a power of two for few images."""
        outputs = np.empty((len(images), self.n_outputs), np.float32)
        size = min(self.batch_size, 1 << max(0, len(images) - 1).bit_length())
        for start in range(0, len(images), size):
            batch = images[start : start + size]
            n_missing = size - len(batch)
            padded = np.pad(batch, ((0, n_missing), (0, 0), (0, 0))) if n_missing else batch
            outputs[start : start + size] = np.asarray(forward(padded))[: len(batch)]
        return outputs


def _forward_transformed(call, images, maps, inverted):
    return call(adjust_intensity(warp(to_unit(images), maps, "nearest"), ops.zeros_like(inverted), inverted))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return probabilities, float32, of logits, float (n, classes)."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (shifted / shifted.sum(axis=1, keepdims=True)).astype(np.float32)
