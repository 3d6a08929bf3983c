"""Choose the values of a recipe by its data: fractions, batches, epochs, synthetic pre-training."""

import io
import math
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from letterpress.datasets.inspection import DatasetInfo
from letterpress.datasets.splits import least_fraction, make_holdout
from letterpress.sources.synthetic.glyphs import CLASSES

MIN_FOR_HOLDOUT = 2000  # images; fewer are all trained on, and the accuracy is out of fold
MAX_VALIDATION = 0.35  # more would leave too few to train on, as one of two images a class
MIXED_INK = (0.1, 0.9)  # between these fractions of light ink, the images are of both polarities
IMAGES_SEEN = 600_000  # by a member during training, each image in many epochs
MIN_EPOCHS, MAX_EPOCHS = 12, 80
MAX_FEW = 100  # images a class on average; of more, synthetic pre-training gains nothing (LOG.md)
N_SYNTHETIC = 60_000  # images to pre-train on
SYNTHETIC_PER_EPOCH = 2500  # for rehearsal, of fewer than 5,000 images
FINE_TUNING_IMAGES = 40_000  # seen by a member, synthetic ones included
FINE_TUNING = 64, 0.02  # batch size and learning rate from pre-trained weights


def fill_template(template: str, name: str, path: Path, info: DatasetInfo) -> str:
    """Return the template's text, comments kept, with values that fit the data."""
    editor = YAML()
    editor.preserve_quotes, editor.width = True, 10_000
    editor.indent(mapping=2, sequence=4, offset=2)
    editor.representer.add_representer(
        type(None), lambda to, _: to.represent_scalar("tag:yaml.org,2002:null", "null")
    )
    params = editor.load(template)
    params["dataset"] |= {"name": _as_yaml(name), "layout": info.layout, "path": _as_yaml(str(path))}
    if info.layout == "pixel-csv":  # their own size: enlarging adds nothing
        params["image"]["height"], params["image"]["width"] = info.side
    split = params["split"]
    split["holdout"], split["validation"] = choose_fractions(info.counts, split["holdout"], split["validation"])
    if MIXED_INK[0] < info.light_ink < MIXED_INK[1]:
        _accept_both_polarities(params)
    _fit_training(params, info.counts)
    text = io.StringIO()
    editor.dump(params, text)
    return _replace_head(text.getvalue(), f"# {name}: {info.counts.total():,} images of {len(info.counts)} classes.")


def make_labels(counts: Counter) -> np.ndarray:
    """Return labels, int (n,), with as many of each class as there are."""
    return np.repeat(np.arange(len(counts)), list(counts.values()))


def choose_fractions(counts: Counter, holdout: float, validation: float) -> tuple[float, float]:
    """Return the fractions of hold-out and validation images that can be drawn, at least those given, or 0.

    There is no hold-out where images are few, and no validation where classes of two or three would lose one.
    """
    labels = make_labels(counts)
    if len(labels) < MIN_FOR_HOLDOUT or holdout < least_fraction(labels):
        holdout = 0
    usable, _ = make_holdout(labels, holdout, seed=0)
    least = least_fraction(labels[usable])
    return holdout, max(validation, least) if 0 < least <= MAX_VALIDATION else 0


def _as_yaml(text: str) -> str:
    """Return a text that YAML reads as it is: in quotes, unless it is plain, and no word such as null or yes."""
    plain = re.fullmatch(r"[A-Za-z/][\w./-]*", text, re.ASCII) and yaml.safe_load(text) == text
    return text if plain else DoubleQuotedScalarString(text)


def _accept_both_polarities(params: CommentedMap) -> None:
    """Invert every other training image, and predict each image inverted, too."""
    params["aug"]["invert"] = 0.5
    if not any(view.get("invert") for view in params["predict"]["tta"]):
        inverted = CommentedMap(rotation=0, zoom=1, invert=True)
        inverted.fa.set_flow_style()
        params["predict"]["tta"].append(inverted)


def _replace_head(text: str, head: str) -> str:
    """Replace the template's first comments, but for the line that names the schema for editors."""
    comments, _, content = text.partition("\nbaseline:")
    schema = [line for line in comments.splitlines() if "$schema" in line]
    return "\n".join([*schema, head, "", f"baseline:{content}"])


def _fit_training(params: CommentedMap, counts: Counter) -> None:
    """Set batches, learning rate and epochs; turn synthetic pre-training on where it gains accuracy."""
    train, pretrain, images = params["train"], params["pretrain"], counts.total()
    phase = train["phases"][0]
    if is_few(counts) and not other_classes(counts):
        member = next(iter(params["ensemble"]["members"].values()))
        pretrain["n_images"], pretrain["rehearsal"] = N_SYNTHETIC, choose_rehearsal(images)
        pretrain["networks"] = _in_one_line({member["network"]: {"seed": 0, "kwargs": dict(member["kwargs"])}})
        train["batch_size"], phase["optimizer"]["learning_rate"] = FINE_TUNING
        phase["epochs"] = choose_fine_tuning_epochs(images)
        return
    pretrain["aug"] = pretrain["train"] = None
    train["batch_size"], phase["optimizer"]["learning_rate"] = choose_batches(images)
    phase["epochs"] = choose_epochs(images)


def _in_one_line(values: dict) -> CommentedMap:
    """Return a mapping that YAML writes in one line."""
    mapping = CommentedMap(values)
    mapping.fa.set_flow_style()
    return mapping


def is_few(counts: Counter) -> bool:
    """Return whether images are so few that synthetic pre-training gains accuracy."""
    return counts.total() <= MAX_FEW * len(counts)


def other_classes(classes: Iterable[str]) -> list[str]:
    """Return the classes that cannot be rendered, sorted: all but Latin letters and digits."""
    return sorted(name for name in classes if len(name) != 1 or name not in CLASSES)


def choose_epochs(images: int) -> int:
    """Return the number of epochs from random weights: more for fewer images."""
    return min(MAX_EPOCHS, max(MIN_EPOCHS, round(IMAGES_SEEN / images)))


def choose_batches(images: int) -> tuple[int, float]:
    """Return batch size and learning rate from random weights: 16 batches an epoch or more, of 16 to 128 images."""
    batch_size = min(128, max(16, 2 ** int(math.log2(max(1, images / 16)))))
    return batch_size, round(0.1 * math.sqrt(batch_size / 128), 3)


def choose_rehearsal(images: int) -> float:
    """Return the synthetic images for each real one in an epoch: more for fewer images, against forgetting."""
    return min(8.0, max(0.5, round(SYNTHETIC_PER_EPOCH / images, 1)))


def choose_fine_tuning_epochs(images: int) -> int:
    """Return the number of epochs from pre-trained weights: more for fewer images."""
    return min(90, max(16, round(FINE_TUNING_IMAGES / (images * (1 + choose_rehearsal(images))))))
