"""The README's table: what was published beside what was measured, from the committed figures alone.

python -m letterpress.commands.table        write it into README.md (make table)
"""

import json
import math
import statistics
from dataclasses import dataclass
from pathlib import Path

from letterpress.configuration import loader
from letterpress.configuration.project import BaselineConfig
from letterpress.infrastructure import git as history
from letterpress.infrastructure import projects as recipes
from letterpress.infrastructure import run_metadata as runs
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.markdown import put

README = recipes.ROOT / "README.md"
START, END = "<!-- The table: written by `make table`. -->\n", "<!-- End of the table. -->\n"
HEADER = (
    "| recipe | published | members, validation | members, hold-out | ensemble | against published "
    "| minutes | machine | measured at |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |"
)
ALL = "all"  # the group of every image


@dataclass(frozen=True)
class Figures:
    """One group's accuracies in a recipe: of each member by part, and of the ensemble on what it is judged by."""

    members: dict[str, list[tuple[float, int]]]  # validation and hold-out, as far as there are any: accuracy, images
    ensemble: tuple[float, int]


def render(root: Path = recipes.ROOT) -> str:
    """The table in Markdown, and below it what was cut where."""
    lines, notes = [HEADER], []
    for folder in recipes.folders(root):
        name = recipes.name_of(folder, root)
        published = loader.load_section(BaselineConfig | None, "baseline", folder / "params.yaml")
        ran = (folder / "metrics/ensemble.json").exists()
        if published is None and not ran:
            continue  # a pattern for others, of which there is nothing to tell
        lines += _rows(name, folder, published)
        if published is not None and published.reduced is not None:
            notes.append(f"- `{name}` is reduced: {published.reduced}.")
        if not ran:
            notes.append(f"- `{name}` has not been run.")
    return "\n".join([*lines, "", *notes]) + "\n"


def _rows(name: str, folder: Path, published: BaselineConfig | None) -> list[str]:
    """A line for each group of classes that something was published about, or one for all images."""
    groups = published.accuracy if published else {ALL: None}
    if not (folder / "metrics/ensemble.json").exists():
        return [_line(name, group, value) for group, value in groups.items()]
    params = loader.read_yaml(folder / "params.yaml")
    keys = [*params["ensemble"]["members"], *params["pretrain"]["networks"]]
    notes = runs.recorded(keys, folder / "metrics/runs").values()
    minutes = f"{sum(note['seconds'] for note in notes) / 60:.0f}"
    machines = sorted({f"{note['machine']['cores']} cores, {note['machine']['processor']}" for note in notes})
    cost = [minutes, "; ".join(machines), _measured_at(folder)]
    lines = []
    for group, value in groups.items():
        figures = read_figures(folder, group)
        parts = [_spread(figures.members.get(part, [])) for part in ("validation", "holdout")]
        ensemble = f"{figures.ensemble[0]:.4f}"
        against = _difference(figures, value, published) if published else ""
        lines.append(_line(name, group, value, *parts, ensemble, against, *cost))
    return lines


def read_figures(folder: Path, group: str) -> Figures:
    """A recipe's accuracies for one group, within its own classes, or for all images."""
    ensemble = _read(folder / "metrics/ensemble.json")
    part = ensemble.get("holdout") or ensemble.get("oof")
    if part is None:
        raise UserError(f"{folder}: neither hold-out nor validation images judge this recipe; set a share in split.")
    members: dict[str, list[tuple[float, int]]] = {}
    for file in sorted(folder.glob("metrics/members/*.json")):
        for name, scores in _read(file).items():
            members.setdefault(name, []).append(_of_group(scores, group))
    return Figures(members, _of_group(part, group))


def _of_group(scores: dict, group: str) -> tuple[float, int]:
    if group == ALL:
        return scores["accuracy"], scores["images"]
    try:
        of_group = scores["groups"][group]
    except KeyError as error:
        raise UserError(f"params.yaml: published.accuracy: {group} is no group of the data set's classes.") from error
    return of_group["accuracy_within"], of_group["images"]


def _difference(figures: Figures, published: float, about: BaselineConfig) -> str:
    """Measured minus published, with two standard errors of the images that judged one member, or the ensemble.

    Two right and two wrong images are added before the error is taken, as Agresti and Coull advise: without them
    it would be zero where all are right.
    """
    judged = [figures.ensemble]
    if about.of == "member":
        judged = figures.members.get("holdout") or figures.members["validation"]
    measured = statistics.mean(accuracy for accuracy, _ in judged)
    images = statistics.mean(images for _, images in judged)
    share = (measured * images + 2) / (images + 4)
    error = math.sqrt(share * (1 - share) / (images + 4))
    return f"{measured - published:+.4f} ± {2 * error:.4f}"


def _spread(members: list[tuple[float, int]]) -> str:
    """Mean, sample deviation and number."""
    accuracies = [accuracy for accuracy, _ in members]
    if not accuracies:
        return ""
    if len(accuracies) == 1:
        return f"{accuracies[0]:.4f}"
    return f"{statistics.mean(accuracies):.4f} ± {statistics.stdev(accuracies):.4f} ({len(accuracies)})"


def _line(name: str, group: str, published: float | None, *cells: str) -> str:
    title = f"`{name}`" if group == ALL else f"`{name}`, {group}"
    cells = cells or ("",) * 7
    return f"| {title} | {'' if published is None else f'{published:.4f}'} | {' | '.join(cells)} |"


def _measured_at(folder: Path) -> str:
    """The commit that last changed the recipe's figures."""
    return history.git(folder, "log", "-1", "--format=%h", "--", "metrics/ensemble.json").strip()


def _read(file: Path) -> dict:
    return json.loads(file.read_text(encoding="utf-8"))


def main() -> None:
    """Put the table between its marks in README.md."""
    try:
        put(README, START, render(), END)
    except UserError as error:
        raise SystemExit(f"table: {error}") from error
    print("README.md: the table is up to date")


if __name__ == "__main__":
    main()
