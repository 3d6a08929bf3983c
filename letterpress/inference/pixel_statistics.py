"""Per-pixel standardization: every pixel to mean 0 and standard deviation 1 over the training images."""

from dataclasses import dataclass

import numpy as np

EPS = 1e-6  # the smallest standard deviation, for pixels that never vary


@dataclass(frozen=True)
class PixelStatistics:
    """Mean and standard deviation of every pixel, float32 (h, w), of values in [0, 1]."""

    mean: np.ndarray
    std: np.ndarray

    @classmethod
    def from_images(cls, images: np.ndarray) -> "PixelStatistics":
        """Compute the statistics of images, uint8 (n, h, w)."""
        mean = images.mean(axis=0, dtype=np.float64) / 255
        squares = np.mean(np.square(images, dtype=np.float64), axis=0) / 255**2
        std = np.sqrt(np.maximum(squares - mean**2, 0))
        return cls(mean.astype(np.float32), np.maximum(std, EPS).astype(np.float32))

    def standardize(self, images: np.ndarray) -> np.ndarray:
        """Standardize images, uint8 (n, h, w), to float32 (n, h, w)."""
        return (images.astype(np.float32) / 255 - self.mean) / self.std
