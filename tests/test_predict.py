"""New images are found, ranked and written; what cannot be classified is named."""

import csv
import os
import re

import pytest

from letterpress.commands import cli, predict
from letterpress.commands.inputs import InputImages
from letterpress.infrastructure.errors import UserError
from tests.archives import J, L, encode, image_config, write_zip
from tests.imports import ROOT

RANKED = [[("A", 0.75), ("a", 0.125)], [("&,", 1.0), ("B", 0.0)]]


def test_files_folders_and_zips_become_one_list(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b.PNG", "a.jpg", "notes.txt", "deep/c.bmp", ".hidden.png"):
        (tmp_path / "folder" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "folder" / name).write_bytes(name.encode())
    write_zip(tmp_path / "some.zip", {"y/1.png": encode(L), "x/2.gif": encode(J), "readme.md": b""})
    (tmp_path / "any.dat").write_bytes(b"any")
    images = InputImages(["any.dat", "folder", "some.zip"])
    in_folder, in_zip = (
        ["folder/a.jpg", "folder/b.PNG", "folder/deep/c.bmp"],
        ["some.zip/x/2.gif", "some.zip/y/1.png"],
    )
    assert images.names == ["any.dat", *in_folder, *in_zip]
    assert [images.read(name, 10_000) for name in images.names[:2]] == [b"any", b"a.jpg"]
    assert images.read(images.names[-1], 10_000) == encode(L)


def test_inputs_without_an_image_are_refused(tmp_path):
    expected = f"{tmp_path}: no image is there; known extensions: .apng, "
    with pytest.raises(UserError, match=re.escape(expected)):
        InputImages([str(tmp_path)])


def test_a_missing_file_and_one_that_is_too_large_are_named(tmp_path):
    missing, large = str(tmp_path / "missing.png"), str(tmp_path / "large.png")
    with pytest.raises(UserError, match=r"missing\.png: cannot be read \(No such file or directory\); name images,"):
        InputImages([missing]).read(missing, 100)
    (tmp_path / "large.png").write_bytes(bytes(3 << 20))
    with pytest.raises(UserError, match=r"large\.png: is larger than 2 MB"):
        InputImages([large]).read(large, 2 << 20)


def test_litter_is_no_input_and_other_files_are_counted(tmp_path):
    for name in ("a/1.png", "a/.thumbnails/1.png", "@eaDir/1.png", ".ipynb_checkpoints/1.png", "2.heic", "read.md"):
        (tmp_path / ".scans" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / ".scans" / name).write_bytes(b"x")
    images = InputImages([str(tmp_path / ".scans")])
    assert images.names == [f"{tmp_path}/.scans/a/1.png"]
    assert images.left_out == "1 file left out: .heic (1)"


@pytest.mark.parametrize("given", ["folder", "file"])
def test_a_name_that_is_not_utf_8_is_refused_before_work(tmp_path, given):
    path = tmp_path / os.fsdecode(b"caf\xe9.png")
    path.write_bytes(encode(L))
    with pytest.raises(UserError, match=r"caf\\xe9\.png' has a name that is not UTF-8 \(1 in all\); rename it\.$"):
        InputImages([str(tmp_path if given == "folder" else path)])


def test_unreadable_images_are_skipped_and_named(tmp_path, capsys):
    for name, content in {"a": encode(L), "b": b"", "c": encode(J)[:30], "d": encode(J)}.items():
        (tmp_path / f"{name}.png").write_bytes(content)
    images = InputImages([str(tmp_path), str(tmp_path / "missing.png")])
    channels = predict.decode_images(images, image_config(), skip_unreadable=True)
    assert images.names == [f"{tmp_path}/a.png", f"{tmp_path}/d.png"]
    assert channels.tolist() == [[L.tolist(), J.tolist()]]
    names = ", ".join(sorted(f"{tmp_path}/{name}.png" for name in ("b", "c", "missing")))
    written = capsys.readouterr().err
    assert "skipped 3 images that cannot be read: " in written
    assert sorted(re.findall(rf"{tmp_path}/\w+\.png", written)) == names.split(", ")


def test_where_no_image_is_readable_that_is_said(tmp_path):
    (tmp_path / "b.png").write_bytes(b"")
    with pytest.raises(UserError, match=r"^none of 1 images can be read: .*b\.png; replace them\.$"):
        predict.decode_images(InputImages([str(tmp_path)]), image_config(), skip_unreadable=True)


@pytest.mark.parametrize("character", ["\n", "\r", "\x1b", "\u2028", "\u202e", "\x85"])
def test_a_name_breaks_no_line_of_the_table(character):
    table = predict.to_table([f"a{character}b.png", "अक्षर\u200d.png"], RANKED)
    assert len(table.splitlines()) == 2
    assert character not in table.replace("\n", "", 1)
    assert "अक्षर\u200d.png" in table
    rows = predict.to_csv([f"a{character}b.png"], RANKED[:1]).splitlines()
    assert rows[1] == f"{repr(f'a{character}b.png')[1:-1]},A,0.750000,a,0.125000"


def test_a_csv_has_a_row_per_image_and_columns_for_every_rank():
    assert predict.to_csv(["x, y.png", "z.png"], RANKED) == (
        "file,class,probability,class_2,probability_2\n"
        '"x, y.png",A,0.750000,a,0.125000\n'
        'z.png,"&,",1.000000,B,0.000000\n'
    )


def test_below_the_least_probability_the_class_is_empty_and_the_row_marked():
    assert predict.to_csv(["x.png", "z.png"], RANKED, 0.9) == (
        "file,class,probability,unsure,class_2,probability_2\n"
        "x.png,,0.750000,A,a,0.125000\n"
        'z.png,"&,",1.000000,,B,0.000000\n'
    )
    assert predict.to_csv(["x.png"], RANKED[:1], 0.75).splitlines()[1] == "x.png,A,0.750000,,a,0.125000"
    first, second = predict.to_table(["x.png", "z.png"], RANKED, 0.9).splitlines()
    assert first.endswith("12.5%   unsure")
    assert second.endswith("0.0%")


@pytest.mark.parametrize("value", ["-0.1", "1.1", "nan", "90%"])
def test_a_least_probability_is_a_number_from_0_to_1(value, capsys):
    with pytest.raises(SystemExit):
        cli.main(["predict", str(ROOT), "a.png", f"--min-probability={value}"])
    assert f"expected a number from 0 to 1, received '{value}'" in capsys.readouterr().err


def test_a_table_is_aligned():
    assert predict.to_table(["x.png", "long.png"], RANKED) == (
        "x.png       A  75.0%    a  12.5%\nlong.png   &, 100.0%    B   0.0%"
    )


def fails(capsys, *arguments) -> str:
    """Run the command, which ends with status 2; return what it says on stderr."""
    assert cli.main(["predict", *map(str, arguments)]) == 2
    return capsys.readouterr().err.replace("\r", "\n").splitlines()[-1]


def test_a_recipe_that_has_not_been_run_is_named(tmp_path, capsys):
    params = (ROOT / "params.yaml").read_text(encoding="utf-8")
    (tmp_path / "params.yaml").write_text(params, encoding="utf-8")
    (tmp_path / "l.png").write_bytes(encode(L))
    assert fails(capsys, tmp_path, tmp_path / "l.png") == (
        f"letterpress predict: {tmp_path}: its ensemble is not trained here; run `dvc --cd {tmp_path} repro`."
    )


def test_a_folder_that_is_no_recipe_is_named(tmp_path, capsys):
    assert fails(capsys, tmp_path, "l.png").startswith(
        f"letterpress predict: '{tmp_path}' is neither a recipe's folder nor its name; known: default, "
    )


def test_an_image_that_cannot_be_read_is_named(tmp_path, capsys):
    (tmp_path / "l.png").write_bytes(encode(L)[:40])
    message = fails(capsys, ROOT, tmp_path / "l.png")
    start = f"letterpress predict: the given images: {tmp_path}/l.png is not a readable image ("
    assert message.startswith(start)
    assert message.endswith("(1 such images); replace or remove it, or skip such images with --skip-unreadable.")


def test_an_output_is_checked_before_any_work(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(predict, "classify_images", lambda *_: pytest.fail("it was called"))
    (tmp_path / "a.png").write_bytes(encode(L))
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.png")
    for output in (tmp_path, tmp_path / "a.png", tmp_path / "link.csv", tmp_path / "no/x.csv", ROOT / "params.yaml"):
        assert fails(capsys, ROOT, tmp_path, "--output", output).startswith(f"letterpress predict: {output}")
    assert (tmp_path / "a.png").read_bytes() == encode(L)


@pytest.mark.parametrize("output", ["-", "/dev/stdout"])
def test_a_csv_on_stdout_has_nothing_around_it(output, monkeypatch, capfdbinary):
    monkeypatch.setattr(predict, "classify_images", lambda *_: (["a.png"], [[("\u0905", 1.0)]]))
    assert cli.main(["predict", str(ROOT), "a.png", "--output", output]) == 0
    assert capfdbinary.readouterr().out == "file,class,probability\na.png,\u0905,1.000000\n".encode()


def test_a_csv_on_a_full_disk_is_named(monkeypatch, capsys):
    monkeypatch.setattr(predict, "classify_images", lambda *_: (["a.png"], [[("A", 1.0)]]))
    message = fails(capsys, ROOT, "a.png", "--output", "/dev/full")
    assert message == (
        "letterpress predict: /dev/full: No space left on device; fix that, and run `letterpress predict` again."
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"caf\xe9.png", "caf\\xe9.png"),
        (b"\xff\xfe.png", "\\xff\\xfe.png"),
        (b"a\nb\r.png", "a\\nb\\r.png"),
        ("a\x1b[31m\u2028\t.png".encode(), "a\\x1b[31m\\u2028\\t.png"),
        ("\u0905 \u65e5\U0001f600.png".encode(), "\u0905 \u65e5\U0001f600.png"),
    ],
)
def test_an_image_with_any_name_is_one_line_of_utf_8(name, shown):
    names = [os.fsdecode(name)]
    text = predict.to_csv(names, RANKED[:1])
    assert [row[0] for row in csv.reader(text.encode().decode().splitlines())] == ["file", shown]
    assert predict.to_table(names, RANKED[:1]).splitlines() == [f"{shown}   A  75.0%   a  12.5%"]
