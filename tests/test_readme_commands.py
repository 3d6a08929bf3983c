"""Every command of the README, as a newcomer types it, in a clone whose recipes take seconds."""

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
# What each command says, and the status that it ends with.
EXPECTED = {
    "make repro": ("Report      report/index.html", 0),
    "make test": ("passed", 0),
    "make test-all": ("passed", 0),
    "make repro RECIPE=julia-quick": ("Submission  recipes/julia-quick/data/submission.csv", 0),
    "make submit RECIPE=julia-quick": ("kaggle.json", 2),
    "python -m letterpress.commands.new my-signs --from ~/pictures": ("recipes/my-signs", 0),
    "make repro RECIPE=my-signs": ("Report      recipes/my-signs/report/index.html", 0),
    "python -m letterpress.commands.predict recipes/my-signs sign.jpg scans/ more.zip --top 3": (
        "more.zip/sign.jpg",
        0,
    ),
    "python -m letterpress.commands.predict recipes/my-signs scans/ --output answers.csv": (
        "answers.csv: 2 images",
        0,
    ),
    "make demo RECIPE=my-signs": ("Running on local URL", None),  # serves until it is stopped
    "dvc exp run -S aug.rotation=20": ("Ran experiment", 0),
    "dvc exp run -S 'ensemble.members.m0.options.width=64'": ("Ran experiment", 0),
    "dvc exp run -S train.phases.0.epochs=40": ("Ran experiment", 0),
    "make experiments": ("aug.rotation", 0),
    "dvc metrics diff HEAD~1": ("holdout.accuracy", 0),
    "dvc plots diff HEAD~1": ("dvc_plots/index.html", 0),
    "make gate BASE=origin/main": ("| default | holdout.accuracy |", 0),
    "make changes BASE=origin/main": ("### default", 0),
    "dvc remote add --default ours ~/letterpress-data": ("Setting 'ours' as a default remote", 0),
    "dvc push": ("pushed", 0),
}
CHEAPER = {"epochs=40": "epochs=2", "width=64": "width=6"}  # the same commands, in seconds


def commands() -> list[str]:
    """The lines of the README's shell blocks, without their comments."""
    lines = "".join(FENCE.findall(README)).splitlines()
    return [re.sub(r"\s+#.*", "", line).strip() for line in lines if line.strip()]


def test_every_command_is_known_here():
    assert sorted(commands()) == sorted(EXPECTED)


@pytest.mark.long
def test_every_command_does_what_the_readme_says(home):
    """One after another, since later ones use what earlier ones made."""
    for command in commands():
        expected, status = EXPECTED[command]
        if command == "make repro RECIPE=my-signs":
            change(home / "letterpress/recipes/my-signs", shorten)
        output, ended = call(home, command)
        assert expected in output, f"{command}\n{output[-3000:]}"
        assert ended == status, f"{command}\n{output[-3000:]}"


def call(home: Path, command: str) -> tuple[str, int | None]:
    """What a command prints, and its status; None for one that serves, and is stopped after its first lines."""
    for dear, cheap in CHEAPER.items():
        command = command.replace(dear, cheap)
    own = {key: value for key, value in environment().items() if not key.startswith("KAGGLE")}
    own |= {
        "HOME": str(home),
        "LETTERPRESS_ARCHIVES": str(home / "archives"),
        "PYTEST_ADDOPTS": "tests/test_files.py",
    }
    process = subprocess.Popen(
        ["bash", "-c", command],
        cwd=home / "letterpress",
        env=own,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with process:
        if EXPECTED.get(command, ("", 0))[1] is not None:
            return process.communicate()[0], process.returncode
        text = next((line for line in process.stdout if EXPECTED[command][0] in line), "")
        os.killpg(process.pid, signal.SIGTERM)
        return text, None


@pytest.fixture(scope="module")
def home(finished, tmp_path_factory):
    """A newcomer's home: archives, pictures, and a clone that has run, whose recipes are small."""
    home = tmp_path_factory.mktemp("home")
    clone = shutil.copytree(finished, home / "letterpress")
    archive = next((clone / "data/raw").glob("*.zip"))
    (home / "archives").mkdir()
    shutil.copy(archive, home / "archives/first-steps-with-julia.zip")  # it has the same layout
    pictures = labelled(Archive(archive))
    place(pictures, home / "pictures")
    new = next(iter(pictures.values()))
    (clone / "sign.jpg").write_bytes(new)
    place({"1.jpg": new, "2.jpg": new}, clone / "scans")
    with zipfile.ZipFile(clone / "more.zip", "w") as more:
        more.writestr("sign.jpg", new)
    for name in ("julia-quick", "my-letters"):
        shutil.copytree(ROOT / "recipes" / name, clone / "recipes" / name, ignore=only_parameters)
    run(clone, sys.executable, "-m", "letterpress.infrastructure.projects")
    change(clone, shorten)
    (clone / "data/probabilities/m1.npz").unlink()  # a member that is none any more
    change(clone / "recipes/julia-quick", shorten)
    give_environment(clone)
    (home / ".gitconfig").write_text("[user]\n\tname = newcomer\n\temail = newcomer@example.org\n")
    run(clone, "git", "update-ref", "refs/remotes/origin/main", "HEAD")
    commit(clone)
    return home


def labelled(archive: Archive) -> dict[str, bytes]:
    """The archive's pictures of three letters, as `<class>/<picture>`."""
    classes = dict(line.split(",") for line in archive.read("trainLabels.csv").decode().split()[1:])
    names = [name for name in archive.names if name.startswith("train.zip/") and name.endswith(".jpg")]
    of_class = {name: classes[Path(name).stem] for name in names}
    return {f"{of_class[name]}/{Path(name).name}": archive.read(name) for name in names if of_class[name] in "ABC"}


def place(files: dict[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def only_parameters(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name != "params.yaml"]


def shorten(params: dict) -> None:
    """A small network for an epoch, and a gate that lets it pass."""
    params["train"]["phases"][0]["epochs"] = 1
    params["gate"] |= {"tolerance": 1.0, "min_accuracy": 0.0}
    options = {"width": 4, "dense": 16, "dropout": 0.1}
    params["ensemble"]["members"] = {"m0": {"network": "stem_vgg_bn", "seed": 0, "kwargs": options}}


def give_environment(clone: Path) -> None:
    """This Python's environment in place of the one that `make setup` would make."""
    (clone / ".venv").mkdir()
    for part in ("bin", "lib", "pyvenv.cfg"):
        (clone / ".venv" / part).symlink_to(Path(sys.prefix, part))
    shutil.copy(clone / "requirements.lock", clone / ".venv/.ready")
