"""The code of docs/export.md, in an environment with Pillow, NumPy and onnxruntime alone."""

import re
import subprocess
import venv
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.archives import encode, image_config
from tests.imports import ROOT

pytest.importorskip("onnxruntime", reason="needs `make export`")
pytest.importorskip("tf2onnx", reason="needs `make export`")
pytestmark = pytest.mark.usefixtures("float32")

LINES, FUNCTIONS, CALL = re.findall(r"```python\n(.*?)```", (ROOT / "docs/export.md").read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> Path:
    """Make an environment whose packages are links to the three and what they require; return its Python."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    waiting, seen = ["pillow", "numpy", "onnxruntime"], set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += required_by(name)
            link_files(name, packages)
    return folder / "bin/python"


def required_by(name: str) -> list[str]:
    """List what a distribution always requires."""
    required = [line for line in metadata.requires(name) or [] if "extra ==" not in line]
    return [re.match(r"[\w.-]+", line)[0].lower() for line in required]


def link_files(name: str, packages: Path) -> None:
    """Link a distribution's files, folder by folder."""
    for file in metadata.files(name):
        if ".." not in file.parts and "__pycache__" not in file.parts:
            target = packages / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(file.locate())


def test_the_environment_has_nothing_else(python):
    code = "import importlib.util as u; print([n for n in ('letterpress', 'tensorflow', 'onnx') if u.find_spec(n)])"
    assert run(python, python.parent, code) == "[]\n"


def run(python: Path, folder: Path, code: str, *arguments: str) -> str:
    done = subprocess.run([python, "-I", "-c", code, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def write_images(folder: Path) -> list[str]:
    """Write color and grayscale images of several sizes, one turned by its EXIF tag."""
    from tests.onnx_ensembles import random_images

    images = {
        "gray.png": encode(random_images(1, (8, 8))[0]),
        "tall.jpg": encode(random_images(1, (60, 9))[0], "JPEG"),
    }
    colors, exif = np.moveaxis(random_images(3, (21, 34)), 0, -1), Image.Exif()
    exif[0x0112] = 6
    images |= {"color.png": encode(colors), "turned.jpg": encode(colors, "JPEG", exif=exif)}
    for name, content in images.items():
        (folder / name).write_bytes(content)
    return list(images)


@pytest.mark.long
def test_the_dozen_lines_print_what_predict_says(python, tmp_path):
    import letterpress
    from letterpress.commands import cli
    from tests.onnx_ensembles import make_recipe

    recipe = make_recipe(tmp_path / "signs")
    assert cli.main(["export", str(recipe)]) == 0
    names = write_images(recipe)
    printed = [line.rsplit(" ", 2) for line in run(python, recipe, LINES, *names).splitlines()]
    classes, probabilities = letterpress.load(recipe).predict([recipe / name for name in names])
    assert [[name, label] for name, label, _ in printed] == [list(pair) for pair in zip(names, classes, strict=True)]
    np.testing.assert_allclose([float(value) for *_, value in printed], probabilities, atol=1e-5)
    assert len(LINES.split("session = ")[1].splitlines()) <= 12


@pytest.mark.parametrize("pca_channel", [False, True])
def test_the_functions_prepare_every_mode_as_the_pipeline_does(python, tmp_path, pca_channel):
    from letterpress.images.decoding import decode

    rng = np.random.default_rng(0)
    rgba, deep = rng.integers(0, 256, (9, 7, 4), dtype=np.uint8), rng.integers(0, 65536, (9, 7), dtype=np.uint16)
    ink = np.zeros((9, 7, 4), np.uint8)
    ink[2:5, 3] = 255  # white, on nothing
    images = {"rgba": rgba, "ink": ink, "rgb": rgba[..., :3], "gray": rgba[..., 0], "deep": deep, "light": deep % 256}
    for name, pixels in images.items():
        (tmp_path / f"{name}.png").write_bytes(encode(pixels))
    Image.fromarray(rgba[..., :3]).quantize(9).save(tmp_path / "palette.png", transparency=2)
    Image.fromarray(rng.random((9, 7), np.float32)).save(tmp_path / "float.tiff")
    names = sorted(path.name for path in tmp_path.iterdir())
    channels = ["luma", "pca_channel"] if pca_channel else ["luma"]
    code = f"{FUNCTIONS}\nfor name in {names}:\n    np.save(name, to_channels(Image.open(name), {channels}))"
    run(python, tmp_path, code)
    for name in names:
        expected, _ = decode((tmp_path / name).read_bytes(), image_config(9, 7, pca_channel=pca_channel))
        np.testing.assert_array_equal(np.load(tmp_path / f"{name}.npy"), expected, err_msg=name)


def test_the_call_fits_the_dozen_lines():
    assert CALL.strip().startswith("channels = to_channels(image, ")
    assert re.search(r"^    channels = np.asarray", LINES, re.MULTILINE)
    compile(LINES.replace('    channels = np.asarray(image.convert("L"))[None]', CALL.rstrip()), "page", "exec")
