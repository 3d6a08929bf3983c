"""All of params.yaml at once, checked before any work begins."""

import ast
from dataclasses import dataclass
from pathlib import Path

from letterpress.configuration.data import DatasetConfig, ImageConfig, SplitConfig
from letterpress.configuration.ensemble import ContextConfig, EnsembleConfig, PredictConfig
from letterpress.configuration.loader import PARAMS, build, read_yaml
from letterpress.configuration.project import BaselineConfig, ClusterConfig, GateConfig
from letterpress.configuration.training import AugmentationConfig, PretrainConfig, TrainConfig
from letterpress.infrastructure.errors import UserError

OPTION_KINDS = {"int": int, "float": float}
MIN_SYNTHETIC = 20  # of which one is for validation
ZOO = Path(__file__).parents[1] / "networks"


@dataclass(frozen=True)
class Params:
    """The sections of params.yaml."""

    baseline: BaselineConfig | None
    dataset: DatasetConfig
    image: ImageConfig
    split: SplitConfig
    aug: AugmentationConfig
    train: TrainConfig
    pretrain: PretrainConfig
    predict: PredictConfig
    ensemble: EnsembleConfig
    context: ContextConfig | None
    cluster: ClusterConfig | None
    gate: GateConfig


def load_params(path: Path = PARAMS) -> Params:
    """Read and check every section, the members' networks and options included."""
    params = build(Params, read_yaml(path), "", path)
    for key, member in params.ensemble.members.items():
        _check_options(member.network, member.kwargs, f"ensemble.members.{key}", path)
    _check_pretrained(params, path)
    if params.split.validation == 0 and _needs_validation(params.train):
        raise UserError(f"{path}: split.validation is 0, but train.monitor or a plateau needs validation images.")
    if params.train.per_pixel_standardize and (
        params.aug.invert > 0 or any(view.invert for view in params.predict.tta)
    ):
        raise UserError(
            f"{path}: train.per_pixel_standardize goes with no inversion: set aug.invert to 0, and no view's invert."
        )
    learned = params.train.head is not None and params.train.head.fit_on_validation
    learners = {"ensemble.method: stacking": params.ensemble.method == "stacking", "context": params.context}
    for key, wanted in learners.items():
        if wanted and (params.split.validation == 0 or learned):
            raise UserError(
                f"{path}: {key} learns from validation images that no member learned from: "
                "set split.validation above 0, and train.head.fit_on_validation to false."
            )
    if params.split.holdout == 0 and learned:
        raise UserError(
            f"{path}: train.head.fit_on_validation is true, but split.holdout is 0: no image is left unseen."
        )
    return params


def _needs_validation(train: TrainConfig) -> bool:
    return train.monitor is not None or any(
        phase.schedule is not None and phase.schedule.name == "plateau" for phase in train.phases
    )


def _check_pretrained(params: Params, path: Path) -> None:
    """Every net among the members has its entry, and where that is a network the members are like it."""
    networks = params.pretrain.networks
    nets = {member.network for member in params.ensemble.members.values()}
    if set(networks) != nets:
        raise UserError(
            f"{path}: pretrain.networks: expected exactly the nets of the members, {', '.join(sorted(nets))}, "
            f"received {', '.join(sorted(networks)) or 'none'}."
        )
    first = params.pretrain.train
    if first is not None and (
        first.per_pixel_standardize or first.head is not None or first.initial_weights is not None
    ):
        raise UserError(
            f"{path}: pretrain.train: weights alone are handed on, and start at random: set standardize to false, "
            "head and initial_weights to null."
        )
    if first is not None and _needs_validation(first) and params.pretrain.n_images < MIN_SYNTHETIC:
        raise UserError(
            f"{path}: pretrain.n_images: with pretrain.train.monitor or a plateau at least {MIN_SYNTHETIC} are needed, "
            f"received {params.pretrain.n_images}."
        )
    for key, member in params.ensemble.members.items():
        start = networks[member.network]
        if start is not None and start.kwargs != member.kwargs:
            raise UserError(
                f"{path}: ensemble.members.{key}: expected the options of pretrain.networks.{member.network}."
            )
    if any(networks.values()) and params.train.initial_weights is not None:
        raise UserError(
            f"{path}: train.initial_weights: expected null beside pretrain.networks, which are the start."
        )


def _check_options(net: str, options: dict[str, int | float], key: str, path: Path) -> None:
    """Compare with the signature of build() in the zoo, read as text: importing it would load Keras."""
    known = sorted(file.stem for file in ZOO.glob("*.py") if file.stem != "__init__")
    if net not in known:
        raise UserError(f"{path}: {key}.net: expected one of {', '.join(known)}, received {net!r}.")
    expected = _signature(ZOO / f"{net}.py")
    if set(options) != set(expected):
        raise UserError(
            f"{path}: {key}.options: expected exactly {', '.join(sorted(expected))}, "
            f"received {', '.join(sorted(options)) or 'none'}."
        )
    for name, kind in expected.items():
        build(OPTION_KINDS[kind], options[name], f"{key}.options.{name}", path)


def _signature(file: Path) -> dict[str, str]:
    """The keyword arguments of a network's build(), and their types by name."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    builder = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "build")
    return {argument.arg: ast.unparse(argument.annotation) for argument in builder.args.kwonlyargs}
