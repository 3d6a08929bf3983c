"""Files of members that params.yaml has no more, as after `git checkout` of a commit with fewer."""

import shutil
from collections.abc import Iterable
from pathlib import Path

LEFT_ASIDE = Path("data/left_aside")


def leave_aside(folder: Path, keys: Iterable[str]) -> None:
    """Move the files of a folder that are of none of these members to data/left_aside/, and say so.

    DVC hashes the folder as a whole: with such files its hash would not be the one in dvc.lock, and every run after
    it would differ from those of a clone without them.
    """
    if gone := sorted(file for file in folder.glob("[!.]*") if file.stem not in set(keys)):
        target = LEFT_ASIDE / folder.name
        target.mkdir(parents=True, exist_ok=True)
        for file in gone:
            shutil.move(file, target / file.name)  # data/ may be on another disk
        names = ", ".join(file.name for file in gone)
        print(f"{folder}: of no member in params.yaml, moved to {target}: {names}")
