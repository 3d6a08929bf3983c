"""Small ensembles with random weights, and recipes of them, to be exported."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import yaml

from letterpress.configuration.data import ImageConfig
from letterpress.configuration.ensemble import MemberConfig, PredictConfig, ViewConfig
from letterpress.configuration.params import load_params
from letterpress.configuration.training import SvcConfig
from letterpress.inference.factory import adapt_layers, build_network
from letterpress.inference.member import TrainedMember, with_features
from letterpress.inference.pixel_statistics import PixelStatistics
from letterpress.inference.predictor import Predictor
from letterpress.serving.ensemble import Ensemble
from letterpress.storage.prepared import PREPARED, PreparedSplit, save_classes, save_split
from letterpress.training.svc import fit_heads
from tests.archives import image_config
from tests.imports import ROOT

CLASSES = ["a/0", "a/1", "a/2", "ब", 'b,/"1']  # the first three are of one group
UNPADDED = ("unpadded", {"kernel": 3, "depth": 1, "width": 4, "dropout": 0.2})
VIEWS = ({}, {"invert": True}, {"rotation": 9}, {"rotation": -8, "zoom": 1.2, "invert": True}, {"zoom": 0.8})


def random_images(n: int, size: tuple[int, int], seed: int = 0) -> np.ndarray:
    """Return smooth images and noise, uint8 (n, *size)."""
    rng = np.random.default_rng(seed)
    ramps = rng.uniform(0, 255, (n, 1, 1)) + rng.uniform(-9, 9, (n, size[0], 1)).cumsum(1)
    return (ramps + rng.uniform(-60, 60, (n, *size))).clip(0, 255).astype(np.uint8)


def make_member(
    network: str,
    kwargs: dict,
    size: tuple[int, int],
    seed: int = 0,
    statistics: bool = False,
    heads: str | None = None,
) -> TrainedMember:
    """Build a member whose batch statistics are random and whose classes differ.

    heads: `group` for a head of the first three classes, `all` for one of all.
    """
    config, images = MemberConfig(network=network, seed=seed, kwargs=kwargs), random_images(60, size, seed)
    built, rng = build_network(config, size, len(CLASSES)), np.random.default_rng(seed)
    adapt_layers(built, images)
    for layer in built.layers:
        if hasattr(layer, "moving_variance"):
            layer.moving_mean.assign(rng.normal(0, 0.1, layer.moving_mean.shape))
            layer.moving_variance.assign(rng.uniform(0.5, 2, layer.moving_variance.shape))
    statistics = PixelStatistics.from_images(images) if statistics else None
    read = statistics.standardize(images) if statistics else images
    outputs = Predictor(with_features(built), 64).predict(read)
    _spread(built.layers[-1], outputs[:, : len(CLASSES)])
    member = TrainedMember(config, built, statistics)
    if heads is None:
        return member
    features = outputs[:, len(CLASSES) :]
    options = {"c": (1.0,), "gamma": (float(0.1 / features.var()),), "folds": 2, "fit_on_validation": False}
    params = SvcConfig(name="svc", by_group=heads == "group", **options)
    fitted = fit_heads(features, np.arange(60, dtype=np.int32) % len(CLASSES), CLASSES, params, seed)
    return replace(member, heads={one.group: one.head for one in fitted})


def _spread(layer, logits: np.ndarray) -> None:
    """Give the logits of each class mean 0 and standard deviation 2 over images, so that their classes differ."""
    mean, scale = logits.mean(axis=0), 2 / logits.std(axis=0)
    layer.kernel.assign(layer.kernel * scale)
    layer.bias.assign((layer.bias - mean) * scale)


def make_ensemble(
    members: list[TrainedMember], image: ImageConfig, views=({},), temperature: float = 0.7, **ensemble: object
) -> Ensemble:
    """Combine members; `ensemble` are further keys of that section."""
    params = load_params(ROOT / "params.yaml")
    named = {f"m{i}": member for i, member in enumerate(members)}
    configs = {key: member.config for key, member in named.items()}
    section = replace(params.ensemble, members=configs, **{"method": "mean", "weights": None} | ensemble)
    predict = PredictConfig(tta=tuple(ViewConfig(**view) for view in views))
    return Ensemble(replace(params, image=image, predict=predict, ensemble=section), CLASSES, named, temperature)


def make_recipe(folder: Path) -> Path:
    """Write a recipe that has been run, with one small member."""
    size, (network, kwargs) = (8, 8), UNPADDED
    member = make_member(network, kwargs, size)
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    params["image"] |= vars(image_config(*size))
    params["ensemble"]["members"] = {"m0": {"network": network, "seed": 0, "kwargs": kwargs}}
    params["pretrain"]["networks"] = {network: None}
    (folder / "data/ensemble").mkdir(parents=True)
    (folder / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    one = {"temperature": 0.7, "fitted_on": "oof", "n": 60}
    (folder / "data/ensemble/temperature.json").write_text(json.dumps({"new_images": one, "final": one}))
    images = random_images(30, size, seed=3)
    split = PreparedSplit(images, np.array(list(map(str, range(30)))), np.full((30, 2), 8, np.int32), None)
    save_split("test", split, folder / PREPARED)
    save_split("labelled", replace(split, labels=np.zeros(30, np.int32)), folder / PREPARED)
    save_classes(CLASSES, folder / PREPARED)
    member.save(folder / "models/m0")
    return folder
