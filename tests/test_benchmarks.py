"""What the benchmarks compute and write, and that their modules import."""

import json
import re
from importlib import import_module

import numpy as np
import pytest
from keras import Input, Model, layers

pytest.importorskip("matplotlib", reason="needs `make bench`")

from benchmarks import few_images, figures, minutes, operations, plot
from benchmarks.__main__ import BENCHMARKS
from benchmarks.contest import run_rounds, summarize_rates
from letterpress.configuration.params import load_params
from tests.imports import ROOT

RATES = {"median": 1234.0, "least": 1200.0, "greatest": 1300.0}
RATIO = {"median": 2.5, "least": 2.0, "greatest": 3.0}
ACCURACY = {"mean": 0.8765, "least": 0.25, "greatest": 0.9}
ONE = {"mean": 0.25, "least": 0.25, "greatest": 0.25}
MACHINE = {"cores": 2, "processor": "a CPU"}
RESULTS = {
    "steps": {
        "machine": MACHINE,
        "rounds": 5,
        "figures": {
            "vgg_bn": {
                "letterpress": RATES | {"share_of_matrix_rate": 0.456},
                "keras, generator": RATES | {"letterpress_is_faster_by": RATIO},
            }
        },
    },
    "parts": {"machine": MACHINE, "rounds": 5, "figures": {"inference": RATES | {"median": 9876.5}}},
    "pipeline": {"machine": MACHINE, "rounds": 5, "figures": {"dvc repro": RATES | {"median": 1.1249}}},
    "growth": {
        "machine": MACHINE,
        "rounds": 3,
        "figures": {name: {"seconds": RATIO, "peak_memory_mb": RATES} for name in ("800 images", "1 members")},
    },
    "minutes": {
        "machine": MACHINE,
        "rounds": 2,
        "figures": {
            "ours": {"minutes": RATIO | {"mean": 2.5}, "accuracy": {"numerals": ACCURACY | {"published": 0.997}}},
            "theirs": {"minutes": ONE, "accuracy": {"all": ONE | {"published": 0.5}}},
        },
    },
    "few images": {
        "machine": MACHINE,
        "rounds": 3,
        "figures": {
            "ours": {"2": {"accuracy": ACCURACY, "n_images": 1124}},
            "theirs": {"2": {"accuracy": ACCURACY | {"mean": 0.3}, "n_images": 1124}},
        },
    },
}


@pytest.fixture(scope="module")
def network(float32):
    """4 x 4 x 1, two convolutions and a dense layer."""
    images = Input((4, 4, 1))
    x = layers.Conv2D(3, 3, padding="same")(images)
    x = layers.Flatten()(layers.Conv2D(2, 2, strides=2)(x))
    return Model(images, layers.Dense(5)(x))


def test_operations_are_two_a_multiply_add(network):
    assert operations.forward_operations(network) == [2 * 16 * 9 * 3, 2 * 4 * 4 * 3 * 2, 2 * 8 * 5]


def test_a_step_needs_no_gradient_of_the_images(network):
    first, second, last = operations.forward_operations(network)
    assert operations.step_operations(network) == 2 * first + 3 * (second + last)


def test_a_summary_has_three_digits():
    assert summarize_rates([3.0, 1.23456, 2000.0]) == {"median": 3.0, "least": 1.23, "greatest": 2000.0}


def test_contestants_take_turns():
    class Contestant:
        def __init__(self, name: str) -> None:
            self.name = name

        def round(self) -> float:
            order.append(self.name)
            return float(len(order))

    order: list[str] = []
    assert run_rounds({name: Contestant(name) for name in "ab"}, 2) == {"a": [1.0, 3.0], "b": [2.0, 4.0]}
    assert order == ["a", "b", "a", "b"]


def test_figures_are_formatted_as_tables():
    assert figures.format_section(RESULTS) == (
        "On 2 cores of a CPU; medians of 5 rounds:\n\n"
        "| training step | images a second | Keras with ImageDataGenerator: slower by | of matrix rate |\n"
        "| --- | ---: | ---: | ---: |\n"
        "| vgg_bn | 1,234 | 2.50 × | 46% |\n"
        "\n"
        "On 2 cores of a CPU; medians of 5 rounds:\n\n"
        "|  | images a second |\n| --- | ---: |\n| inference | 9,876 |\n"
        "\n"
        "On 2 cores of a CPU; medians of 5 rounds:\n\n"
        "|  | seconds |\n| --- | ---: |\n| dvc repro | 1.12 |\n"
        "\n"
        "On 2 cores of a CPU; medians of 3 rounds:\n\n"
        "| a training of three epochs | seconds | peak memory, MB |\n"
        "| --- | ---: | ---: |\n"
        "| 800 images | 2.5 | 1,234 |\n"
        "| 1 member | 2.5 | 1,234 |\n"
        "\n"
        "On 2 cores of a CPU; means of 2 runs:\n\n"
        "| from archive to submission | published | accuracy | minutes |\n"
        "| --- | ---: | ---: | ---: |\n"
        "| ours, numerals | 0.9970 | 0.8765 (0.2500 to 0.9000) | 2.5 (2.0 to 3.0) |\n"
        "| theirs | 0.5000 | 0.2500 | 0.2 |\n"
        "\n"
        "On 2 cores of a CPU; means of 3 draws:\n\n"
        "| images a class | images | ours | theirs |\n"
        "| --- | ---: | ---: | ---: |\n"
        "| 2 | 1,124 | 0.876 (0.250 to 0.900) | 0.300 (0.250 to 0.900) |\n"
    )


def test_without_shares_there_is_no_such_column():
    contest = {"letterpress": RATES, "keras, generator": RATES | {"letterpress_is_faster_by": RATIO}}
    result = {"machine": MACHINE, "rounds": 5, "figures": {"vgg_bn": contest}}
    assert figures.format_section({"steps without bfloat16": result}) == (
        "On 2 cores of a CPU, its bfloat16 switched off; medians of 5 rounds:\n\n"
        "| training step | images a second | Keras with ImageDataGenerator: slower by |\n"
        "| --- | ---: | ---: |\n"
        "| vgg_bn | 1,234 | 2.50 × |\n"
    )


def test_the_plot_is_a_png(tmp_path):
    plot.plot_results(RESULTS, tmp_path / "results.png")
    assert (tmp_path / "results.png").read_bytes().startswith(b"\x89PNG")


def test_the_plot_of_few_images_is_a_png(tmp_path):
    plot.plot_few_images(RESULTS["few images"]["figures"], tmp_path / "few.png")
    assert (tmp_path / "few.png").read_bytes().startswith(b"\x89PNG")


def test_draws_are_of_each_class_and_never_of_the_evaluated_images():
    labels = np.repeat([0, 1, 2], [6, 12, 60])
    drawn, evaluated = few_images.draw_images(labels, 5, draw=0)
    assert np.bincount(labels[drawn]).tolist() == [4, 5, 5]
    assert np.bincount(labels[evaluated]).tolist() == [2, 4, 20]
    other, same = few_images.draw_images(labels, 5, draw=1)
    assert not np.intersect1d(np.union1d(drawn, other), evaluated).size
    assert (other.tolist() != drawn.tolist(), same.tolist()) == (True, evaluated.tolist())


def test_draws_are_summarized_by_mean_least_and_greatest():
    runs = [{"accuracy": a, "macro_f1": a / 2, "n_images": 100 + i} for i, a in enumerate((0.5, 0.8, 0.8))]
    assert few_images.summarize(runs) == {
        "accuracy": {"mean": 0.7, "least": 0.5, "greatest": 0.8},
        "macro_f1": {"mean": 0.35, "least": 0.25, "greatest": 0.4},
        "n_images": 101,
    }


def test_runs_are_summarized_beside_the_published_accuracies():
    published = {"vowels": 0.9, "consonants": 0.8}
    runs = [
        {"seconds": seconds, "accuracy": {"vowels": vowels, "consonants": 0.5}, "published": published}
        for seconds, vowels in ((60, 1.0), (150, 0.9))
    ]
    assert minutes.summarize_runs(runs) == {
        "minutes": {"mean": 1.75, "least": 1.0, "greatest": 2.5},
        "accuracy": {
            "vowels": {"published": 0.9, "mean": 0.95, "least": 0.9, "greatest": 1.0},
            "consonants": {"published": 0.8, "mean": 0.5, "least": 0.5, "greatest": 0.5},
        },
    }


@pytest.mark.parametrize(
    ("accuracy", "seconds", "reached"), [(0.9, 20.0, 0.92), (0.5, 10.0, 0.8), (0.99, 40.0, 0.95)]
)
def test_a_scripts_time_is_that_of_its_first_epoch_with_the_accuracy_or_of_all(accuracy, seconds, reached):
    run = {"accuracy": [0.8, 0.92, 0.95, 0.93], "seconds": [10.0, 20.0, 30.0, 40.0], "published": {"all": 0.99}}
    assert minutes.first_epoch_with(accuracy, run) == {
        "seconds": seconds,
        "accuracy": {"all": reached},
        "published": {"all": 0.99},
    }


def test_a_rounds_seeds_differ_in_nothing_else(tmp_path):
    params = tmp_path / "params.yaml"
    text = (ROOT / "recipes/julia-champion/params.yaml").read_text(encoding="utf-8")
    params.write_text(text, encoding="utf-8")
    before = load_params(params)
    minutes.shift_seeds(params, 100)
    after = load_params(params)
    seeds = [member.seed for member in after.ensemble.members.values()]
    assert seeds == [100 + member.seed for member in before.ensemble.members.values()]
    assert after.pretrain.networks["stem_vgg_bn"].seed == 100 + before.pretrain.networks["stem_vgg_bn"].seed
    minutes.shift_seeds(params, -100)
    assert load_params(params) == before


def test_the_document_has_the_committed_figures():
    document = (ROOT / "docs/benchmarks.md").read_text(encoding="utf-8")
    written = re.search(f"{re.escape(figures.START)}(.*){re.escape(figures.END)}", document, re.DOTALL)
    results = json.loads((ROOT / "benchmarks/results.json").read_text(encoding="utf-8"))
    assert written
    assert written.group(1) == figures.format_section(results)


@pytest.mark.parametrize("name", sorted(BENCHMARKS))
def test_every_benchmark_imports(name):
    module, function = BENCHMARKS[name].split(".")
    assert callable(getattr(import_module(f"benchmarks.{module}"), function))


@pytest.mark.parametrize(
    "name", ["keras_digits", "keras_few", "keras_fit", "letterpress_step", "matrix_product", "one_training"]
)
def test_every_worker_imports(name):
    assert callable(import_module(f"benchmarks.workers.{name}").main)
