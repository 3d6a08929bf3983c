"""The demo's page: a drawing or a dropped image on the left, the ensemble's predictions on the right."""

import errno
import io
import os
import socket
from collections.abc import Callable
from pathlib import Path

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # it sends nothing to anybody

import gradio as gr
import numpy as np
from PIL import Image

from letterpress.images.decoding import decode
from letterpress.infrastructure.errors import UserError
from letterpress.serving.ensemble import Ensemble

ADDRESS = "127.0.0.1"  # reached from this machine only
MAX_FILE_SIZE = "5mb"
DELETE_SECONDS = 600  # after which dropped files are deleted
TOP = 5
ENLARGED = 224  # pixels, width and height of the network's input as shown
MARGIN = 0.15  # around a drawing, as a fraction of its height
INK = 200  # pixels below are ink
FONTS = {"font": ("system-ui", "sans-serif"), "font_mono": ("monospace",)}  # none is downloaded

Outputs = tuple[Image.Image | None, dict[str, float] | None]  # the network's input, probabilities by class


def serve_page(ensemble: Ensemble, port: int) -> None:
    """Serve the page to this machine; raise UserError where the port is in use, or not for this user."""
    try:
        socket.create_server((ADDRESS, port)).close()  # Gradio's own error leaves sockets open
    except OSError as error:
        reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be opened ({error.strerror})"
        raise UserError(f"port {port} of {ADDRESS} {reason}; name another with --port.") from error
    theme = gr.themes.Base(**FONTS)
    page = build_page(ensemble)
    page.launch(server_name=ADDRESS, server_port=port, share=False, max_file_size=MAX_FILE_SIZE, theme=theme)


def build_page(ensemble: Ensemble) -> gr.Blocks:
    """Build the page."""
    name, delete = ensemble.params.dataset.name, (DELETE_SECONDS, DELETE_SECONDS)
    with gr.Blocks(title=f"{name} · Letterpress", analytics_enabled=False, delete_cache=delete) as blocks:
        gr.Markdown(f"# {name}\nDraw a character, or drop an image of one: {len(ensemble.classes)} classes.")
        with gr.Row():
            with gr.Column():
                with gr.Tab("Draw"):
                    brush = gr.Brush(default_size=14, colors=["#000000"], default_color="#000000", color_mode="fixed")
                    drawing = gr.Sketchpad(
                        type="pil", canvas_size=(320, 320), brush=brush, layers=False, label="Draw"
                    )
                with gr.Tab("Drop"):
                    file = gr.File(file_types=["image"], label="Drop an image")
            with gr.Column():
                image = gr.Image(label="The network's input", height=ENLARGED + 40, interactive=False, buttons=[])
                label = gr.Label(num_top_classes=TOP, label="Prediction")
        drawing.change(classifier(ensemble, encode_drawing), drawing, [image, label], show_progress="hidden")
        file.change(classifier(ensemble, read_file), file, [image, label])
    return blocks


def classifier(ensemble: Ensemble, to_bytes: Callable[..., bytes | None]) -> Callable[[object], Outputs]:
    """Return the page's callback: what is drawn or dropped to the network's input and the probabilities."""

    def classify(value: object) -> Outputs:
        content = to_bytes(value)
        if content is None:
            return None, None
        try:
            channels, _ = decode(content, ensemble.params.image)
        except ValueError as error:
            raise gr.Error(f"This is not a readable image ({error}); drop another.", print_exception=False) from error
        (probabilities,) = ensemble.predict_prepared(channels[:, None])
        enlarged = Image.fromarray(channels[0]).resize((ENLARGED, ENLARGED), Image.Resampling.NEAREST)
        return enlarged, dict(zip(ensemble.classes, probabilities.tolist(), strict=True))

    return classify


def read_file(path: str | None) -> bytes | None:
    """Return the bytes of a dropped file."""
    return None if path is None else Path(path).read_bytes()


def encode_drawing(value: dict | None) -> bytes | None:
    """Encode a drawing as a PNG, dark on white, cropped to its ink with a margin; None if it is empty."""
    if value is None or value["composite"] is None:
        return None
    drawing = value["composite"].convert("RGBA")
    gray = np.asarray(Image.alpha_composite(Image.new("RGBA", drawing.size, "white"), drawing).convert("L"))
    rows, columns = np.flatnonzero((gray < INK).any(axis=1)), np.flatnonzero((gray < INK).any(axis=0))
    if len(rows) == 0:
        return None
    margin = round(MARGIN * (rows[-1] - rows[0] + 1)) + 2
    cropped = np.pad(gray[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], margin, constant_values=255)
    file = io.BytesIO()
    Image.fromarray(cropped).save(file, "PNG")
    return file.getvalue()
