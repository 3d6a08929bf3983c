"""Format the measurements as a section of docs/benchmarks.md; those of a cluster are in docs/scaling.md."""

from collections.abc import Mapping

START, END = "<!-- The figures of speed: written by `make bench`. -->\n", "<!-- End of the figures of speed. -->\n"
OURS = "letterpress"
OTHERS = {
    "keras, generator": "Keras with ImageDataGenerator",
    "keras, layers": "Keras with augmentation layers",
    "torch, compiled": "PyTorch, compiled",
}
STEPS = {"steps": "", "steps without bfloat16": ", its bfloat16 switched off"}
UNITS = {"parts": "images a second", "pipeline": "seconds"}


def format_section(results: Mapping[str, dict]) -> str:
    """Return Markdown: tables of the training step, of other rates, of seconds and of memory."""
    sections = [_steps(results[name], note) for name, note in STEPS.items() if name in results]
    sections += [_list(results[name], unit) for name, unit in UNITS.items() if name in results]
    if "growth" in results:
        sections.append(_growth(results["growth"]))
    if "minutes" in results:
        sections.append(_minutes(results["minutes"]))
    if "few images" in results:
        sections.append(_few_images(results["few images"]))
    return "\n".join(sections)


def _conditions(result: dict, note: str = "", unit: str = "round", kind: str = "medians") -> str:
    """Name machine and rounds: the figures may come from different machines."""
    machine = f"{result['machine']['cores']} cores of {result['machine']['processor']}"
    return f"On {machine}{note}; {kind} of {result['rounds']} {unit}{'s' * (result['rounds'] > 1)}:\n\n"


def _steps(result: dict, note: str) -> str:
    """Format a row a network: images a second, and the median ratio to each of the others."""
    contests = result["figures"]
    shown = [name for name in OTHERS if all(name in contest for contest in contests.values())]
    with_shares = all("share_of_matrix_rate" in contest[OURS] for contest in contests.values())
    titles = ["training step", "images a second", *(f"{OTHERS[name]}: slower by" for name in shown)]
    titles += ["of matrix rate"] if with_shares else []
    rows = []
    for network, contest in contests.items():
        ratios = [f"{contest[name]['letterpress_is_faster_by']['median']:.2f} ×" for name in shown]
        rows.append([network, _number(contest[OURS]["median"]), *ratios])
        if with_shares:
            rows[-1].append(f"{contest[OURS]['share_of_matrix_rate']:.0%}")
    return _conditions(result, note) + _table(titles, rows)


def _list(result: dict, unit: str) -> str:
    rows = [[name, _number(rate["median"])] for name, rate in result["figures"].items()]
    return _conditions(result) + _table(["", unit], rows)


def _growth(result: dict) -> str:
    """Format a row a size: members train one after another on the smallest number of images."""
    rows = [
        [
            name.replace("1 members", "1 member"),
            *(_number(taken[key]["median"]) for key in ("seconds", "peak_memory_mb")),
        ]
        for name, taken in result["figures"].items()
    ]
    return _conditions(result) + _table(["a training of three epochs", "seconds", "peak memory, MB"], rows)


def _minutes(result: dict) -> str:
    """Format a row a recipe and group of classes: mean accuracy and minutes, least and greatest in brackets."""
    rows = []
    for recipe, taken in result["figures"].items():
        for group, accuracy in taken["accuracy"].items():
            title = recipe if group == "all" else f"{recipe}, {group}"
            rows.append([title, f"{accuracy['published']:.4f}", _spread(accuracy, 4), _spread(taken["minutes"], 1)])
    conditions = _conditions(result, unit="run", kind="means")
    return conditions + _table(["from archive to submission", "published", "accuracy", "minutes"], rows)


def _spread(figure: Mapping[str, float], digits: int) -> str:
    mean, least, greatest = (f"{figure[name]:.{digits}f}" for name in ("mean", "least", "greatest"))
    return mean if least == greatest else f"{mean} ({least} to {greatest})"


def _few_images(result: dict) -> str:
    """Format a row a number of images: each method's mean accuracy, least and greatest in brackets."""
    methods = result["figures"]
    rows = []
    for k, taken in next(iter(methods.values())).items():
        accuracies = [sizes[k]["accuracy"] for sizes in methods.values()]
        cells = [_spread(accuracy, 3) for accuracy in accuracies]
        rows.append([k, f"{taken['n_images']:,}", *cells])
    return _conditions(result, unit="draw", kind="means") + _table(["images a class", "images", *methods], rows)


def _table(titles: list[str], rows: list[list[str]]) -> str:
    lines = [titles, ["---", *["---:"] * (len(titles) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
