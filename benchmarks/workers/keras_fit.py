"""The same networks as a Keras user writes them today: python -m benchmarks.workers.keras_fit CASE AUG.

Stock layers in float32, model.fit(), and as AUG either `generator`, Keras's
ImageDataGenerator, or `layers`, its augmentation layers in a tf.data pipeline.
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from benchmarks.workers.serving import N_CLASSES, RANGES, Case, random_images, serve

STEPS = 16


def vgg_bn(case: Case) -> keras.Model:
    """Build vgg_bn: 2, 2 and 3 convolutions of width, 2 width and 4 width, with batch normalization."""
    model = keras.Sequential([keras.Input((case.size, case.size, 1))])
    for times, convolutions in ((1, 2), (2, 2), (4, 3)):
        for _ in range(convolutions):
            _add_convolution(model, case.width * times)
        model.add(layers.MaxPooling2D())
    return _finish(model, case.dense)


def stem_vgg_bn(case: Case) -> keras.Model:
    """Build stem_vgg_bn: a strided 4x4 convolution replaces the first convolution and its pooling."""
    model = keras.Sequential([keras.Input((case.size, case.size, 1))])
    _add_convolution(model, case.width, kernel=4, strides=2)
    for times, convolutions in ((1, 1), (2, 2)):
        for _ in range(convolutions):
            _add_convolution(model, case.width * times)
        model.add(layers.MaxPooling2D())
    for _ in range(3):
        _add_convolution(model, case.width * 4)
    return _finish(model, case.dense)


def _add_convolution(model: keras.Sequential, filters: int, kernel: int = 3, strides: int = 1) -> None:
    model.add(layers.Conv2D(filters, kernel, strides=strides, padding="same", use_bias=False))
    model.add(layers.BatchNormalization())
    model.add(layers.ReLU())


def _finish(model: keras.Sequential, dense: int) -> keras.Model:
    model.add(layers.Flatten())
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(dense, use_bias=False))
    model.add(layers.BatchNormalization())
    model.add(layers.ReLU())
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(N_CLASSES, activation="softmax"))
    return model


def generator_batches(case: Case):
    """Yield endless batches of Keras's ImageDataGenerator."""
    from keras.src.legacy.preprocessing.image import ImageDataGenerator

    images, labels = random_images(size=case.size)
    generator = ImageDataGenerator(
        rotation_range=RANGES["rotation"],
        shear_range=RANGES["shear"],
        zoom_range=RANGES["zoom"],
        width_shift_range=RANGES["translation"],
        height_shift_range=RANGES["translation"],
    )
    return generator.flow(
        images[..., None] / np.float32(255), keras.utils.to_categorical(labels, N_CLASSES), case.batch_size
    )


def layer_batches(case: Case) -> tf.data.Dataset:
    """Yield endless batches of Keras's augmentation layers."""
    augment = keras.Sequential(
        [
            layers.RandomRotation(RANGES["rotation"] / 360, fill_mode="nearest"),
            layers.RandomShear(RANGES["shear"] / 90, 0.0, fill_mode="nearest"),
            layers.RandomZoom(RANGES["zoom"], RANGES["zoom"], fill_mode="nearest"),
            layers.RandomTranslation(RANGES["translation"], RANGES["translation"], fill_mode="nearest"),
        ]
    )
    images, labels = random_images(size=case.size)
    data = tf.data.Dataset.from_tensor_slices((images[..., None], keras.utils.to_categorical(labels, N_CLASSES)))
    data = data.shuffle(len(images)).repeat().batch(case.batch_size)
    data = data.map(lambda x, y: (augment(tf.cast(x, "float32") / 255, training=True), y), tf.data.AUTOTUNE)
    return data.prefetch(tf.data.AUTOTUNE)


def main(case: Case, aug: str) -> None:
    """Serve model.fit() in chunks of a few steps."""
    model = {"vgg_bn": vgg_bn, "stem_vgg_bn": stem_vgg_bn}[case.network](case)
    model.compile(
        keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True), "categorical_crossentropy", metrics=["accuracy"]
    )
    batches = {"generator": generator_batches, "layers": layer_batches}[aug](case)

    def work() -> int:
        model.fit(batches, steps_per_epoch=STEPS, epochs=1, verbose=0)
        return STEPS * case.batch_size

    serve(work)


if __name__ == "__main__":
    main(Case.from_json(sys.argv[1]), sys.argv[2])
