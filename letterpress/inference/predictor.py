"""Predictor images with a network."""

import numpy as np
from keras import Model, ops

from letterpress.inference.compile import compiled
from letterpress.inference.transforms import adjust_intensity, to_unit, warp


class Predictor:
    """A network in inference mode, compiled once for batches of one size."""

    def __init__(self, network: Model, batch: int) -> None:
        self.batch = batch
        self.n_outputs = network.output_shape[-1]
        self._plain = compiled(network, lambda call, images: call(to_unit(images)))
        self._changed = compiled(network, _judge_changed)

    def outputs(self, images: np.ndarray) -> np.ndarray:
        """Images, uint8 or float32 (n, h, w), to the network's answers, float32 (n, outputs)."""
        return self._run(images, self._plain)

    def changed_outputs(self, images: np.ndarray, one_map: np.ndarray, invert: bool) -> np.ndarray:
        """The same with every image warped through one map, float32 (8,), and inverted or not."""
        maps = np.tile(one_map, (self.batch, 1))
        inverted = np.full(self.batch, invert, np.float32)
        return self._run(images, lambda batch: self._changed(batch, maps, inverted))

    def _run(self, images: np.ndarray, judge) -> np.ndarray:
        """Every image is judged; the last batch is filled up, so that nothing compiles twice."""
        outputs = np.empty((len(images), self.n_outputs), np.float32)
        for start in range(0, len(images), self.batch):
            part = images[start : start + self.batch]
            missing = self.batch - len(part)
            filled = np.pad(part, ((0, missing), (0, 0), (0, 0))) if missing else part
            outputs[start : start + self.batch] = np.asarray(judge(filled))[: len(part)]
        return outputs


def _judge_changed(call, images, maps, inverted):
    return call(adjust_intensity(warp(to_unit(images), maps, "nearest"), ops.zeros_like(inverted), inverted))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Logits, float (n, classes), to probabilities, float32."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (shifted / shifted.sum(axis=1, keepdims=True)).astype(np.float32)
