"""New images are found, named, ranked and written down; what cannot be judged is named."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from letterpress.commands import predict
from letterpress.commands.inputs import Pictures
from letterpress.infrastructure.errors import UserError
from tests.archives import J, L, encode, write_zip
from tests.imports import ROOT

RANKED = [[("A", 0.75), ("a", 0.125)], [("&,", 1.0), ("B", 0.0)]]


def test_files_folders_and_zips_become_one_list(tmp_path):
    for name in ("b.PNG", "a.jpg", "notes.txt", "deep/c.bmp", ".hidden.png"):
        (tmp_path / "folder" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "folder" / name).write_bytes(name.encode())
    zipped = write_zip(tmp_path / "some.zip", {"y/1.png": encode(L), "x/2.gif": encode(J), "readme.md": b""})
    (tmp_path / "any.dat").write_bytes(b"any")
    pictures = Pictures([str(tmp_path / "any.dat"), str(tmp_path / "folder"), str(zipped)])
    assert [Path(name).relative_to(tmp_path).as_posix() for name in pictures.names] == [
        "any.dat",
        "folder/a.jpg",
        "folder/b.PNG",
        "folder/deep/c.bmp",
        "some.zip/x/2.gif",
        "some.zip/y/1.png",
    ]
    assert [pictures.read(name, 10_000) for name in pictures.names[:2]] == [b"any", b"a.jpg"]
    assert pictures.read(pictures.names[-1], 10_000) == encode(L)


def test_inputs_without_an_image_are_refused(tmp_path):
    expected = f"{tmp_path}: no image is there; known endings: .bmp, .gif,"
    with pytest.raises(UserError, match=re.escape(expected)):
        Pictures([str(tmp_path)])


def test_a_file_that_is_not_there_is_named(tmp_path):
    gone = str(tmp_path / "gone.png")
    with pytest.raises(UserError, match=r"gone\.png: cannot be read \(No such file or directory\); name images,"):
        Pictures([gone]).read(gone, 100)


def test_a_csv_has_a_row_an_image_and_columns_for_every_rank():
    assert predict.to_csv(["x, y.png", "z.png"], RANKED) == (
        "file,class,probability,class_2,probability_2\n"
        '"x, y.png",A,0.750000,a,0.125000\n'
        'z.png,"&,",1.000000,B,0.000000\n'
    )


def test_a_table_is_aligned():
    assert predict.to_table(["x.png", "long.png"], RANKED) == (
        "x.png       A  75.0%    a  12.5%\nlong.png   &, 100.0%    B   0.0%"
    )


@pytest.mark.parametrize("top", ["0", "-1", "two"])
def test_fewer_than_one_class_is_refused(top, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["predict", ".", "a.png", "--top", top])
    with pytest.raises(SystemExit):
        predict.main()
    assert "expected a whole number above 0" in capsys.readouterr().err


def call(*arguments) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "letterpress.commands.predict", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_a_recipe_that_has_not_been_run_is_named(tmp_path):
    params = (ROOT / "params.yaml").read_text(encoding="utf-8")
    (tmp_path / "params.yaml").write_text(params, encoding="utf-8")
    (tmp_path / "l.png").write_bytes(encode(L))
    done = call(tmp_path, tmp_path / "l.png")
    expected = f"predict: {tmp_path}: its ensemble is not trained here; run `dvc --cd {tmp_path} repro`.\n"
    assert (done.returncode, done.stderr) == (2, expected)


def test_a_folder_that_is_no_recipe_is_named(tmp_path):
    done = call(tmp_path, "l.png")
    assert done.returncode == 2
    assert done.stderr.startswith(f"predict: {tmp_path}/params.yaml")
    assert "Traceback" not in done.stderr


def test_an_image_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "l.png").write_bytes(encode(L)[:40])
    done = call(".", tmp_path / "l.png")
    assert done.returncode == 2
    start, end = f"predict: the given images: {tmp_path}/l.png is no readable image (", "); replace or remove it.\n"
    assert done.stderr.startswith(start)
    assert done.stderr.endswith(end)


def test_a_table_that_cannot_be_written_is_named(monkeypatch, capsys):
    monkeypatch.setattr(predict, "judge", lambda *_: (["a.png"], [[("A", 1.0)]]))
    monkeypatch.setattr(sys, "argv", ["predict", "recipe", "a.png", "--output", "/proc/no/answers.csv"])
    with pytest.raises(SystemExit, match=r"^2$"):
        predict.main()
    assert re.fullmatch(r"predict: /proc/no.*: .+; name another file, or make room\.\n", capsys.readouterr().err)
