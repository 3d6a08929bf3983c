"""The report as one HTML file that needs no network."""

import html
from pathlib import Path
from string import Template

import yaml

TEMPLATE = Path(__file__).with_name("page.html")
COLUMNS = (
    "accuracy",
    "accuracy_within",
    "top5_accuracy",
    "accuracy_ignoring_case",
    "macro_f1",
    "calibration_error",
    "images",
)
PARTS = {"holdout": "hold-out", "oof": "out of fold", "test": "test images"}


def render(contents: dict, runs: dict[str, dict]) -> str:
    """Fill the template with the contents, and with what was noted of the run; all text is escaped."""
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        name=html.escape(contents["params"]["dataset"]["name"]),
        headline=_headline(contents["ensemble"]),
        scores=_scores(contents),
        charts="".join(f"<section><h2>{title}</h2>{svg}</section>" for title, svg in contents["charts"].items()),
        worst="".join(map(_error, contents["worst"])),
        corrections=_corrections(contents["corrections"]),
        confused=_confused(contents["ensemble"]["confused"]),
        data=_data(contents["data"]),
        runs=_runs(runs),
        machine=_machine(runs),
        params=html.escape(yaml.safe_dump(contents["params"], sort_keys=False, allow_unicode=True)),
    )


def _headline(ensemble: dict) -> str:
    cards = [
        (PARTS[part], ensemble[part]["accuracy"], ensemble[part]["images"]) for part in PARTS if part in ensemble
    ]
    return "".join(
        f'<div class="card"><b>{accuracy:.2%}</b><span>{name}</span><small>{images:,} images</small></div>'
        for name, accuracy, images in cards
    )


def _scores(contents: dict) -> str:
    rows = [(PARTS[part], contents["ensemble"][part]) for part in PARTS if part in contents["ensemble"]]
    for key, member in contents["members"].items():
        rows += [(f"{key}, {part}", figures) for part, figures in member.items()]
    rows = [row for name, figures in rows for row in _with_groups(name, figures)]
    columns = [column for column in COLUMNS if any(column in figures for _, figures in rows)]
    body = [
        [name, *(_number(figures[column]) if column in figures else "" for column in columns)]
        for name, figures in rows
    ]
    return _table(["", *(column.replace("_", " ") for column in columns)], body)


def _with_groups(name: str, figures: dict) -> list[tuple[str, dict]]:
    """The row itself, and one for each group of classes."""
    groups = figures.get("groups", {})
    return [(name, figures), *((f"{name}, {group}", of_group) for group, of_group in groups.items())]


def _error(error: dict) -> str:
    true, taken = html.escape(error["true"]), html.escape(error["predicted"])
    text = f"{true} taken for {taken}"
    return (
        f'<figure><img src="{error["image"]}" alt="{text}" title="image {html.escape(error["id"])}">'
        f"<figcaption><b>{true}</b> → {taken}<small>{error['probability']:.0%} against "
        f"{error['probability_of_true']:.0%}</small></figcaption></figure>"
    )


def _corrections(changes: dict[str, list[dict]]) -> str:
    """The section on what siblings changed, or nothing where each image was judged alone."""
    titles = {"better": "For the better", "worse": "For the worse"}
    parts = [
        f"<h3>{titles[way]}</h3>{''.join(map(_change, examples))}" for way, examples in changes.items() if examples
    ]
    text = (
        "<p>Alone → with siblings. Beside each image those that are most likely of the same photograph, "
        "with their class where it is known.</p>"
    )
    return f"<section><h2>What siblings changed</h2>{text}{''.join(parts)}</section>" if parts else ""


def _change(change: dict) -> str:
    true, alone, final = (html.escape(change[key]) for key in ("true", "alone", "final"))
    siblings = "".join(
        f'<figure><img src="{sibling["image"]}" alt="sibling {html.escape(sibling["class"] or "without label")}">'
        f"<figcaption>{html.escape(sibling['class'] or '?')}</figcaption></figure>"
        for sibling in change["siblings"]
    )
    return (
        f'<div class="change"><figure><img src="{change["image"]}" alt="{true}" title="image '
        f'{html.escape(change["id"])}"><figcaption>{alone} → <b>{final}</b></figcaption></figure>{siblings}</div>'
    )


def _confused(pairs: list[dict]) -> str:
    return _table(["true", "taken for", "images"], [[p["true"], p["taken_for"], p["images"]] for p in pairs])


def _data(data: dict) -> str:
    rows = [
        ["labelled images", data["images"]["train"]],
        ["test images", data["images"]["test"]],
        ["classes", data["classes"]],
        ["images a class, fewest / median / most", " / ".join(f"{n:g}" for n in data["per_class"].values())],
        ["repeated pictures", data["duplicates"]],
        ["equal pictures with different labels", data["conflicts"]["images"]],
    ]
    return _table(["", ""], rows)


def _runs(runs: dict[str, dict]) -> str:
    rows = [
        [stage, f"{run['seconds']:.1f}", run["peak_memory_mb"], run.get("precision", ""),
         run.get("images_per_second") or ""]
        for stage, run in runs.items()
    ]  # fmt: skip
    return _table(["stage", "seconds", "peak memory, MB", "precision", "images/s in training"], rows)


def _machine(runs: dict[str, dict]) -> str:
    """Each distinct machine that took part."""
    seen = []
    for run in runs.values():
        if run["machine"] not in seen:
            seen.append(run["machine"])
    return "".join(
        _table(["", ""], [[k, v] for k, v in machine.items() if k != "versions"] + [*machine["versions"].items()])
        for machine in seen
    )


def _table(header: list[str], rows: list) -> str:
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(str(c))}</td>" for c in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"
