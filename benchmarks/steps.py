"""Measure images a second in training: Letterpress, a Keras user's script and compiled PyTorch, in turns."""

import os
from contextlib import ExitStack
from importlib.util import find_spec

from letterpress.inference import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

from benchmarks import operations
from benchmarks.contest import Worker, run_rounds, summarize_rates
from benchmarks.workers.letterpress_step import member_of
from benchmarks.workers.serving import N_CLASSES, Case
from letterpress.inference.factory import build_network

CASES = {
    "vgg_bn, width 32": Case("vgg_bn", 32),
    "vgg_bn, width 64": Case("vgg_bn", 64),
    "stem_vgg_bn, width 48, as in julia-champion": Case("stem_vgg_bn", 48, size=48, batch_size=64),
}
WITHOUT_BFLOAT16 = {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_VNNI"}
OURS = "letterpress"


def measure(rounds: int) -> dict:
    """Return each network's rates by contestant, our ratio to each, and our share of the matrix rate."""
    runtime.prepare("float32")
    return {title: _compare(case, rounds) for title, case in CASES.items()}


def without_bfloat16(rounds: int) -> dict:
    """Return the rates on this processor with its bfloat16 instructions switched off."""
    environment = os.environ | WITHOUT_BFLOAT16
    title, case = next(iter(CASES.items()))
    workers = {
        OURS: Worker("letterpress_step", [str(case), "auto"], environment),
        "keras, generator": Worker("keras_fit", [str(case), "generator"], environment),
    }
    return {title: _run(workers, rounds)}


def _compare(case: Case, rounds: int) -> dict:
    workers = {
        OURS: Worker("letterpress_step", [str(case), "auto"]),
        "letterpress, float32": Worker("letterpress_step", [str(case), "float32"]),
        "keras, generator": Worker("keras_fit", [str(case), "generator"]),
        "keras, layers": Worker("keras_fit", [str(case), "layers"]),
        "matrix product, bfloat16": Worker("matrix_product", ["bfloat16"]),
        "matrix product, float32": Worker("matrix_product", ["float32"]),
    }
    if find_spec("torch"):
        workers["torch, compiled"] = Worker("torch_compiled", [str(case)])
    return _add_shares(_run(workers, rounds), case)


def _add_shares(figures: dict, case: Case) -> dict:
    """Add the share of the machine's rate of matrix products that our step reaches, by precision."""
    operations_an_image = operations.step_operations(
        build_network(member_of(case), (case.size, case.size), N_CLASSES)
    )
    for name, precision in (("letterpress, float32", "float32"), (OURS, "bfloat16")):
        rate, machine_rate = figures[name]["median"], figures[f"matrix product, {precision}"]["median"]
        figures[name]["share_of_matrix_rate"] = round(rate * operations_an_image / machine_rate, 3)
    return figures


def _run(workers: dict[str, Worker], rounds: int) -> dict:
    with ExitStack() as stack:
        for worker in workers.values():
            stack.enter_context(worker).wait()
        rates = run_rounds(workers, rounds)
    figures = {name: summarize_rates(values) for name, values in rates.items()}
    for name, values in rates.items():
        if name != OURS and "matrix" not in name:
            ratios = [ours / theirs for ours, theirs in zip(rates[OURS], values, strict=True)]
            figures[name]["letterpress_is_faster_by"] = summarize_rates(ratios)
    return figures
