"""The graph that is exported computes what the ensemble predicts; run by TensorFlow, operation by operation."""

from dataclasses import replace

import numpy as np
import pytest

from letterpress.inference.transforms import affine_maps, warp
from tests.archives import image_config

pytest.importorskip("onnx", reason="needs `make export`")
pytestmark = pytest.mark.usefixtures("float32")

SIZE = (8, 10)


@pytest.fixture(scope="module")
def members(float32):
    from tests.onnx_ensembles import UNPADDED, make_member

    plain = make_member(*UNPADDED, SIZE, seed=0)
    return [plain, make_member(*UNPADDED, SIZE, seed=1, statistics=True, heads="group")]


@pytest.mark.parametrize(
    ("method", "weights", "temperature", "invert"),
    [
        ("mean", None, 0.4, False),
        ("geometric_mean", None, 1.0, True),
        ("weighted_mean", {"m0": 2.0, "m1": 0.5}, 2.5, False),
        ("weighted_mean", {"m0": 0.0, "m1": 3.0}, 1.0, False),
    ],
)
def test_every_view_channel_and_member_counts_as_the_recipe_says(members, method, weights, temperature, invert):
    from letterpress.serving.onnx_export import as_decoded
    from letterpress.serving.onnx_graph import build_graph
    from tests.onnx_ensembles import VIEWS, make_ensemble, random_images

    image = image_config(*SIZE, invert=invert, pca_channel=True)
    ensemble = make_ensemble(members, image, VIEWS, temperature, method=method, weights=weights)
    channels = np.stack([random_images(20, SIZE, seed=5), random_images(20, SIZE, seed=6)])
    expected = ensemble.predict_prepared(channels)
    found = build_graph(ensemble)(as_decoded(channels, ensemble))["probabilities"]
    assert found.dtype == np.float32
    assert len(set(expected.argmax(1))) > 1
    np.testing.assert_allclose(found, expected, atol=2e-6)


def test_images_of_another_size_are_prepared_in_the_graph(members):
    from letterpress.serving.images import prepare_images
    from letterpress.serving.onnx_graph import build_graph
    from tests.onnx_ensembles import make_ensemble, random_images

    config = image_config(*SIZE, preserve_aspect_ratio=True, invert=True)
    ensemble, images = make_ensemble(members[:1], config), random_images(20, (31, 17), seed=5)
    expected = ensemble.predict_prepared(prepare_images(images, config))
    found = build_graph(ensemble)(images[:, None])["probabilities"]
    np.testing.assert_allclose(found, expected, atol=2e-6)


@pytest.mark.parametrize("view", [{"rotation": 9.0}, {"rotation": 180.0}, {"zoom_x": 0.5, "zoom_y": 1.7}])
def test_fixed_corners_resample_as_tensorflow_does(view):
    from letterpress.serving.onnx_graph import bilinear_corners

    images = np.random.default_rng(0).random((3, *SIZE, 1)).astype(np.float32)
    affine_map = affine_maps(SIZE, **view)
    expected = np.asarray(warp(images, np.tile(affine_map, (3, 1)), "nearest"))
    indices, weights = bilinear_corners(SIZE, affine_map)
    found = (images.reshape(3, 1, -1)[..., indices] * weights).sum(axis=2)
    np.testing.assert_allclose(found.reshape(expected.shape), expected, atol=3e-6)


@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_heads_decide_as_in_numpy(n_classes):
    from letterpress.inference.svc_head import apply_heads
    from letterpress.serving.onnx_svc import apply_heads as apply_in_graph
    from tests.test_svc import clouds, fit

    classes = np.array([4, 1, 0, 3, 2][:n_classes], np.int32)
    features, labels = clouds(n_classes, 30 * n_classes)
    (head,) = fit(features, labels).values()
    heads = {"": replace(head, classes=classes)}
    fresh, _ = clouds(n_classes, 400, seed=1)
    probabilities = np.random.default_rng(0).dirichlet(np.ones(6), 400).astype(np.float32)
    expected = apply_heads(probabilities, fresh, heads)
    np.testing.assert_allclose(apply_in_graph(probabilities, fresh, heads), expected, atol=1e-6)
