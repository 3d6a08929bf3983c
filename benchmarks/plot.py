"""Plot the measurements."""

from pathlib import Path
from textwrap import fill

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from letterpress.infrastructure.files import atomic_write

CONTESTANTS = ("letterpress", "torch, compiled", "letterpress, float32", "keras, layers", "keras, generator")


def plot_results(results: dict, path: Path) -> None:
    """Plot images a second for each network, and seconds and memory by number of images, as a PNG."""
    shown = {name: results[name]["figures"] for name in PANELS if name in results}
    widths = [PANELS[name][1] for name in shown]
    figure, axes = plt.subplots(
        1, len(shown), figsize=(4.4 * sum(widths), 4.5), layout="constrained", width_ratios=widths, squeeze=False
    )
    for axis, (name, figures) in zip(axes[0], shown.items(), strict=True):
        PANELS[name][0](axis, figures)
    with atomic_write(path) as partial:
        figure.savefig(partial, format="png", dpi=110)
    plt.close(figure)


def plot_few_images(figures: dict, path: Path) -> None:
    """Plot each method's mean accuracy by images a class, with whiskers from the worst to the best draw, as a PNG."""
    figure, axes = plt.subplots(figsize=(6.6, 4.2), layout="constrained")
    for method, sizes in figures.items():
        counts, accuracies = [int(k) for k in sizes], [taken["accuracy"] for taken in sizes.values()]
        means = [taken["mean"] for taken in accuracies]
        below = [taken["mean"] - taken["least"] for taken in accuracies]
        above = [taken["greatest"] - taken["mean"] for taken in accuracies]
        axes.errorbar(counts, means, (below, above), marker="o", capsize=3, label=method)
    axes.set_xscale("log")
    axes.set_xticks(counts, [str(count) for count in counts])
    axes.minorticks_off()
    axes.set(xlabel="images a class", ylabel="accuracy", ylim=(0, 1))
    axes.grid(axis="y", alpha=0.3)
    axes.legend(frameon=False, loc="lower right")
    axes.spines[["top", "right"]].set_visible(False)
    with atomic_write(path) as partial:
        figure.savefig(partial, format="png", dpi=110)
    plt.close(figure)


def _bars(axes: Axes, figures: dict[str, dict]) -> None:
    """Draw a group of bars a network, with whiskers from the slowest to the fastest round."""
    names = [name for name in CONTESTANTS if any(name in contest for contest in figures.values())]
    width = 0.8 / len(names)
    for i, name in enumerate(names):
        contests = [contest.get(name, {"median": 0, "least": 0, "greatest": 0}) for contest in figures.values()]
        medians = [rates["median"] for rates in contests]
        whiskers = [
            [rates["median"] - rates["least"] for rates in contests],
            [rates["greatest"] - rates["median"] for rates in contests],
        ]
        positions = [group + (i - (len(names) - 1) / 2) * width for group in range(len(figures))]
        bars = axes.bar(positions, medians, width * 0.92, yerr=whiskers, label=name, error_kw={"elinewidth": 1})
        axes.bar_label(bars, fmt="{:,.0f}", fontsize=8, padding=3)
    axes.set_xticks(range(len(figures)), [fill(title, 24) for title in figures])
    axes.set(ylabel="images a second", title="Training step")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)


def _lines(axes: Axes, figures: dict[str, dict]) -> None:
    """Draw seconds on the left axis and memory on the right, both from zero."""
    figures = {name: figure for name, figure in figures.items() if name.endswith("images")}
    counts = [int(name.split()[0]) for name in figures]
    seconds = [figure["seconds"]["median"] for figure in figures.values()]
    memory = [figure["peak_memory_mb"]["median"] for figure in figures.values()]
    axes.plot(counts, seconds, "o-", label="seconds")
    right = axes.twinx()
    right.plot(counts, memory, "s--", color="C1", label="peak memory")
    axes.set_xticks(counts, [f"{count:,}" for count in counts])
    axes.set(xlabel="training images", ylabel="seconds", title="A training of three epochs")
    right.set(ylabel="peak memory, MB")
    for axis, values in ((axes, seconds), (right, memory)):
        axis.set_ylim(0, 1.15 * max(values))
    axes.legend(handles=[*axes.lines, *right.lines], frameon=False, loc="lower right")
    axes.spines["top"].set_visible(False)
    right.spines["top"].set_visible(False)


PANELS = {"steps": (_bars, 2), "growth": (_lines, 1)}  # functions and relative widths
