"""A Keras user's script for digits, trained until an accuracy: … benchmarks.workers.keras_digits DATA.npz ACCURACY.

The network, its augmentation and its learning rate are those of a published notebook (Yassine Ghouzam, 2017), in
stock Keras. DATA.npz holds images and evaluation_images, uint8 (n, h, w), and labels and evaluation_labels, int (n,).
Prints the number of epochs and the best accuracy as JSON.
"""

import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from keras import layers
from keras.src.legacy.preprocessing.image import ImageDataGenerator

EPOCHS, BATCH_SIZE = 30, 86
AUGMENTATION = {"rotation_range": 10, "zoom_range": 0.1, "width_shift_range": 0.1, "height_shift_range": 0.1}


class StopAt(keras.callbacks.Callback):
    """Ends the training at the first epoch that reaches an accuracy on the evaluation images."""

    def __init__(self, accuracy: float) -> None:
        super().__init__()
        self.accuracy = accuracy

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.model.stop_training = logs["val_accuracy"] >= self.accuracy


def build(size: tuple[int, int]) -> keras.Model:
    """Build and compile the network."""
    model = keras.Sequential([keras.Input((*size, 1))])
    for filters, kernel in ((32, 5), (64, 3)):
        for _ in range(2):
            model.add(layers.Conv2D(filters, kernel, padding="same", activation="relu"))
        model.add(layers.MaxPooling2D())
        model.add(layers.Dropout(0.25))
    model.add(layers.Flatten())
    model.add(layers.Dense(256, activation="relu"))
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def main(data: str, accuracy: str) -> None:
    """Train until the accuracy is reached, or for all epochs."""
    arrays = np.load(data)
    images, evaluation_images = (
        arrays[name][..., None] / np.float32(255) for name in ("images", "evaluation_images")
    )
    keras.utils.set_random_seed(0)
    model = build(images.shape[1:3])
    lower_rate = keras.callbacks.ReduceLROnPlateau("val_accuracy", factor=0.5, patience=3, min_lr=1e-5)
    history = model.fit(
        ImageDataGenerator(**AUGMENTATION).flow(images, arrays["labels"], BATCH_SIZE),
        epochs=EPOCHS,
        validation_data=(evaluation_images, arrays["evaluation_labels"]),
        callbacks=[lower_rate, StopAt(float(accuracy))],
        verbose=2,
    )
    reached = history.history["val_accuracy"]
    print(json.dumps({"epochs": len(reached), "accuracy": max(reached)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
