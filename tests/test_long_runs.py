"""Many members and many images, with real DVC: memory stays bounded and grows no faster than the images."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

from tests.archives import zipped
from tests.clones import change, run, small_clone

pytestmark = pytest.mark.long

SIDE, CLASSES = 28, 10
MEMBERS = 18
IMAGES = 100_000
STEPS = 20
LIMIT = 2000  # megabytes, without the arrays
KWARGS = {"width": 4, "dense": 16, "dropout": 0.1}


def digits(count: int, seed: int) -> str:
    """Return synthetic rows of Digit Recognizer: noise, brighter where the label says."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % CLASSES
    pixels = rng.integers(0, 100, (count, SIDE * SIDE))
    pixels[:, : CLASSES * 20] += 150 * (np.arange(CLASSES * 20) // 20 == labels[:, None])
    header = ",".join(["label", *(f"pixel{i}" for i in range(SIDE * SIDE))])
    rows = "\n".join(f"{label},{','.join(map(str, row))}" for label, row in zip(labels, pixels, strict=True))
    return f"{header}\n{rows}\n"


def clone_with_digits(folder: Path, images: int, members: int) -> Path:
    """Clone the project, with a recipe of this many synthetic digits and small members."""
    clone = small_clone(folder)
    test = digits(100, seed=1).splitlines()
    without_labels = "\n".join(row.partition(",")[2] for row in test) + "\n"
    archive = zipped({"train.csv": digits(images, seed=0), "test.csv": without_labels})
    (clone / "digits.zip").write_bytes(archive)

    def edit(params: dict) -> None:
        params["dataset"] |= {"name": "digits", "source": "local", "layout": "pixel-csv", "path": "digits.zip"}
        params["image"] |= {"height": SIDE, "width": SIDE}
        params["train"]["phases"][0] |= {"epochs": 1, "steps_per_epoch": STEPS}
        params["ensemble"]["members"] = {
            f"m{i:02}": {"network": "stem_vgg_bn", "seed": i, "kwargs": KWARGS} for i in range(members)
        }

    change(clone, edit)
    return clone


def memory(clone: Path) -> dict[str, float]:
    """Return the peak memory of each stage, in megabytes."""
    recorded = {file.stem: json.loads(file.read_text()) for file in (clone / "metrics/runs").glob("*.json")}
    return {stage: run["peak_memory_mb"] for stage, run in recorded.items()}


def arrays(clone: Path) -> float:
    """Return the size of the prepared images, in megabytes."""
    return sum(file.stat().st_size for file in (clone / "data/prepared").rglob("images.npy")) / 1e6


def test_eighteen_members_and_a_hundred_thousand_images_fit(tmp_path):
    clone = clone_with_digits(tmp_path / "large", IMAGES, MEMBERS)
    run(clone, "dvc", "repro")
    assert json.loads((clone / "metrics/details.json").read_text())["holdout"]["n"] == IMAGES // 10
    assert len((clone / "data/submission.csv").read_text().splitlines()) == 101
    peaks = memory(clone)
    assert len([stage for stage in peaks if stage.startswith("train@")]) == MEMBERS
    assert {stage: peak for stage, peak in peaks.items() if peak > LIMIT + arrays(clone)} == {}
    shutil.rmtree(clone)


def test_the_fiftieth_member_needs_no_more_memory_than_the_first(tmp_path):
    clone = clone_with_digits(tmp_path, 1000, 50)
    run(clone, "dvc", "repro")
    peaks = memory(clone)
    for stage in ("train", "predict"):
        of_members = [peaks[f"{stage}@m{i:02}"] for i in range(50)]
        assert max(of_members) < 1.1 * min(of_members), (stage, of_members)
    assert {stage: peak for stage, peak in peaks.items() if peak > LIMIT + arrays(clone)} == {}


def test_memory_grows_no_faster_than_the_images(tmp_path):
    counts, peaks = [12_500, 25_000, 50_000], []
    for count in counts:
        clone = clone_with_digits(tmp_path / str(count), count, 1)
        run(clone, "dvc", "repro")
        peaks.append(memory(clone))
        shutil.rmtree(clone)
    for stage in yaml.safe_load((Path(__file__).parents[1] / "dvc.yaml").read_text(encoding="utf-8"))["stages"]:
        small, middle, large = (
            next(peak[name] for name in peak if name.partition("@")[0] == stage) for peak in peaks
        )
        assert large - middle < 2.5 * max(middle - small, 50), (stage, small, middle, large)
