"""All of params.yaml at once, checked before any work begins."""

import ast
from dataclasses import dataclass
from pathlib import Path

from letterpress.errors import UserError
from letterpress.params.aug import Aug
from letterpress.params.cluster import Cluster
from letterpress.params.context import Context
from letterpress.params.dataset import Dataset
from letterpress.params.ensemble import Ensemble
from letterpress.params.gate import Gate
from letterpress.params.image import Image
from letterpress.params.loading import PARAMS, build, read_yaml
from letterpress.params.predict import Predict
from letterpress.params.pretrain import Pretrain
from letterpress.params.published import Published
from letterpress.params.split import Split
from letterpress.params.train import Train

OPTION_KINDS = {"int": int, "float": float}
LEAST_LETTERS = 20  # of which one is for validation
ZOO = Path(__file__).parents[1] / "members" / "zoo"


@dataclass(frozen=True)
class Params:
    """The sections of params.yaml."""

    published: Published | None
    dataset: Dataset
    image: Image
    split: Split
    aug: Aug
    train: Train
    pretrain: Pretrain
    predict: Predict
    ensemble: Ensemble
    context: Context | None
    cluster: Cluster | None
    gate: Gate


def load_all(path: Path = PARAMS) -> Params:
    """Read and check every section, the members' networks and options included."""
    params = build(Params, read_yaml(path), "", path)
    for key, member in params.ensemble.members.items():
        _check_options(member.net, member.options, f"ensemble.members.{key}", path)
    _check_pretrained(params, path)
    if params.split.validation == 0 and _needs_validation(params.train):
        raise UserError(f"{path}: split.validation is 0, but train.best or a plateau needs validation images.")
    if params.train.standardize and (params.aug.invert > 0 or any(view.invert for view in params.predict.views)):
        raise UserError(
            f"{path}: train.standardize goes with no inversion: set aug.invert to 0, and no view's invert."
        )
    learned = params.train.head is not None and params.train.head.validation
    learners = {"ensemble.method: stacking": params.ensemble.method == "stacking", "context": params.context}
    for key, wanted in learners.items():
        if wanted and (params.split.validation == 0 or learned):
            raise UserError(
                f"{path}: {key} learns from validation images that no member learned from: "
                "set split.validation above 0, and train.head.validation to false."
            )
    if params.split.holdout == 0 and learned:
        raise UserError(f"{path}: train.head.validation is true, but split.holdout is 0: no image is left unseen.")
    return params


def _needs_validation(train: Train) -> bool:
    return train.best is not None or any(
        phase.schedule is not None and phase.schedule.name == "plateau" for phase in train.phases
    )


def _check_pretrained(params: Params, path: Path) -> None:
    """Every net among the members has its entry, and where that is a network the members are like it."""
    networks = params.pretrain.networks
    nets = {member.net for member in params.ensemble.members.values()}
    if set(networks) != nets:
        raise UserError(
            f"{path}: pretrain.networks: expected exactly the nets of the members, {', '.join(sorted(nets))}, "
            f"received {', '.join(sorted(networks)) or 'none'}."
        )
    first = params.pretrain.train
    if first is not None and (first.standardize or first.head is not None or first.initial_weights is not None):
        raise UserError(
            f"{path}: pretrain.train: weights alone are handed on, and start at random: set standardize to false, "
            "head and initial_weights to null."
        )
    if first is not None and _needs_validation(first) and params.pretrain.letters < LEAST_LETTERS:
        raise UserError(
            f"{path}: pretrain.letters: with pretrain.train.best or a plateau at least {LEAST_LETTERS} are needed, "
            f"received {params.pretrain.letters}."
        )
    for key, member in params.ensemble.members.items():
        start = networks[member.net]
        if start is not None and start.options != member.options:
            raise UserError(
                f"{path}: ensemble.members.{key}: expected the options of pretrain.networks.{member.net}."
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
