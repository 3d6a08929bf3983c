"""The principal components of the pixels, for an SVC head.

The components have a closed form, so that the member needs no epoch.
"""

import keras
import numpy as np
from keras import layers
from sklearn.decomposition import PCA

from letterpress.infrastructure.errors import UserError


@keras.saving.register_keras_serializable(package="letterpress")
class PrincipalComponents(layers.Dense):
    """Project flat images, float (n, pixels), on the principal components of the images it was adapted to."""

    def adapt(self, images: np.ndarray) -> None:
        """Compute the components of images, float (n, …); raise UserError for too few images or pixels."""
        pixels = images.reshape(len(images), -1)
        if self.units > min(pixels.shape):
            raise UserError(
                f"params.yaml: {len(pixels)} images of {pixels.shape[1]} pixels have no {self.units} components; "
                "lower components in the kwargs of the network pca."
            )
        pca = PCA(self.units, svd_solver="full").fit(pixels.astype(np.float64))
        self.set_weights([pca.components_.T, -pca.components_ @ pca.mean_])


def build(input_shape: tuple[int, int, int], n_classes: int, *, components: int) -> keras.Model:
    """Build the network from images, (n, *input_shape), to logits, float32 (n, n_classes)."""
    images = keras.Input(input_shape)
    x = PrincipalComponents(components, dtype="float32")(layers.Flatten()(images))
    return keras.Model(images, layers.Dense(n_classes, dtype="float32")(x))
