"""Measure images a second in all but training: preprocessing, augmentation, inference, reading a table of pixels."""

import io
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from letterpress.inference import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

import numpy as np
from PIL import Image

from benchmarks.contest import summarize_rates
from benchmarks.workers.serving import RANGES, SIZE, random_images
from letterpress.configuration.data import ImageConfig
from letterpress.configuration.ensemble import MemberConfig
from letterpress.configuration.training import AugmentationConfig
from letterpress.datasets.preprocess import preprocess_dataset
from letterpress.inference.factory import build_network
from letterpress.inference.predictor import Predictor
from letterpress.inference.transforms import adjust_intensity, to_unit, warp
from letterpress.training.augmentation import sample_transforms

COUNT = 4096


def measure(rounds: int) -> dict:
    """Return the rate of each task; each round runs all in turn."""
    runtime.prepare("auto")
    with tempfile.TemporaryDirectory() as folder:
        tasks = {
            "preprocessing, pictures of 100x80": _preprocess_pictures(Path(folder)),
            "preprocessing, a table of pixels": _preprocess_table(Path(folder)),
            "augmentation": _augment(),
            "inference, stem_vgg_bn of width 48": _predict(),
        }
        rates: dict[str, list[float]] = {name: [] for name in tasks}
        for task in tasks.values():
            task()
        for _ in range(rounds):
            for name, task in tasks.items():
                started = time.perf_counter()
                done = task()
                rates[name].append(done / (time.perf_counter() - started))
    return {name: summarize_rates(values) for name, values in rates.items()}


def _preprocess_pictures(folder: Path) -> Callable[[], int]:
    rng, path = np.random.default_rng(0), folder / "pictures.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(COUNT):
            file = io.BytesIO()
            coarse = rng.integers(0, 256, (10, 8, 3), dtype=np.uint8)
            Image.fromarray(coarse).resize((80, 100), Image.Resampling.BICUBIC).save(file, "PNG")
            archive.writestr(f"{i % 10}/{i}.png", file.getvalue())

    def work() -> int:
        preprocess_dataset(path, "class-folders", _size(SIZE), folder=folder / "prepared")
        return COUNT

    return work


def _preprocess_table(folder: Path) -> Callable[[], int]:
    rng, path = np.random.default_rng(0), folder / "table.zip"
    header = ",".join(f"pixel{i}" for i in range(784))
    rows = [f"{i % 10}," + ",".join(map(str, row)) for i, row in enumerate(rng.integers(0, 256, (COUNT, 784)))]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train.csv", "\n".join([f"label,{header}", *rows]) + "\n")
        archive.writestr("test.csv", f"{header}\n" + ",".join(["0"] * 784) + "\n")

    def work() -> int:
        preprocess_dataset(path, "pixel-csv", _size(28), folder=folder / "prepared")
        return COUNT

    return work


def _size(side: int) -> ImageConfig:
    return ImageConfig(height=side, width=side, preserve_aspect_ratio=False, invert=False, pca_channel=False)


def _augment() -> Callable[[], int]:
    images, _ = random_images(COUNT)
    rng = np.random.default_rng(0)
    aug = AugmentationConfig(**RANGES, shear_axis="x", brightness=0.1, invert=0.5, fill_mode="nearest")

    def work() -> int:
        transforms = sample_transforms(rng, (COUNT,), (SIZE, SIZE), aug)
        augmented = adjust_intensity(
            warp(to_unit(images), transforms.maps, "nearest"), transforms.offsets, transforms.inverted
        )
        np.asarray(augmented)
        return COUNT

    return work


def _predict() -> Callable[[], int]:
    images, _ = random_images(COUNT)
    member = MemberConfig(network="stem_vgg_bn", seed=0, kwargs={"width": 48, "dense": 512, "dropout": 0.5})
    predictor = Predictor(build_network(member, (SIZE, SIZE), 62), 512)

    def work() -> int:
        predictor.predict(images)
        return COUNT

    return work
