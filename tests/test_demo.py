"""The demo's page in a real browser, and how drawings are encoded."""

import io
import re
import socket
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pytest
import requests
from PIL import Image, ImageDraw

pytest.importorskip("gradio", reason="needs `make demo`")
from letterpress.commands import cli, demo_page
from letterpress.infrastructure.errors import UserError
from tests.archives import L, encode
from tests.browser import chromium, record_page
from tests.clones import environment

PATIENCE = 120_000  # milliseconds


def drawing(*strokes: list[tuple[int, int]]) -> dict:
    image = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    for stroke in strokes:
        ImageDraw.Draw(image).line(stroke, fill="black", width=1)
    return {"composite": image}


def test_a_drawing_is_cropped_to_its_ink_with_a_margin():
    png = demo_page.encode_drawing(drawing([(30, 20), (30, 39)], [(30, 39), (35, 39)]))
    ink = np.asarray(Image.open(io.BytesIO(png)))
    assert ink.shape == (20 + 2 * 5, 6 + 2 * 5)
    assert np.argwhere(ink < 128).min(axis=0).tolist() == [5, 5]
    assert np.argwhere(ink < 128).max(axis=0).tolist() == [24, 10]
    assert ink[0, 0] == 255


@pytest.mark.parametrize("value", [None, {"composite": None}, drawing()])
def test_an_empty_drawing_is_not_classified(value):
    assert demo_page.encode_drawing(value) is None
    assert demo_page.classifier(None, demo_page.encode_drawing)(value) == (None, None)


def test_a_folder_that_is_no_recipe_is_named(tmp_path, capsys):
    assert cli.main(["demo", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(
        f"letterpress demo: '{tmp_path}' is neither a recipe's folder nor its name"
    )


@contextmanager
def serving(folder, port: int):
    """Run the demo as a user starts it."""
    command = [sys.executable, "-m", "letterpress", "demo", ".", "--port", str(port)]
    with subprocess.Popen(command, cwd=folder, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def address(finished):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with serving(finished, port) as process:
        for line in process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                yield found[0]
                return
        pytest.fail(f"the demo ended with {process.wait()}")


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser, address):
    """Open the page; afterwards check that it reported no error and requested nothing from elsewhere."""
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    messages, urls = record_page(page, types=("error",))  # Gradio's canvas warns that it is deprecated
    page.goto(address)
    yield page
    assert messages == []
    assert [url for url in urls if not url.startswith((address, f"blob:{address}"))] == []
    page.close()


def test_a_drawing_is_classified(page):
    page.locator("button[aria-label=Brush]").first.click()
    box = page.locator("canvas").last.bounding_box()
    x, y, height = box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.2, box["height"] * 0.5
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + height, steps=8)
    page.mouse.up()
    predictions_are_shown(page)


def test_a_dropped_image_is_classified(page, tmp_path):
    drop(page, tmp_path, encode(L))
    predictions_are_shown(page)


def test_a_file_that_is_no_image_is_refused(page, tmp_path):
    drop(page, tmp_path, encode(L)[:40])
    page.get_by_text("This is not a readable image").wait_for()


def drop(page, folder, content: bytes) -> None:
    (folder / "dropped.png").write_bytes(content)
    page.get_by_role("tab", name="Drop").click()
    page.locator("input[type=file]").last.set_input_files(folder / "dropped.png")


def predictions_are_shown(page) -> None:
    """Check that the most probable classes and the network's input are shown."""
    page.locator("[data-testid=label-output-value]").wait_for()
    bars = page.locator("[data-testid$=-confidence-set]")
    assert bars.count() == demo_page.TOP
    page.locator("img[src*=gradio_api]").last.wait_for()


def test_no_other_machine_reaches_it(address):
    port = int(address.rpartition(":")[2])
    socket.create_connection(("127.0.0.1", port)).close()
    with pytest.raises(ConnectionRefusedError):  # a server on all addresses would answer on this one, too
        socket.create_connection(("127.0.0.2", port))


def test_a_file_that_is_too_large_is_refused(address):
    files = {"files": ("large.png", bytes(6 << 20))}
    assert requests.post(f"{address}/gradio_api/upload", files=files, timeout=60).status_code == 413


def test_a_port_in_use_is_named():
    with socket.create_server((demo_page.ADDRESS, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UserError, match=rf"port {port} of 127\.0\.0\.1 is in use; name another with --port\."):
            demo_page.serve_page(None, port)
