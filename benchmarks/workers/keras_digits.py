"""A Keras user's script for digits: python -m benchmarks.workers.keras_digits DATA.npz ACCURACY HISTORY.json.

The network, its augmentation and its learning rate are those of a published notebook (Yassine Ghouzam, 2017), in
stock Keras. DATA.npz holds images and evaluation_images, uint8 (n, h, w), and labels and evaluation_labels, int (n,).
Trains until the accuracy, or for all epochs, and writes after each epoch all epochs' accuracies and times of ending.
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from keras import layers
from keras.src.legacy.preprocessing.image import ImageDataGenerator

EPOCHS, BATCH_SIZE = 30, 86
AUGMENTATION = {"rotation_range": 10, "zoom_range": 0.1, "width_shift_range": 0.1, "height_shift_range": 0.1}


class HistoryWriter(keras.callbacks.Callback):
    """Writes the accuracy on the evaluation images and the time after each epoch, and ends at an accuracy."""

    def __init__(self, accuracy: float, path: Path) -> None:
        super().__init__()
        self.accuracy, self.path = accuracy, path
        self.history: dict[str, list[float]] = {"accuracy": [], "ended": []}

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.history["accuracy"].append(round(logs["val_accuracy"], 6))
        self.history["ended"].append(round(time.time(), 1))
        self.path.write_text(json.dumps(self.history), encoding="utf-8")
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


def main(data: str, accuracy: str, history: str) -> None:
    """Train until the accuracy is reached, or for all epochs."""
    arrays = np.load(data)
    images, evaluation_images = (
        arrays[name][..., None] / np.float32(255) for name in ("images", "evaluation_images")
    )
    keras.utils.set_random_seed(0)
    model = build(images.shape[1:3])
    lower_rate = keras.callbacks.ReduceLROnPlateau("val_accuracy", factor=0.5, patience=3, min_lr=1e-5)
    model.fit(
        ImageDataGenerator(**AUGMENTATION).flow(images, arrays["labels"], BATCH_SIZE),
        epochs=EPOCHS,
        validation_data=(evaluation_images, arrays["evaluation_labels"]),
        callbacks=[lower_rate, HistoryWriter(float(accuracy), Path(history))],
        verbose=2,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
