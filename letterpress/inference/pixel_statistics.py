"""Each pixel to mean 0 and deviation 1 over the images that a member learns from."""

from dataclasses import dataclass

import numpy as np

EPS = 1e-6  # a deviation's floor, for pixels that never vary


@dataclass(frozen=True)
class PixelStatistics:
    """Mean and deviation of every pixel, float32 (h, w), of values in [0, 1]."""

    mean: np.ndarray
    deviation: np.ndarray

    @classmethod
    def of(cls, images: np.ndarray) -> "PixelStatistics":
        """The statistics of images, uint8 (n, h, w)."""
        mean = images.mean(axis=0, dtype=np.float64) / 255
        squares = np.mean(np.square(images, dtype=np.float64), axis=0) / 255**2
        deviation = np.sqrt(np.maximum(squares - mean**2, 0))
        return cls(mean.astype(np.float32), np.maximum(deviation, EPS).astype(np.float32))

    def standardize(self, images: np.ndarray) -> np.ndarray:
        """Images, uint8 (n, h, w), to float32 (n, h, w)."""
        return (images.astype(np.float32) / 255 - self.mean) / self.deviation
