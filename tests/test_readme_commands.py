"""Every command of the README, as a new user types it, in a clone whose recipes take seconds."""

import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from letterpress.datasets.archive import Archive
from tests.clones import change, commit, environment, run
from tests.imports import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What each command prints, and its exit status; None for one that serves until it is stopped.
EXPECTED = {
    "make repro": ("Report      report/index.html", 0),
    ". .venv/bin/activate": ("", 0),
    "dvc exp run -S aug.rotation=20": ("Ran experiment", 0),
    "letterpress new my-signs --from ~/pictures": ("recipes/my-signs", 0),
    "make repro RECIPE=my-signs": ("Report      recipes/my-signs/report/index.html", 0),
    "make repro RECIPE=julia-quick": ("Submission  recipes/julia-quick/data/submission.csv", 0),
    "make submit RECIPE=julia-quick": ("kaggle.json", 2),
    "letterpress predict recipes/my-signs sign.jpg scans/ more.zip --top 3": ("more.zip/sign.jpg", 0),
    "letterpress predict recipes/my-signs scans/ --min-probability 0.9 --output predictions.csv": (
        "predictions.csv: 2 images",
        0,
    ),
    "make export RECIPE=my-signs": ("recipes/my-signs/ensemble.onnx: ", 0),
    "make demo RECIPE=my-signs": ("Running on local URL", None),
    "dvc exp run -S 'ensemble.members.m0.kwargs.width=64'": ("Ran experiment", 0),
    "dvc exp run -S train.phases.0.epochs=40": ("Ran experiment", 0),
    "cd recipes/julia-quick && dvc exp run -S aug.rotation=20": ("Ran experiment", 0),
    "dvc exp show --only-changed": ("aug.rotation", 0),
    "make experiments RECIPE=julia-quick": ("aug.rotation", 0),
    "letterpress tune . --trials 20 -S aug.rotation=0..30": ("dvc exp apply tune-", 0),
    "letterpress dag": ("| fetch |", 0),
    "dvc metrics diff HEAD~1": ("holdout.accuracy", 0),
    "dvc plots show": ("dvc_plots/index.html", 0),
    "dvc plots diff HEAD~1": ("dvc_plots/index.html", 0),
    "make gate BASE=origin/main": ("| default", 0),
    "make changes BASE=origin/main": ("### default", 0),
    "make remote URL=~/letterpress-data": ("default: remote ", 0),
    "dvc push": ("pushed", 0),
}
FASTER = {
    "epochs=40": "epochs=2",
    "width=64": "width=6",
    "--trials 20": "--trials 1",
}  # the same commands, in seconds


def commands() -> list[str]:
    """Return the lines of the README's shell blocks, without their comments."""
    lines = "".join(FENCE.findall(README)).splitlines()
    return [re.sub(r"\s+#.*", "", line).strip() for line in lines if line.strip()]


def test_every_command_is_known_here():
    assert sorted(commands()) == sorted(EXPECTED)


@pytest.mark.long
def test_every_command_does_what_the_readme_says(home):
    """Run one after another: later ones use what earlier ones made."""
    for command in commands():
        expected, status = EXPECTED[command]
        if command == "make repro RECIPE=my-signs":
            change(home / "letterpress/recipes/my-signs", shorten)
        output, ended = call(home, command)
        assert expected in output, f"{command}\n{output[-3000:]}"
        assert ended == status, f"{command}\n{output[-3000:]}"


def call(home: Path, command: str) -> tuple[str, int | None]:
    """Return a command's output and status; one that serves is stopped after the expected line."""
    expected, status = EXPECTED[command]
    for slow, fast in FASTER.items():
        command = command.replace(slow, fast)
    variables = {key: value for key, value in environment().items() if not key.startswith("KAGGLE")}
    variables |= {
        "HOME": str(home),
        "PATH": f"{home}/letterpress/.venv/bin{os.pathsep}{variables['PATH']}",
        "LETTERPRESS_ARCHIVES": str(home / "archives"),
    }
    process = subprocess.Popen(
        ["bash", "-c", command],
        cwd=home / "letterpress",
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with process:
        if status is not None:
            return process.communicate()[0], process.returncode
        text = next((line for line in process.stdout if expected in line), "")
        os.killpg(process.pid, signal.SIGTERM)
        return text, None


@pytest.fixture(scope="module")
def home(finished, tmp_path_factory):
    """A new user's home: archives, images, and a clone that has run, whose recipes are small."""
    home = tmp_path_factory.mktemp("home")
    clone = shutil.copytree(finished, home / "letterpress")
    archive = next((clone / "data/raw").glob("*.zip"))
    (home / "archives").mkdir()
    shutil.copy(archive, home / "archives/first-steps-with-julia.zip")  # it has the same layout
    images = labelled_images(Archive(archive))
    write_files(images, home / "pictures")
    new = next(iter(images.values()))
    (clone / "sign.jpg").write_bytes(new)
    write_files({"1.jpg": new, "2.jpg": new}, clone / "scans")
    with zipfile.ZipFile(clone / "more.zip", "w") as more:
        more.writestr("sign.jpg", new)
    for name in ("julia-quick", "my-letters"):
        shutil.copytree(ROOT / "recipes" / name, clone / "recipes" / name, ignore=only_parameters)
    run(clone, sys.executable, "-m", "letterpress.infrastructure.projects")
    change(clone, shorten)
    (clone / "data/predictions/m1.npz").unlink()  # m1 is no longer a member
    change(clone / "recipes/julia-quick", shorten)
    give_environment(clone)
    (home / ".gitconfig").write_text("[user]\n\tname = user\n\temail = user@example.org\n")
    run(clone, "git", "update-ref", "refs/remotes/origin/main", "HEAD")
    commit(clone)
    return home


def labelled_images(archive: Archive) -> dict[str, bytes]:
    """Return the archive's images of three letters, as `<class>/<image>`."""
    classes = dict(line.split(",") for line in archive.read("trainLabels.csv").decode().split()[1:])
    names = [name for name in archive.names if name.startswith("train.zip/") and name.endswith(".jpg")]
    of_class = {name: classes[Path(name).stem] for name in names}
    return {f"{of_class[name]}/{Path(name).name}": archive.read(name) for name in names if of_class[name] in "ABC"}


def write_files(files: dict[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def only_parameters(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name != "params.yaml"]


def shorten(params: dict) -> None:
    """Train a small network for one epoch, and let the gate pass it."""
    params["train"]["phases"][0]["epochs"] = 1
    params["gate"] |= {"tolerance": 1.0, "min_accuracy": 0.0}
    kwargs = {"width": 4, "dense": 16, "dropout": 0.1}
    params["ensemble"]["members"] = {"m0": {"network": "stem_vgg_bn", "seed": 0, "kwargs": kwargs}}
    pretrain = params["pretrain"]
    if pretrain["n_images"]:
        pretrain |= {"n_images": 200, "networks": {"stem_vgg_bn": {"seed": 0, "kwargs": kwargs}}}
        pretrain["train"]["phases"][0]["epochs"] = 1


def give_environment(clone: Path) -> None:
    """Link this Python's environment instead of running `make setup`; its command runs the clone's code."""
    (clone / ".venv/bin").mkdir(parents=True)
    for path in [*Path(sys.prefix, "bin").iterdir(), Path(sys.prefix, "lib"), Path(sys.prefix, "pyvenv.cfg")]:
        if path.name != "letterpress":
            (clone / ".venv" / path.relative_to(sys.prefix)).symlink_to(path)
    command = clone / ".venv/bin/letterpress"
    command.write_text('#!/bin/sh\nexec python -m letterpress "$@"\n')
    command.chmod(0o755)
    for lock in (clone / "requirements").glob("*.lock"):
        shutil.copy(lock, clone / ".venv" / f".{lock.stem}")
