"""All of params.yaml at once, checked before any work begins."""

import ast
from dataclasses import dataclass
from pathlib import Path

from letterpress.errors import UserError
from letterpress.params.aug import Aug
from letterpress.params.dataset import Dataset
from letterpress.params.ensemble import Ensemble
from letterpress.params.gate import Gate
from letterpress.params.image import Image
from letterpress.params.loading import PARAMS, build, read_yaml
from letterpress.params.predict import Predict
from letterpress.params.split import Split
from letterpress.params.train import Train

OPTION_KINDS = {"int": int, "float": float}
ZOO = Path(__file__).parents[1] / "members" / "zoo"


@dataclass(frozen=True)
class Params:
    """The sections of params.yaml."""

    dataset: Dataset
    image: Image
    split: Split
    aug: Aug
    train: Train
    predict: Predict
    ensemble: Ensemble
    gate: Gate


def load_all(path: Path = PARAMS) -> Params:
    """Read and check every section, the members' networks and options included."""
    params = build(Params, read_yaml(path), "", path)
    for key, member in params.ensemble.members.items():
        _check_options(member.net, member.options, f"ensemble.members.{key}", path)
    if params.split.validation == 0 and _needs_validation(params.train):
        raise UserError(f"{path}: split.validation is 0, but train.best or a plateau needs validation images.")
    return params


def _needs_validation(train: Train) -> bool:
    return train.best is not None or any(
        phase.schedule is not None and phase.schedule.name == "plateau" for phase in train.phases
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
