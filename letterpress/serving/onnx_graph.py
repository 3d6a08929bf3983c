"""A trained ensemble as one TensorFlow function from grayscale images to probabilities.

It computes what Ensemble.predict_prepared does, in operations that ONNX has:
resizing, test-time augmentation, every member, and their average.
"""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from letterpress.configuration.data import ImageConfig
from letterpress.configuration.ensemble import ViewConfig
from letterpress.ensembling.averaging import EPS
from letterpress.inference.member import TrainedMember, with_features
from letterpress.inference.pixel_statistics import PixelStatistics
from letterpress.inference.transforms import affine_maps
from letterpress.serving.ensemble import Ensemble
from letterpress.serving.onnx_resize import pad, resize
from letterpress.serving.onnx_svc import apply_heads

INPUT, OUTPUT = "images", "probabilities"


def build_graph(ensemble: Ensemble) -> tf.types.experimental.GenericFunction:
    """Return a function from uint8 (n, channels, h, w), as decoded, to probabilities, float32 (n, n_classes).

    One batch has images of one size, which may be any.
    """
    params, config = ensemble.params, ensemble.params.ensemble
    n_channels = 2 if params.image.pca_channel else 1
    weights = config.weights or dict.fromkeys(ensemble.members, 1.0)
    weights = {key: weight for key, weight in weights.items() if weight > 0}
    predictors = {key: _member_predictor(ensemble.members[key], params.predict.tta) for key in weights}

    def predict(images):
        pixels = _prepare(images, params.image)
        by_member = {key: _mean_of_views(predictor(pixels), n_channels) for key, predictor in predictors.items()}
        averaged = _average(by_member, weights, config.method)
        return {OUTPUT: _scale(averaged, ensemble.temperature)}

    signature = [tf.TensorSpec((None, n_channels, None, None), tf.uint8, INPUT)]
    return tf.function(predict, input_signature=signature, autograph=False)


def _prepare(images, config: ImageConfig):
    """Pad, resize and invert images as letterpress.images does, to float32 (n * channels, h, w) in 0 … 255."""
    size = config.height, config.width
    if config.preserve_aspect_ratio:
        images = pad(images, config.height / config.width)
    pixels = tf.reshape(resize(images, size), (-1, *size))
    return 255.0 - pixels if config.invert else pixels


def _member_predictor(member: TrainedMember, views: Sequence[ViewConfig]) -> Callable:
    """Return a function from pixels (n, h, w) to the member's probabilities, float32 (n, views, n_classes)."""
    network = with_features(member.network) if member.heads else member.network
    n_classes, size = member.network.output_shape[-1], member.network.input_shape[1:3]

    def predict(pixels):
        images = _standardize(pixels, member.statistics)
        stacked = tf.stack([_view(images, view, size) for view in views], axis=1)
        outputs = network(tf.reshape(stacked, (-1, *size, 1)), training=False)
        probabilities = apply_heads(tf.nn.softmax(outputs[:, :n_classes]), outputs[:, n_classes:], member.heads)
        return tf.reshape(probabilities, (-1, len(views), n_classes))

    return predict


def _standardize(pixels, statistics: PixelStatistics | None):
    if statistics is None:
        return pixels * (1.0 / 255.0)
    return (pixels / 255.0 - statistics.mean) / statistics.std


def _view(images, view: ViewConfig, size: tuple[int, int]):
    """Return images, float32 (n, h, w), rotated, enlarged and inverted."""
    if view.rotation or view.zoom != 1:
        zoom = 1 / view.zoom
        images = _warp(images, affine_maps(size, rotation=view.rotation, zoom_x=zoom, zoom_y=zoom))
    return images + (1.0 - 2.0 * images) if view.invert else images


def _warp(images, affine_map: np.ndarray):
    """Resample images bilinearly through a map, float32 (8,): four fixed pixels, weighted, for each pixel."""
    size = images.shape[1:]
    flat = tf.reshape(images, (-1, size[0] * size[1]))
    corners = zip(*bilinear_corners(size, affine_map), strict=True)
    return tf.reshape(sum(tf.gather(flat, indices, axis=1) * weights for indices, weights in corners), (-1, *size))


def bilinear_corners(size: tuple[int, int], affine_map: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return flat indices, int32, and weights, float32 (4, h * w) each, of the pixels around each pixel's origin.

    Beyond the border the nearest pixel counts, as in TensorFlow's
    ImageProjectiveTransformV3 with the fill mode `nearest`.
    """
    rows, columns = np.indices(size, np.float32)
    a0, a1, a2, b0, b1, b2, *_ = affine_map
    axes = []
    for origins, side in ((b0 * columns + b1 * rows + b2, size[0]), (a0 * columns + a1 * rows + a2, size[1])):
        origins = origins.clip(0, side - 1)
        low = np.floor(origins)
        high = np.minimum(low + 1, side - 1)
        axes.append([(low, 1 - (origins - low)), (high, origins - low)])
    corners = [(y * size[1] + x, y_weight * x_weight) for y, y_weight in axes[0] for x, x_weight in axes[1]]
    indices, weights = (np.stack(arrays).reshape(4, -1) for arrays in zip(*corners, strict=True))
    return indices.astype(np.int32), weights.astype(np.float32)


def _mean_of_views(probabilities, n_channels: int):
    """Average float32 (n * channels, views, n_classes) over channels and views, to (n, n_classes)."""
    _, n_views, n_classes = probabilities.shape
    return tf.reduce_mean(tf.reshape(probabilities, (-1, n_channels * n_views, n_classes)), axis=1)


def _average(by_member: dict, weights: dict[str, float], method: str):
    """Average the members as letterpress.ensembling.averaging does; rows sum to 1."""
    is_geometric = method == "geometric_mean"
    values = {key: tf.math.log(tf.maximum(p, EPS)) if is_geometric else p for key, p in by_member.items()}
    mean = sum(weights[key] * value for key, value in values.items()) / sum(weights.values())
    return _normalize(tf.exp(mean) if is_geometric else mean)


def _scale(probabilities, temperature: float):
    """Raise probabilities to 1 / temperature; rows sum to 1."""
    highest = tf.reduce_max(probabilities, axis=1, keepdims=True)
    return _normalize((probabilities / highest) ** (1 / temperature))


def _normalize(values):
    return values / tf.reduce_sum(values, axis=1, keepdims=True)
