"""The contents of a report on made-up results."""

from pathlib import Path

import numpy as np

from letterpress.evaluation.errors import find_errors
from letterpress.evaluation.evaluation import Targets, compute_details
from letterpress.infrastructure.files import write_json, write_text
from letterpress.report.examples import ContextChange, context_examples
from letterpress.report.overview import Overview
from letterpress.report.report_data import Results, collect_contents
from letterpress.storage.predictions import Predictions
from letterpress.storage.prepared import PreparedSplit

MACHINE = {"processor": "Z80 <fast>", "cores": 1, "memory_gb": None, "versions": {"python": "3.11"}}
RUN = {"seconds": 12.34, "peak_memory_mb": 64, "machine": MACHINE}
RUNS = {"fetch": RUN, "train@m0": {**RUN, "precision": "bfloat16", "images_per_second": 321}}
OVERVIEW = Overview("tiny", "abc1234", True, 0.25, ["2 × vgg_bn (width 4)"], RUNS, ["predict@m0"], "ensemble.onnx")
COLUMNS = "epoch,learning_rate,loss,accuracy,validation_loss,validation_accuracy"
HOLDOUT = np.array([3, 4], np.int32)


def make_contents(
    final: Predictions,
    members: dict[str, Predictions],
    labelled: PreparedSplit,
    test: PreparedSplit,
    classes: list[str],
    baseline: dict | None = None,
    n_epochs: int = 2,
    change: ContextChange | None = None,
) -> dict:
    """Write metrics/ in the working directory as the stages do, and collect the contents."""
    unknown = np.full(len(test.ids), -1, np.int32)
    labels = np.concatenate([labelled.labels, unknown if test.labels is None else test.labels])
    targets = Targets(labels, len(labelled.labels), HOLDOUT, classes)
    write_json("metrics/details.json", compute_details(final, members, targets, {}, temperature=0.5))
    write_json(
        "metrics/data.json",
        {
            "images": {"train": len(labelled.ids), "test": len(test.ids)},
            "classes": len(classes),
            "per_class": {"min": 1, "median": 2.0, "max": 3},
            "duplicates": 1,
            "conflicts": {"images": 2, "examples": [{"0": classes[0], "1": classes[1]}]},
            "balance": dict.fromkeys(classes, 2),
        },
    )
    rows = [f"{epoch},0.1,1,0.25,1,0.5" for epoch in range(1, n_epochs + 1)]
    for key in members:
        write_text(Path(f"metrics/curves/{key}.csv"), "\n".join([COLUMNS, *rows]) + "\n")
    networks = {key: {"network": "vgg_bn"} for key in members}
    params = {"dataset": {"name": "<b>letters"}, "ensemble": {"members": networks}}
    examples = context_examples(change, labelled, test, classes)
    errors = find_errors(final, members, labelled.labels)
    contents = collect_contents(params, Results(final, members, 0.5, errors, labelled, classes))
    return contents | {"baseline": baseline, "context_examples": examples}
