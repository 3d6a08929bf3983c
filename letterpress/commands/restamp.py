"""Take code that behaves the same over into dvc.lock: what changes no behaviour reruns nothing.

    letterpress restamp        every recipe (make restamp)

A dependency on code gets its new hash if, since the commit that measured the recipe, only comments, docstrings and
formatting have changed in it. Nothing else of dvc.lock is touched; other stages are named and stay stale.
"""

import argparse
from pathlib import Path

from letterpress.datasets.litter import is_litter
from letterpress.infrastructure import git, projects
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.same_code import CODE, ChangedCode, changed_code

TRACKED = (*CODE, ":(glob)**/dvc.lock", ":(glob)**/dvc.yaml", ":(glob)**/params.yaml", ".dvcignore")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: every recipe is restamped."""


def run(arguments: argparse.Namespace) -> None:
    """Restamp every recipe, and print what was taken over."""
    print("\n".join(restamp_recipes()))


def restamp_recipes(root: Path = projects.ROOT) -> list[str]:
    """Update every recipe's dvc.lock; return lines that say what was taken over, what not, and why.

    Raises UserError if code, parameters or locks are not committed.
    """
    uncommitted = git.uncommitted(root, *TRACKED)
    if dirty := [path for path in uncommitted if path == ".dvcignore" or not is_litter(path)]:
        raise UserError(f"{', '.join(dirty[:3])}: commit first; only committed code can be compared.")
    lines = []
    for folder in projects.folders(root):
        name = projects.name_of(folder, root)
        if (folder / "dvc.lock").exists():
            lines += restamp_recipe(name, folder, root)
        else:
            lines.append(f"{name}: not run")
    return lines


def restamp_recipe(name: str, folder: Path, root: Path) -> list[str]:
    """Update one recipe's dvc.lock."""
    changed = changed_code(folder, root)
    same = [dep for dep in changed if not dep.reasons]
    if same:
        write_hashes(folder, same)
    if not changed:
        return [f"{name}: nothing to restamp"]
    stages = ", ".join(sorted({dep.stage for dep in same}))
    lines = [f"{name}: restamped {stages}" if same else f"{name}: left as it is"]
    stages_by_reason: dict[str, list[str]] = {}
    for dep in changed:
        for reason in dep.reasons:
            stages_by_reason.setdefault(reason, []).append(dep.stage)
    return lines + [f"  {reason}: left {', '.join(stages)}" for reason, stages in stages_by_reason.items()]


def write_hashes(folder: Path, deps: list[ChangedCode]) -> None:
    """Replace the hashes of these dependencies in a recipe's dvc.lock, as DVC itself writes one.

    Raises UserError where another process holds DVC's lock of the recipe for some seconds.
    """
    from dvc.lock import LockError
    from dvc.repo import Repo
    from dvc.utils.serialize import modify_yaml

    now = {(dep.stage, dep.path): dep.now for dep in deps}
    try:
        with Repo(str(folder)) as repo, repo.lock, modify_yaml(str(folder / "dvc.lock")) as content:
            for stage, entry in content["stages"].items():
                for recorded in entry.get("deps", []):
                    recorded.update(now.get((stage, recorded["path"]), {}))
    except LockError as error:
        raise UserError(f"{folder}: DVC is at work there; run it again when that has ended.") from error
