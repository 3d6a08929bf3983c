"""The report's charts, as SVG texts: equal figures give equal bytes."""

import io

import matplotlib
import numpy as np
from matplotlib.figure import Figure

STYLE = {
    "svg.hashsalt": "letterpress",  # else the ids in an SVG are random
    "svg.fonttype": "none",  # texts stay texts
    "text.parse_math": False,  # a class may be called $x$
    "font.family": "sans-serif",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "legend.frameon": False,
}
SHOWN_LABELS = 70  # more class names than this do not fit


def learning_curves(histories: dict[str, dict[str, list]]) -> str:
    """Accuracy by epoch, a colour a member; dashed on training images, solid on validation images."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(9, 4), layout="constrained")
        axes = figure.subplots()
        lines = []
        for i, (key, history) in enumerate(histories.items()):
            colour = f"C{i % 10}"
            axes.plot(history["epoch"], history["accuracy"], "--", color=colour, alpha=0.5, linewidth=1)
            lines += axes.plot(history["epoch"], history["validation_accuracy"], color=colour, label=key)
        axes.set(xlabel="epoch", ylabel="accuracy", ylim=(0, 1.02))
        axes.legend(handles=lines, ncols=max(1, len(histories) // 6), loc="lower right")
        return _svg(figure)


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, classes: list[str]) -> str:
    """Shares of each true class (row) by predicted class; small shares are lifted so that errors show."""
    counts = np.zeros((len(classes), len(classes)))
    np.add.at(counts, (labels, predicted), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    with matplotlib.rc_context(STYLE | {"axes.grid": False}):
        figure = Figure(figsize=(9, 8), layout="constrained")
        axes = figure.subplots()
        image = axes.imshow(np.sqrt(shares), cmap="BuPu", vmin=0, vmax=1)
        if len(classes) <= SHOWN_LABELS:
            size = 9 if len(classes) < 30 else 6
            axes.set_xticks(range(len(classes)), classes, fontsize=size, rotation=90 if _long(classes) else 0)
            axes.set_yticks(range(len(classes)), classes, fontsize=size)
        axes.set(xlabel="predicted", ylabel="true")
        bar = figure.colorbar(image, ax=axes, shrink=0.6, label="share of the true class")
        bar.set_ticks(np.sqrt([0, 0.01, 0.05, 0.2, 0.5, 1]), labels=["0", "1 %", "5 %", "20 %", "50 %", "100 %"])
        return _svg(figure)


def class_balance(balance: dict[str, int]) -> str:
    """Labelled images by class."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(9, 2.6), layout="constrained")
        axes = figure.subplots()
        axes.bar(range(len(balance)), balance.values(), color="#3b6ea5")
        if len(balance) <= SHOWN_LABELS:
            names = list(balance)
            axes.set_xticks(range(len(names)), names, fontsize=7, rotation=90 if _long(names) else 0)
        axes.grid(axis="x", visible=False)
        axes.set(ylabel="images", xlim=(-0.8, len(balance) - 0.2))
        return _svg(figure)


def _long(names: list[str]) -> bool:
    return max(map(len, names)) > 2


def _svg(figure: Figure) -> str:
    file = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(file, format="svg", transparent=True, metadata=nothing)
    return file.getvalue()[file.getvalue().index("<svg") :]
