"""The images that a training reads."""

from dataclasses import dataclass, replace

import numpy as np

from letterpress.inference.pixel_statistics import PixelStatistics
from letterpress.training.sampler import sample_order


@dataclass(frozen=True)
class SyntheticData:
    """Synthetic images for rehearsal, of which `n_per_epoch` are drawn again for each epoch.

    images: uint8 or float32 (n, h, w), as the real ones. labels: int32 (n,).
    """

    images: np.ndarray
    labels: np.ndarray
    n_per_epoch: int


@dataclass(frozen=True)
class TrainingData:
    """Training and validation images.

    Images are uint8 (n, h, w), or float32 where they are standardized; labels
    are int32 (n,), indices of `classes`.
    """

    images: np.ndarray
    labels: np.ndarray
    validation_images: np.ndarray
    validation_labels: np.ndarray
    classes: list[str]
    synthetic: SyntheticData | None = None

    @property
    def n_per_epoch(self) -> int:
        """Return how many images an epoch trains on."""
        return len(self.images) + (self.synthetic.n_per_epoch if self.synthetic else 0)

    def class_weight(self) -> np.ndarray:
        """Return a weight for each class, float32 (n_classes,), by which all weigh the same among the real images.

        As scikit-learn's "balanced": n / (n_classes * n_of_the_class); 0 for a class without images.
        """
        counts = np.bincount(self.labels, minlength=len(self.classes))
        return np.where(counts > 0, len(self.labels) / (len(counts) * np.maximum(counts, 1)), 0).astype(np.float32)

    def with_synthetic(self) -> tuple[np.ndarray, np.ndarray]:
        """Return all images and labels to train on: the real ones, then the synthetic ones."""
        if self.synthetic is None:
            return self.images, self.labels
        return (
            np.concatenate([self.images, self.synthetic.images]),
            np.concatenate([self.labels, self.synthetic.labels]),
        )

    def with_validation(self) -> tuple[np.ndarray, np.ndarray]:
        """Return images and labels for training, then those for validation."""
        return (
            np.concatenate([self.images, self.validation_images]),
            np.concatenate([self.labels, self.validation_labels]),
        )

    def sample_epoch(self, rng: np.random.Generator, steps: int, batch_size: int) -> np.ndarray:
        """Sample one epoch's indices into `with_synthetic`, int32 (steps, batch_size)."""
        if self.synthetic is None:
            return sample_order(rng, (steps, batch_size), len(self.images))
        return sample_order(
            rng, (steps, batch_size), len(self.images), len(self.synthetic.images), self.synthetic.n_per_epoch
        )

    def standardize(self, statistics: PixelStatistics) -> "TrainingData":
        """Return the same data with all images standardized, float32 (n, h, w)."""
        synthetic = self.synthetic
        return replace(
            self,
            images=statistics.standardize(self.images),
            validation_images=statistics.standardize(self.validation_images),
            synthetic=synthetic and replace(synthetic, images=statistics.standardize(synthetic.images)),
        )
