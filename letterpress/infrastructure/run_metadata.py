"""metrics/runs/<stage>.json: what varies from run to run, kept in git but hashed by no stage.

Seconds, speed and hardware would make every run's outputs differ; so they are
written beside DVC's outputs, and the report reads them from there.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from letterpress.infrastructure.files import write_json

RUNS = Path("metrics/runs")


def record(stage: str, content: dict) -> None:
    """Note how a stage's last run went; `stage` is DVC's name of it, as train@m0."""
    write_json(RUNS / f"{stage}.json", content)


def recorded(keys: Iterable[str], folder: Path = RUNS) -> dict[str, dict]:
    """All notes by stage; those of members and of pre-trained networks that are not among the keys are left out."""
    wanted = {"", *keys}
    files = [file for file in sorted(folder.glob("*.json")) if file.stem.partition("@")[2] in wanted]
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}
