"""Extract features by which crops of the same photo are alike: colours and sharpness."""

import numpy as np
from PIL import Image

from letterpress.datasets.archive import Archive
from letterpress.datasets.preprocess import map_images
from letterpress.datasets.raw import RawDataset
from letterpress.images.decoding import border_pixels, open_image
from letterpress.images.grayscale import to_luma
from letterpress.infrastructure.errors import UserError

N_FEATURES = 17
MAX_SIDE = 48  # pixels; a larger image is averaged down first


def extract_photo_features(raw: RawDataset, archive: Archive) -> np.ndarray:
    """Extract the features of all images, labelled ones first, float32 (n, 17); raise UserError for bare pixels."""
    if isinstance(raw.labelled.files_or_pixels, np.ndarray):
        raise UserError(
            f"params.yaml: context: {archive.path} has pixels only, no crops of photos; set context to null."
        )
    names = [*raw.labelled.files_or_pixels, *raw.test.files_or_pixels]
    features = map_images(_features_of_file, names, archive, "photo features")
    return np.array(features, np.float32).reshape(-1, N_FEATURES)


def _features_of_file(content: bytes) -> np.ndarray:
    return photo_features(open_image(content))


def photo_features(image: Image.Image) -> np.ndarray:
    """Compute the features of one image, float32 (17,), values about 0 to 1.

    Red, green and blue of: the mean of the darkest quarter of the pixels, of
    the lightest quarter, of all; the standard deviation; the median of the
    border. Then the mean absolute difference of luma between rows, and columns.
    """
    small = image.convert("RGB")
    small.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX, reducing_gap=None)
    colors = np.asarray(small, np.float32) / 255
    luma = np.asarray(to_luma(small), np.float32) / 255
    flat, order = colors.reshape(-1, 3), np.argsort(luma, axis=None, kind="stable")
    quarter = max(1, len(order) // 4)
    return np.concatenate(
        [
            flat[order[:quarter]].mean(axis=0),
            flat[order[-quarter:]].mean(axis=0),
            flat.mean(axis=0),
            flat.std(axis=0),
            np.median(border_pixels(colors), axis=0),
            [_mean_difference(luma, axis=0), _mean_difference(luma, axis=1)],
        ]
    ).astype(np.float32)


def _mean_difference(luma: np.ndarray, axis: int) -> float:
    return float(np.abs(np.diff(luma, axis=axis)).mean()) if luma.shape[axis] > 1 else 0.0
