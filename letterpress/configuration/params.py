"""All of params.yaml at once, checked before any work begins."""

import ast
from collections.abc import Iterator
from pathlib import Path

from pydantic.dataclasses import dataclass

from letterpress.configuration.data import DatasetConfig, ImageConfig, SplitConfig
from letterpress.configuration.ensemble import ContextConfig, EnsembleConfig, MemberConfig, PredictConfig
from letterpress.configuration.fields import SECTION
from letterpress.configuration.loader import PARAMS, load_section
from letterpress.configuration.project import BaselineConfig, ClusterConfig, GateConfig
from letterpress.configuration.training import AugmentationConfig, PretrainConfig, TrainConfig
from letterpress.infrastructure.errors import UserError

MIN_SYNTHETIC = 20  # of which one is for validation
NETWORKS = Path(__file__).parents[1] / "networks"


@dataclass(frozen=True, config=SECTION)
class Params:
    """The hyperparameters of data, networks and training of a recipe."""

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
    """Read and check every section, then what sections require of each other.

    Raises UserError with all errors, a line each.
    """
    params = load_section(Params, "", path)
    checks = (_check_networks, _check_validation, _check_inversion, _check_pretrain)
    if errors := [error for check in checks for error in check(params)]:
        raise UserError("\n".join(f"{path}: {error}" for error in errors))
    return params


def _check_networks(params: Params) -> Iterator[str]:
    """Compare the members' networks and kwargs with the modules of letterpress/networks."""
    known = sorted(file.stem for file in NETWORKS.glob("*.py") if file.stem != "__init__")
    for key, member in params.ensemble.members.items():
        if member.network in known:
            yield from _check_kwargs(member, f"ensemble.members.{key}.kwargs")
        else:
            expected = f"expected one of {', '.join(known)}, received {member.network!r}"
            yield f"ensemble.members.{key}.network: {expected}."


def _check_kwargs(member: MemberConfig, key: str) -> Iterator[str]:
    expected, received = _signature(NETWORKS / f"{member.network}.py"), member.kwargs
    if set(expected) != set(received):
        names = [", ".join(sorted(names)) or "none" for names in (expected, received)]
        yield f"{key}: expected exactly {names[0]}, received {names[1]}."
    for name in sorted(set(expected) & set(received)):
        if expected[name] == "int" and not isinstance(received[name], int):
            yield f"{key}.{name}: expected a whole number, received {received[name]!r}."


def _signature(file: Path) -> dict[str, str]:
    """Return the keyword arguments of a network's build() and their types, read as text to not import Keras."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    builder = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "build")
    return {argument.arg: ast.unparse(argument.annotation) for argument in builder.args.kwonlyargs}


def _check_validation(params: Params) -> Iterator[str]:
    """Check that there are validation images for what uses them, and images left to evaluate on."""
    split, head = params.split, params.train.head
    fit_on_validation = head is not None and head.fit_on_validation
    users = {
        "train.monitor or a plateau schedule needs it": _needs_validation(params.train),
        "stacking is fitted on out-of-fold predictions": params.ensemble.method == "stacking",
        "context is fitted on out-of-fold predictions": params.context is not None,
    }
    for reason in [reason for reason, used in users.items() if used]:
        if split.validation == 0:
            yield f"split.validation: expected above 0, since {reason}, received 0.0."
        if fit_on_validation and "out-of-fold" in reason:
            yield f"train.head.fit_on_validation: expected false, since {reason}, received True."
    if fit_on_validation and split.holdout == 0:
        yield "split.holdout: expected above 0, since train.head.fit_on_validation is true, received 0.0."


def _needs_validation(train: TrainConfig) -> bool:
    schedules = [phase.schedule.name for phase in train.phases if phase.schedule is not None]
    return train.monitor is not None or "plateau" in schedules


def _check_inversion(params: Params) -> Iterator[str]:
    """Check that nothing inverts pixels that are standardized one by one."""
    inverted = params.aug.invert > 0 or any(view.invert for view in params.predict.tta)
    if params.train.per_pixel_standardize and inverted:
        yield "train.per_pixel_standardize: expected false where aug or predict.tta invert images, received True."


def _check_pretrain(params: Params) -> Iterator[str]:
    """Check that pre-training has a network for each of the members', which its weights fit."""
    networks, members = params.pretrain.networks, params.ensemble.members
    used = sorted({member.network for member in members.values()})
    if sorted(networks) != used:
        received = ", ".join(sorted(networks)) or "none"
        yield f"pretrain.networks: expected exactly the members' networks, {', '.join(used)}, received {received}."
    for key, member in members.items():
        start = networks.get(member.network)
        if start is not None and start.kwargs != member.kwargs:
            kwargs = f"expected those of pretrain.networks.{member.network}, {start.kwargs}"
            yield f"ensemble.members.{key}.kwargs: {kwargs}, received {member.kwargs}."
    if params.pretrain.train is not None:
        yield from _check_pretrain_train(params.pretrain.train, params.pretrain.n_images)


def _check_pretrain_train(train: TrainConfig, n_images: int) -> Iterator[str]:
    """Check that pre-training results in weights alone."""
    if train.head is not None:
        yield f"pretrain.train.head: expected null, received {train.head!r}."
    if train.per_pixel_standardize:
        yield "pretrain.train.per_pixel_standardize: expected false, received True."
    if _needs_validation(train) and n_images < MIN_SYNTHETIC:
        yield (
            f"pretrain.n_images: expected at least {MIN_SYNTHETIC}, since pretrain.train.monitor or a plateau "
            f"schedule needs validation images, received {n_images}."
        )
