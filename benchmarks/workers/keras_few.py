"""What a Keras user's script makes of few images: python -m benchmarks.workers.keras_few DATA.npz OUT.npy.

The network and the optimizer are those of Keras's own example, Simple MNIST
convnet, with Keras's augmentation layers before it. DATA.npz holds images,
uint8 (n, h, w), labels, int (n,), and evaluation_images; OUT.npy gets their
probabilities, float32 (m, classes).
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from keras import layers

EPOCHS, BATCH_SIZE = 80, 32


def build(size: tuple[int, int], n_classes: int) -> keras.Model:
    """Build and compile the network."""
    model = keras.Sequential(
        [
            keras.Input((*size, 1)),
            layers.RandomRotation(0.03),
            layers.RandomTranslation(0.1, 0.1),
            layers.RandomZoom(0.15, 0.15),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(n_classes, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def main(data: str, out: str) -> None:
    """Train on the images, and predict the evaluation images."""
    arrays = np.load(data)
    images, evaluation_images = (
        arrays[name][..., None] / np.float32(255) for name in ("images", "evaluation_images")
    )
    keras.utils.set_random_seed(0)
    model = build(images.shape[1:3], len(np.unique(arrays["labels"])))
    model.fit(images, arrays["labels"], batch_size=BATCH_SIZE, epochs=EPOCHS, verbose=0)
    np.save(out, model.predict(evaluation_images, verbose=0))


if __name__ == "__main__":
    main(*sys.argv[1:])
