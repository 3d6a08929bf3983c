"""Numbers by which pictures that were cut from the same photograph are alike."""

import numpy as np
from PIL import Image

from letterpress.datasets.archive import Archive
from letterpress.datasets.image_arrays import map_images
from letterpress.datasets.raw import Raw
from letterpress.images.decoding import open_picture
from letterpress.infrastructure.errors import UserError

STATISTICS = 17
LARGEST = 48  # pixels a side that are looked at; a larger picture is averaged down


def extract_photo_features(raw: Raw, archive: Archive) -> np.ndarray:
    """Statistics of all pictures, labelled ones first, float32 (n, 17); raises UserError where there are none."""
    if isinstance(raw.train.pictures, np.ndarray):
        raise UserError(
            f"params.yaml: context: {archive.path} holds bare pixels, which tell no photograph; set it to null."
        )
    pictures = [*raw.train.pictures, *raw.test.pictures]
    return np.array(map_images(pictures, archive, _statistics, "colours"), np.float32).reshape(-1, STATISTICS)


def _statistics(content: bytes) -> np.ndarray:
    return statistics(open_picture(content))


def statistics(picture: Image.Image) -> np.ndarray:
    """Colours and sharpness of one picture, float32 (17,), values about 0 to 1.

    Red, green and blue of: the mean of the darkest quarter of the pixels, of
    the lightest quarter, of all; the deviation; the median along the border.
    Then the mean step of grey from row to row, and from column to column.
    """
    small = picture.convert("RGB")
    small.thumbnail((LARGEST, LARGEST), Image.Resampling.BOX, reducing_gap=None)
    colours = np.asarray(small, np.float32) / 255
    grey = np.asarray(small.convert("L"), np.float32) / 255
    flat, order = colours.reshape(-1, 3), np.argsort(grey, axis=None, kind="stable")
    quarter = max(1, len(order) // 4)
    border = np.concatenate([colours[0], colours[-1], colours[:, 0], colours[:, -1]])
    return np.concatenate(
        [
            flat[order[:quarter]].mean(axis=0),
            flat[order[-quarter:]].mean(axis=0),
            flat.mean(axis=0),
            flat.std(axis=0),
            np.median(border, axis=0),
            [_step(grey, axis=0), _step(grey, axis=1)],
        ]
    ).astype(np.float32)


def _step(grey: np.ndarray, axis: int) -> float:
    return float(np.abs(np.diff(grey, axis=axis)).mean()) if grey.shape[axis] > 1 else 0.0
