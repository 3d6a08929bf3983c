"""The script that a Keras user would write for few images: python -m benchmarks.workers.keras_few DATA.npz OUT.npy.

Three convolutions with batch normalization, Adam, ImageDataGenerator. DATA.npz
holds images, uint8 (n, h, w), labels, int (n,), and evaluation_images; OUT.npy
gets their probabilities, float32 (m, classes).
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from keras import layers
from keras.src.legacy.preprocessing.image import ImageDataGenerator

EPOCHS, BATCH_SIZE = 40, 32


def build(size: tuple[int, int], n_classes: int) -> keras.Model:
    """Build and compile the network."""
    model = keras.Sequential([keras.Input((*size, 1))])
    for filters in (32, 64, 128):
        model.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
        model.add(layers.BatchNormalization())
        model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dense(256, activation="relu"))
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(n_classes, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def main(data: str, out: str) -> None:
    """Train on the images, and predict the evaluation images."""
    arrays = np.load(data)
    images, evaluation_images = (
        arrays[name][..., None] / np.float32(255) for name in ("images", "evaluation_images")
    )
    keras.utils.set_random_seed(0)
    generator = ImageDataGenerator(
        rotation_range=10, shear_range=10, zoom_range=0.15, width_shift_range=0.1, height_shift_range=0.1
    )
    model = build(images.shape[1:3], arrays["labels"].max() + 1)
    model.fit(generator.flow(images, arrays["labels"], BATCH_SIZE, seed=0), epochs=EPOCHS, verbose=0)
    np.save(out, model.predict(evaluation_images, verbose=0))


if __name__ == "__main__":
    main(*sys.argv[1:])
