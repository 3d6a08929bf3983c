"""A page to draw or drop a character on, and see what a recipe's trained ensemble makes of it.

python -m letterpress.commands.demo [RECIPE_DIR] [--port 7860]
"""

import argparse
import io
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # nothing is told to anybody

import gradio as gr
import numpy as np
from PIL import Image

from letterpress.commands.trained_ensemble import Ensemble, load
from letterpress.configuration.params import load_params
from letterpress.images.decoding import decode
from letterpress.infrastructure.errors import UserError

ADDRESS = "127.0.0.1"  # this machine alone
LARGEST = "5mb"  # of a dropped file
TIDY = 600  # seconds that a dropped file is kept
TOP = 5
SHOWN = 224  # pixels that the small image is enlarged to
MARGIN = 0.15  # around a drawing, of its height
FONTS = {"font": ("system-ui", "sans-serif"), "font_mono": ("monospace",)}  # none from elsewhere

Answer = tuple[Image.Image | None, dict[str, float] | None]


def main() -> None:
    """Serve the page until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m letterpress.commands.demo", description=__doc__.splitlines()[0])
    parser.add_argument("recipe", nargs="?", type=Path, default=Path(), metavar="RECIPE_DIR")
    parser.add_argument("--port", type=int, default=7860)
    arguments = parser.parse_args()
    try:
        serve(load(arguments.recipe, load_params(arguments.recipe / "params.yaml")), arguments.port)
    except UserError as error:
        print(f"demo: {error}", file=sys.stderr)
        sys.exit(2)


def serve(ensemble: Ensemble, port: int) -> None:
    """Serve the page to this machine alone; raises UserError where another program has the port."""
    try:
        socket.create_server((ADDRESS, port)).close()  # Gradio's own error leaves sockets open
    except OSError as error:
        raise UserError(f"port {port} of {ADDRESS} is taken; name another with --port.") from error
    look = gr.themes.Base(**FONTS)
    page(ensemble).launch(server_name=ADDRESS, server_port=port, share=False, max_file_size=LARGEST, theme=look)


def page(ensemble: Ensemble) -> gr.Blocks:
    """Draw or drop on the left; on the right the image as the networks see it, and the most probable classes."""
    name = ensemble.params.dataset.name
    with gr.Blocks(title=f"{name} · Letterpress", analytics_enabled=False, delete_cache=(TIDY, TIDY)) as blocks:
        gr.Markdown(f"# {name}\nDraw a character, or drop an image of one: {len(ensemble.classes)} classes.")
        with gr.Row():
            with gr.Column():
                with gr.Tab("Draw"):
                    pen = gr.Brush(default_size=14, colors=["#000000"], default_color="#000000", color_mode="fixed")
                    drawing = gr.Sketchpad(type="pil", canvas_size=(320, 320), brush=pen, layers=False, label="Draw")
                with gr.Tab("Drop"):
                    dropped = gr.File(file_types=["image"], label="Drop an image")
            with gr.Column():
                seen = gr.Image(label="As the networks see it", height=SHOWN + 40, interactive=False, buttons=[])
                answers = gr.Label(num_top_classes=TOP, label="What it is")
        drawing.change(answer(ensemble, drawn), drawing, [seen, answers], show_progress="hidden")
        dropped.change(answer(ensemble, read), dropped, [seen, answers])
    return blocks


def answer(ensemble: Ensemble, content_of: Callable) -> Callable[[object], Answer]:
    """What the page calls with what was drawn or dropped."""

    def judge(given: object) -> Answer:
        content = content_of(given)
        if content is None:
            return None, None
        try:
            greys, _ = decode(content, ensemble.params.image)
        except ValueError as error:
            raise gr.Error(f"This is no readable image ({error}); drop another.", print_exception=False) from error
        (probabilities,) = ensemble.probabilities(greys[:, None])
        small = Image.fromarray(greys[0])
        return small.resize((SHOWN, SHOWN), Image.Resampling.NEAREST), dict(
            zip(ensemble.classes, probabilities.tolist(), strict=True)
        )

    return judge


def read(path: str | None) -> bytes | None:
    """A dropped file."""
    return None if path is None else Path(path).read_bytes()


def drawn(given: dict | None) -> bytes | None:
    """A drawing as a PNG, dark on white, cut to its ink with a margin; None while nothing is drawn."""
    if given is None or given["composite"] is None:
        return None
    picture = given["composite"].convert("RGBA")
    ink = np.asarray(Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("L"))
    rows, columns = np.flatnonzero((ink < 200).any(axis=1)), np.flatnonzero((ink < 200).any(axis=0))
    if len(rows) == 0:
        return None
    margin = round(MARGIN * (rows[-1] - rows[0] + 1)) + 2
    framed = np.pad(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], margin, constant_values=255)
    file = io.BytesIO()
    Image.fromarray(framed).save(file, "PNG")
    return file.getvalue()


if __name__ == "__main__":
    main()
