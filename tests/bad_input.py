"""A corpus of inputs, most of them bad: each works as users expect, or raises an error of one sentence."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from tests.archives import J, L, encode, encode_image, zipped

WORKS = ""
UNREADABLE = "is not a readable image"
PNG = encode(L)
JPEG = encode(np.kron(L, np.ones((8, 8), np.uint8)), "JPEG")


@dataclass(frozen=True)
class Case:
    """A name, the layout and bytes of an archive, and WORKS or a pattern of the error."""

    name: str
    layout: str
    archive: bytes
    expected: str


def image(name: str, content: bytes, expected: str, file: str = "A/x.png") -> Case:
    """One image, in an archive with a good one of each class."""
    good = {"A/good.png": PNG, "B/good.png": encode(J)}
    return Case(f"image: {name}", "class-folders", zipped({**good, file: content}), expected)


def saved(mode: str, form: str, size: tuple[int, int] = (8, 6), **options: object) -> bytes:
    """A black image of a mode, as a file of a format."""
    return encode_image(Image.new(mode, size), form, **options)


def animated(form: str) -> bytes:
    """An image of three frames."""
    frames = [Image.new("L", (8, 6), value) for value in (0, 100, 200)]
    return encode_image(frames[0], form, save_all=True, append_images=frames[1:])


def rotated() -> bytes:
    """A JPEG that its EXIF tag rotates."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved("RGB", "JPEG", exif=exif.tobytes())


def png_of(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG whose header claims a size, whatever its pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


IMAGES = [
    image("a PNG called jpg", PNG, WORKS, "A/x.jpg"),
    image("a JPEG called bmp", JPEG, WORKS, "A/x.bmp"),
    image("an ending in capitals", PNG, WORKS, "A/X.PNG"),
    image("a name with spaces", PNG, WORKS, "A/my letter (1).png"),
    image("a name in other scripts", PNG, WORKS, "A/अक्षर-ß-文字.png"),
    image("a name with an emoji", PNG, WORKS, "A/🅰️.png"),
    image("a name with quotes and braces", PNG, WORKS, 'A/{it\'s} "x".png'),
    image("a name with a line break", PNG, r"'A/two\\nlines\.png' has a control character", "A/two\nlines.png"),
    image("a name of 250 letters", PNG, WORKS, f"A/{'x' * 246}.png"),
    image("1 x 1", saved("L", "PNG", (1, 1)), WORKS),
    image("1 x 10,000", saved("L", "PNG", (1, 10_000)), WORKS),
    image("10,000 x 1", saved("L", "PNG", (10_000, 1)), WORKS),
    image("CMYK", saved("CMYK", "JPEG"), WORKS),
    image("YCbCr", saved("YCbCr", "JPEG"), WORKS),
    image("16 bits", saved("I;16", "PNG"), WORKS),
    image("32 bits, floating", saved("F", "TIFF"), WORKS, "A/x.tif"),
    image("1 bit", saved("1", "PNG"), WORKS),
    image("a palette", saved("P", "PNG"), WORKS),
    image("a palette with a transparent colour", saved("P", "PNG", transparency=0), WORKS),
    image("all transparent", saved("RGBA", "PNG"), WORKS),
    image("grayscale and transparent", saved("LA", "PNG"), WORKS),
    image("rotated by EXIF", rotated(), WORKS),
    image("a progressive JPEG", saved("RGB", "JPEG", progressive=True), WORKS),
    image("an animated GIF", animated("GIF"), WORKS, "A/x.gif"),
    image("an animated PNG", animated("PNG"), WORKS),
    image("an animated WebP", animated("WEBP"), WORKS, "A/x.webp"),
    image("several pages of TIFF", animated("TIFF"), WORKS, "A/x.tiff"),
    image("a portable graymap", b"P5 2 2 255\n\x00\x01\x02\x03", WORKS, "A/x.pgm"),
    image("a JPEG called jfif", JPEG, WORKS, "A/x.jfif"),
    image("a JPEG called JPE", JPEG, WORKS, "A/x.JPE"),
    image("white ink on nothing", encode(np.dstack([np.full((5, 5, 3), 255, np.uint8), L])), WORKS),
    image("a HEIC, which is left out", b"\0\0\0\x18ftypheic", WORKS, "A/x.heic"),
    image("nothing", b"", UNREADABLE),
    image("text", b"not an image\n", UNREADABLE),
    image("a web page", b"<!doctype html><title>404</title>", UNREADABLE, "A/x.jpg"),
    image("a PDF", b"%PDF-1.7\n", UNREADABLE),
    image("a zip", zipped({"a": b"a"}), UNREADABLE),
    image("an SVG", b"<svg xmlns='http://www.w3.org/2000/svg'/>", UNREADABLE),
    image("half a PNG", PNG[: len(PNG) // 2], UNREADABLE),
    image("half a JPEG", JPEG[: len(JPEG) // 2], UNREADABLE, "A/x.jpg"),
    image("the header of a PNG alone", PNG[:33], UNREADABLE),
    image("the signature of a PNG alone", PNG[:8], UNREADABLE),
    image("a checksum that does not fit", PNG[:20] + b"\xff" + PNG[21:], UNREADABLE),
    image("a header that claims more than there is", png_of(500, 500, bytes(10)), UNREADABLE),
    image("a width of 0", png_of(0, 5), UNREADABLE),
    image("a bomb: 20,000 x 20,000 in few bytes", png_of(20_000, 20_000, bytes(1000)), UNREADABLE),
    image("a bomb: 2 billion pixels a side", png_of(2**31 - 1, 2**31 - 1), UNREADABLE),
    image("a portable pixmap of nonsense", b"P6 99999999999 1 255\n", UNREADABLE, "A/x.ppm"),
]


def table(name: str, text: bytes | str, expected: str, more: dict[str, bytes | str] | None = None) -> Case:
    """A table of labels for two images."""
    files = {"train/1.png": PNG, "train/2.png": encode(J), "trainLabels.csv": text}
    return Case(f"table: {name}", "labels-csv", zipped({**files, **(more or {})}), expected)


def sample(name: str, text: bytes | str, expected: str) -> Case:
    """A sample submission, for the test images 3 and 4."""
    more = {"test/3.png": PNG, "test/4.png": PNG, "sampleSubmission.csv": text}
    return table(f"sample: {name}", GOOD, expected, more)


GOOD = "ID,Class\n1,A\n2,B\n"
TABLES = [
    table("a good one", GOOD, WORKS),
    table("a byte order mark", "\ufeff" + GOOD, WORKS),
    table("line ends of Windows", GOOD.replace("\n", "\r\n"), WORKS),
    table("line ends of old Macs", GOOD.replace("\n", "\r"), WORKS),
    table("no last line end", GOOD.rstrip("\n"), WORKS),
    table("blank lines at the end", GOOD + "\n\n", WORKS),
    table("quotes", '"ID","Class"\n"1","A"\n"2","B"\n', WORKS),
    table("spaces around", "ID , Class\n 1 , A \n 2 , B \n", WORKS),
    table("a class with a comma in quotes", 'ID,Class\n1,"a, b"\n2,B\n', WORKS),
    table("a class called NaN", "ID,Class\n1,NaN\n2,B\n", WORKS),
    table("nothing", "", "expected the header"),
    table("a header alone", "ID,Class\n", "has no row in"),
    table("no header", "1,A\n2,B\n", "expected the header"),
    table("other columns", "colour,shape\n1,A\n2,B\n", "expected the header"),
    table("the columns name and letter", "name,letter\n1,A\n2,B\n", WORKS),
    table("the classes first", "label,image\nA,1\nB,2\n", WORKS),
    table("further columns", "id,font,label\n1,x,A\n2,y,B\n", WORKS),
    table("files with their extensions", "filename,label\n1.png,A\n2.png,B\n", WORKS),
    table("files with their folders", "path,category\ntrain/1.png,A\n./train/2,B\n", WORKS),
    table("files of another computer", "file,class\nC:\\\\data\\\\1.png,A\n/home/me/2.png,B\n", WORKS),
    table("an image in two words", "ID,Class\n1,A\n2,B\n1.png,A\n", "row 4 repeats the image train/1.png"),
    table(
        "a file with another extension", "ID,Class\n1.jpg,A\n2.png,B\n", "row 2 has the id 1.jpg, which has no image"
    ),
    table("bars", GOOD.replace(",", "|"), "expected the header"),
    table("a missing cell", "ID,Class\n1,A\n2\n", "row 3 expected two cells"),
    table("a cell too many", "ID,Class\n1,A\n2,B,C\n", "row 3 expected two cells"),
    table("no class", "ID,Class\n1,A\n2,\n", "row 3 has no class"),
    table("no id", "ID,Class\n1,A\n,B\n", "row 3 has no id"),
    table("an id twice", "ID,Class\n1,A\n2,B\n1,B\n", "row 4 repeats the id 1"),
    table("a negative id", "ID,Class\n1,A\n-2,B\n", "row 3 has the id -2, which has no image"),
    table("a huge id", f"ID,Class\n1,A\n{10**30},B\n", "which has no image"),
    table("an id without an image", GOOD + "3,A\n", "row 4 has the id 3, which has no image"),
    table("an image without a row", "ID,Class\n1,A\n", "has no row in trainLabels.csv"),
    table("one class alone", "ID,Class\n1,A\n2,A\n", "expected images of two classes or more"),
    table(
        "a quote that never ends", 'ID,Class\n1,"A\n2,B\n', "row 2 has a line break or another control character in"
    ),
    table(
        "a quote that never ends in a long table",
        'ID,Class\n1,"A\n' + "".join(f"{i},B\n" for i in range(2, 3000)),
        "row 2 has a line break or another control character in",
    ),
    table("a cell without end", f'ID,Class\n1,"{"A" * 200_000}\n2,B\n', "is not a regular CSV"),
    table("UTF-16", GOOD.encode("utf-16"), "is not UTF-8"),
    table("Latin-1", "ID,Class\n1,é\n2,B\n".encode("latin-1"), "is not UTF-8"),
    table("zero bytes", b"ID,Class\n1,A\x00\n2,B\n", "row 2 has a line break or another control character"),
    table("two tables", GOOD, "expected one trainLabels.csv", {"more/trainLabels.csv": GOOD}),
    table("two images of one id", GOOD, "have the same id", {"train/1.jpg": JPEG}),
    sample("a good one", "ID,Class\n4,A\n3,A\n", WORKS),
    sample("a byte order mark and line ends of Windows", "\ufeffID,Class\r\n3,A\r\n4,A\r\n", WORKS),
    sample("a test image is missing", "ID,Class\n3,A\n", "the test image 4 is not in sampleSubmission.csv"),
    sample("one too many", "ID,Class\n3,A\n4,A\n5,A\n", "row 4 has the id 5, which has no test image"),
    sample("one twice", "ID,Class\n3,A\n4,A\n3,A\n", "row 4 repeats the id 3"),
    sample("nothing", "", "expected a header of two columns"),
    sample("line ends of old Macs", "ID,Class\r3,A\r4,A\r", WORKS),
    sample("one column", "ID\n3\n4\n", "expected a header of two columns, received 'ID'"),
    sample("a blank line first", "\nID,Class\n3,A\n4,A\n", "expected a header of two columns"),
    sample("a cell without end", f'ID,Class\n3,"{"A" * 200_000}\n', "is not a regular CSV"),
    sample("no text", b"\xff\xfe\x00", "is not UTF-8"),
]


def pixels(name: str, text: bytes | str, expected: str, test: bytes | str | None = None) -> Case:
    """A table of images of 2 x 2 pixels."""
    files = {"train.csv": text} | ({} if test is None else {"test.csv": test})
    return Case(f"pixels: {name}", "pixel-csv", zipped(files), expected)


HEADER = "label,pixel0,pixel1,pixel2,pixel3\n"
ROWS = HEADER + "A,0,1,2,255\nB,9,8,7,6\n"
PIXELS = [
    pixels("a good one", ROWS, WORKS),
    pixels("a byte order mark", "\ufeff" + ROWS, WORKS),
    pixels("line ends of Windows", ROWS.replace("\n", "\r\n"), WORKS),
    pixels("quotes", ROWS.replace("label", '"label"').replace("A,", '"A",'), WORKS),
    pixels("whole numbers with a point", ROWS.replace("255", "255.0"), WORKS),
    pixels("a class called NA", ROWS.replace("A,", "NA,"), WORKS),
    pixels("nothing", "", "is not a regular CSV"),
    pixels("a header alone", HEADER, "expected images of two classes or more"),
    pixels(
        "no labels", ROWS.replace("label,", "").replace("A,", "").replace("B,", ""), "expected the column label first"
    ),
    pixels("an empty label", ROWS.replace("B,", ","), "row 3 has no label"),
    pixels("five pixels", HEADER.replace("\n", ",pixel4\n") + "A,0,1,2,3,4\n", "expected a square number of pixels"),
    pixels("a column twice", ROWS.replace("pixel3", "pixel2"), "expected the columns pixel0, pixel1"),
    pixels("columns in another order", ROWS.replace("pixel1,pixel2", "pixel2,pixel1"), "expected the columns"),
    pixels("a row too short", ROWS + "A,1,2\n", "whole values from 0 to 255|not a regular CSV"),
    pixels("a row too long", ROWS + "A,1,2,3,4,5\n", "is not a regular CSV"),
    pixels("an empty cell", ROWS.replace("9,8", "9,"), "row 3: expected whole values from 0 to 255"),
    pixels("NaN", ROWS.replace("9,8", "9,NaN"), "row 3: expected whole values from 0 to 255"),
    pixels("infinity", ROWS.replace("9,8", "9,inf"), "row 3: expected whole values from 0 to 255"),
    pixels("a word", ROWS.replace("9,8", "9,black"), "row 3: expected whole values .* 'black' in pixel1"),
    pixels("a negative value", ROWS.replace("9,8", "9,-8"), "row 3: expected whole values .* '-8' in pixel1"),
    pixels("a value above 255", ROWS.replace("9,8", "9,256"), "row 3: expected whole values .* '256' in pixel1"),
    pixels("a huge value", ROWS.replace("9,8", f"9,{10**25}"), "row 3: expected whole values from 0 to 255"),
    pixels("half a value", ROWS.replace("9,8", "9,0.5"), "row 3: expected whole values .* '0.5' in pixel1"),
    pixels("a blank line between", ROWS.replace("B,", "\nB,"), "row 3 has no label"),
    pixels("no text", bytes(range(256)), "is not a regular CSV|expected the column label first"),
    pixels("test images of another size", ROWS, "expected images of", "pixel0\n1\n"),
    pixels("test images with labels", ROWS, "expected a square number of pixels|expected the columns", ROWS),
]


def archive(name: str, content: bytes, expected: str) -> Case:
    """An archive of folders that are classes."""
    return Case(f"archive: {name}", "class-folders", content, expected)


def linked() -> bytes:
    """A symbolic link instead of an image."""
    file = io.BytesIO(GOOD_ZIP)
    with zipfile.ZipFile(file, "a") as container:
        info = zipfile.ZipInfo("A/link.png")
        info.create_system, info.external_attr = 3, 0o120777 << 16
        container.writestr(info, "/etc/passwd")
    return file.getvalue()


def encrypted() -> bytes:
    """The first file is flagged as encrypted, in both headers."""
    content = bytearray(GOOD_ZIP)
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def unknown_method() -> bytes:
    """The first file has an unknown compression method."""
    content = bytearray(GOOD_ZIP)
    content[8] = 99
    content[content.index(b"PK\x01\x02") + 10] = 99
    return bytes(content)


def bomb(real: int, claimed: int, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A file of zeros with a wrong size in its header."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        with archive.open("A/x.png", "w") as entry:
            for _ in range(real >> 20):
                entry.write(bytes(1 << 20))
        archive.writestr("B/y.png", PNG)
    return file.getvalue().replace(real.to_bytes(4, "little"), claimed.to_bytes(4, "little"))


def overwritten() -> bytes:
    """Bytes in the middle of a compressed image are overwritten."""
    content = bytearray(zipped({"A/x.png": PNG * 50, "B/y.png": PNG}, method=zipfile.ZIP_DEFLATED))
    start = content.index(b"A/x.png") + 40
    content[start : start + 20] = b"\xff" * 20
    return bytes(content)


def misnamed() -> bytes:
    """A name that is flagged as UTF-8, and is not."""
    content = zipped({"A/é.png": PNG, "B/y.png": PNG})
    return content.replace("é".encode(), b"\xff\xfe")


PAIR = {"A/1.png": PNG, "B/2.png": encode(J)}
GOOD_ZIP = zipped(PAIR)
ARCHIVES = [
    archive("a good one", GOOD_ZIP, WORKS),
    archive("deflated", zipped(PAIR, method=zipfile.ZIP_DEFLATED), WORKS),
    archive("bzip2", zipped(PAIR, method=zipfile.ZIP_BZIP2), "is neither stored nor deflated"),
    archive("LZMA", zipped(PAIR, method=zipfile.ZIP_LZMA), "is neither stored nor deflated"),
    archive("something before it", b"#!/bin/sh\nexit\n" + GOOD_ZIP, WORKS),
    archive("files of macOS", zipped({**PAIR, "__MACOSX/A/._1.png": b"x", "A/.DS_Store": b"x"}), WORKS),
    archive("hidden folders", zipped({**PAIR, "A/.ipynb_checkpoints/1.png": b"x", ".thumbnails/1.png": b"x"}), WORKS),
    archive("folders of a NAS", zipped({**PAIR, "A/@eaDir/1.png/SYNO.jpg": b"x", "#recycle/1.png": b"x"}), WORKS),
    archive("files of Windows", zipped({**PAIR, "A/desktop.ini": b"x", "B/Thumbs.db": b"x"}), WORKS),
    archive("a folder of litter alone", zipped({**PAIR, "C/Thumbs.db": b"x"}), "the folder C has no image"),
    archive("an icon of macOS, whose name has a control character", zipped({**PAIR, "A/Icon\r": b""}), WORKS),
    archive("Train and Test", zipped({"Train/A/1.png": PNG, "Train/B/1.png": PNG, "Test/3.png": PNG}), WORKS),
    archive(
        "training and val", zipped({"training/A/1.png": PNG, "training/B/1.png": PNG, "val/A/1.png": PNG}), WORKS
    ),
    archive("accents in parts", zipped({"e\u0301/1.png": PNG, "\u00e9/2.png": PNG, "B/1.png": PNG}), WORKS),
    archive(
        "one name in two forms",
        zipped({"e\u0301/1.png": PNG, "\u00e9/1.png": PNG, "B/1.png": PNG}),
        "has two files named \u00e9/1.png",
    ),
    archive("a zip inside", zipped({"letters.zip": GOOD_ZIP}), WORKS),
    archive("paths that climb out", zipped({"../../A/1.png": PNG, "../../B/2.png": encode(J)}), WORKS),
    archive("paths from the root", zipped({"/etc/A/1.png": PNG, "/etc/B/2.png": encode(J)}), WORKS),
    archive("nothing", b"", "is not a whole zip archive"),
    archive("no zip", b"Rar!\x1a\x07\x00", "is not a whole zip archive"),
    archive("half a zip", GOOD_ZIP[: len(GOOD_ZIP) // 2], "is not a whole zip archive"),
    archive("a zip of nothing", zipped({}), "found no image"),
    archive("no images", zipped({"readme.txt": b"x"}), "found no image"),
    archive("zips in zips in zips", zipped({"a.zip": zipped({"b.zip": GOOD_ZIP})}), "found no image"),
    archive("a broken zip inside", zipped({"letters.zip": GOOD_ZIP[:50]}), "letters.zip is not a whole zip archive"),
    archive("encrypted", encrypted(), "cannot be unpacked .*encrypted"),
    archive("an unknown compression", unknown_method(), "neither stored nor deflated"),
    archive("a link", linked(), "link.png is not a readable image"),
    archive("a folder without images", zipped(PAIR, folders=["C"]), "the folder C has no image"),
    archive("an image in no folder", zipped({**PAIR, "3.png": PNG}), "3.png is in no class's folder"),
    archive("a zip bomb with its true size", bomb(3 << 20, (1 << 30) + 1), "larger than 64 MB unpacked"),
    archive("a zip bomb with a false size", bomb(64 << 20, 1000), "cannot be unpacked"),
    archive("a zip bomb of bzip2", bomb(64 << 20, 1000, zipfile.ZIP_BZIP2), "neither stored nor deflated"),
    archive("a zip bomb of LZMA", bomb(64 << 20, 1000, zipfile.ZIP_LZMA), "neither stored nor deflated"),
    archive("broken bytes in the middle", overwritten(), "cannot be unpacked"),
    archive("a name that is not UTF-8", misnamed(), "a name in no known encoding"),
    archive(
        "an image of 65 MB",
        zipped({**PAIR, "A/x.png": bytes(65 << 20)}, method=zipfile.ZIP_DEFLATED),
        "larger than 64 MB",
    ),
]

PARAMS: list[tuple[str, Callable[[str], str | bytes], str]] = [
    ("a byte order mark", lambda text: "\ufeff" + text, WORKS),
    ("line ends of Windows", lambda text: text.replace("\n", "\r\n"), WORKS),
    ("a number as YAML 1.2 writes it", lambda text: text.replace("tolerance: 0.005", "tolerance: 5e-3"), WORKS),
    ("nothing", lambda text: "", "expected a mapping"),
    ("a list", lambda text: "- 1\n", "expected a mapping"),
    ("no YAML", lambda text: text + "\n: : {", "is not valid YAML"),
    ("tabs", lambda text: text.replace("  height", "\theight"), r"is not valid YAML in line \d+ \(found character"),
    ("no text", lambda text: b"\xff\xfe\x00\x01", "is not valid YAML"),
    ("a control character", lambda text: text.replace("height: 32", "height: \x07"), "is not valid YAML"),
    ("an impossible date", lambda text: text.replace("height: 32", "height: 2026-13-45"), "is not valid YAML"),
    ("lists without end", lambda text: "a: " + "[" * 5000, "is not valid YAML"),
    ("a key too many", lambda text: text + "\nextra: 1\n", "extra is not a parameter; known here"),
    ("a section too few", lambda text: text.replace("\ngate:", "\ngates:"), "gate"),
    ("a word for a number", lambda text: text.replace("height: 32", "height: tall"), "image.height: expected"),
    ("a fraction for a count", lambda text: text.replace("height: 32", "height: 32.5"), "image.height: expected"),
    ("null for a number", lambda text: text.replace("height: 32", "height: null"), "image.height: expected"),
    ("NaN", lambda text: text.replace("rotation: 10", "rotation: .nan"), "aug.rotation: expected"),
    ("infinity", lambda text: text.replace("rotation: 10", "rotation: .inf"), "aug.rotation: expected"),
    ("a negative size", lambda text: text.replace("height: 32", "height: -32"), "image.height: expected"),
    ("an unknown network", lambda text: text.replace("network: stem_vgg_bn", "network: nowhere"), "nowhere"),
    (
        "a Python object",
        lambda text: text.replace("height: 32", "height: !!python/object:os.system x"),
        "not valid YAML",
    ),
]

CASES = [*IMAGES, *TABLES, *PIXELS, *ARCHIVES]
