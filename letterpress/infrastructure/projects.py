"""The recipes: the root and every folder of recipes/, each a DVC project of its own.

A recipe's project shares the root's cache and reaches the code by the links
`letterpress` and `stages`, so that its dvc.yaml is the same bytes as the
root's. Of these only dvc.yaml is a copy: DVC reads a link from git as text,
and then neither `dvc metrics diff` nor `dvc exp show` works.

    python -m letterpress.infrastructure.projects                write what recipes lack (make recipes)
    python -m letterpress.infrastructure.projects --remote URL   set a DVC remote for all (make remote URL=…)
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from letterpress.infrastructure.errors import UserError, drop_unwritten
from letterpress.infrastructure.files import write_text

ROOT = Path(__file__).resolve().parents[2]
REMOTE = "storage"
CONFIG = "[core]\n    analytics = false\n    autostage = false\n[cache]\n    dir = ../../../.dvc/cache\n"
LINKS = ("letterpress", "stages")
COPIES = ("dvc.yaml", ".dvcignore", ".dvc/.gitignore")


def folders(root: Path = ROOT) -> list[Path]:
    """List the root and every folder of recipes/ with a params.yaml."""
    return [root, *sorted(params.parent for params in root.glob("recipes/*/params.yaml"))]


def name_of(folder: Path, root: Path = ROOT) -> str:
    """Return what a recipe is called in tables: its folder's name, or `default` for the root."""
    return "default" if folder.resolve() == root.resolve() else folder.name


def create_project(folder: Path, root: Path = ROOT) -> None:
    """Make a folder of recipes/ a DVC project, or update its copies.

    Raises UserError where a file or folder is in the way of a link.
    """
    for name in LINKS:
        _link(folder / name, Path("../..", name))
    for name in COPIES:
        content = (root / name).read_text(encoding="utf-8")
        if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != content:
            write_text(folder / name, content)
    if not (folder / ".dvc/config").exists():
        write_text(folder / ".dvc/config", CONFIG)
        if url := remote_of(root):
            set_remote(folder, url)


def _link(path: Path, target: Path) -> None:
    if path.is_symlink() and path.readlink() == target:
        return
    if path.exists() and not path.is_symlink():
        raise UserError(f"{path}: expected a link to {target}, found a file or folder; move it away.")
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def remote_of(folder: Path) -> str | None:
    """Return the URL of a project's remote that `make remote` has set, or None."""
    return _dvc(folder, "config", f"remote.{REMOTE}.url").strip() or None  # `dvc remote list` breaks long lines


def set_remote(folder: Path, url: str) -> None:
    """Make a URL, or an absolute path, a project's default remote.

    DVC empties its config where an address is not ASCII; a path below the same folder then is relative. Raises
    UserError where that does not help.
    """
    if not url.isascii() and "://" not in url:
        url = os.path.relpath(url, folder)
    if not url.isascii():
        raise UserError(f"{url}: DVC cannot write this address, which is not ASCII; name another with URL=.")
    _dvc(folder, "remote", "add", "--quiet", "--default", "--force", REMOTE, url)


def _dvc(folder: Path, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "dvc", *arguments], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise UserError(f"{folder}: dvc {' '.join(arguments)} failed: {done.stderr.strip()[-300:]}")
    return done.stdout


def main() -> None:
    """Write what the recipes lack, or set a remote for all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--remote", metavar="URL", help="a DVC remote for the root and all recipes")
    url = parser.parse_args().remote
    try:
        if url is not None and "://" not in url:
            url = str(Path(url).expanduser().resolve())
        for folder in folders():
            if folder != ROOT:
                create_project(folder)
            if url is not None:
                set_remote(folder, url)
            print(f"{name_of(folder)}: {f'remote {url}' if url else 'up to date'}")
        sys.stdout.flush()
    except UserError as error:
        sys.exit(str(error))
    except BrokenPipeError:
        drop_unwritten()
        sys.exit(1)


if __name__ == "__main__":
    main()
