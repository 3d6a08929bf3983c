"""Images a second in training: Letterpress, a Keras user's script and compiled PyTorch, taking turns."""

import json
import os
from contextlib import ExitStack
from importlib.util import find_spec

from letterpress.members import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

from benchmarks import operations
from benchmarks.contest import Worker, hold, summary
from benchmarks.workers.serving import N_CLASSES, SIZE
from letterpress.members import network
from letterpress.params.member import Member

NETWORKS = {
    "vgg_bn, width 32": ("vgg_bn", 32, 512),
    "vgg_bn, width 64": ("vgg_bn", 64, 512),
    "stem_vgg_bn, width 48": ("stem_vgg_bn", 48, 512),
}
WITHOUT_BFLOAT16 = {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_VNNI"}
OURS = "letterpress"


def measure(rounds: int) -> dict:
    """For each network every contestant's rate, our ratio to it round by round, and our share of the matrix rate."""
    runtime.prepare("float32")
    return {title: _one(*shape, rounds) for title, shape in NETWORKS.items()}


def without_bfloat16(rounds: int) -> dict:
    """The same on this processor with the instructions for bfloat16 switched off."""
    environment = os.environ | WITHOUT_BFLOAT16
    title, (net, width, dense) = next(iter(NETWORKS.items()))
    workers = {
        OURS: Worker("letterpress_step", [net, _options(width, dense), "auto"], environment),
        "keras, generator": Worker("keras_fit", [net, str(width), str(dense), "generator"], environment),
    }
    return {title: _hold(workers, rounds)}


def _one(net: str, width: int, dense: int, rounds: int) -> dict:
    sizes = [str(width), str(dense)]
    workers = {
        OURS: Worker("letterpress_step", [net, _options(width, dense), "auto"]),
        "letterpress, float32": Worker("letterpress_step", [net, _options(width, dense), "float32"]),
        "keras, generator": Worker("keras_fit", [net, *sizes, "generator"]),
        "keras, layers": Worker("keras_fit", [net, *sizes, "layers"]),
        "matrix product, bfloat16": Worker("matrix_product", ["bfloat16"]),
        "matrix product, float32": Worker("matrix_product", ["float32"]),
    }
    if find_spec("torch"):
        workers["torch, compiled"] = Worker("torch_compiled", [net, *sizes])
    return _with_shares(_hold(workers, rounds), net, width, dense)


def _with_shares(figures: dict, net: str, width: int, dense: int) -> dict:
    """Add which part of the machine's own rate of matrix products our step's arithmetic reaches, by precision."""
    member = Member(net, 0, json.loads(_options(width, dense)))
    operations_an_image = operations.step(network.build(member, (SIZE, SIZE), N_CLASSES))
    for name, precision in (("letterpress, float32", "float32"), (OURS, "bfloat16")):
        rate, of_machine = figures[name]["median"], figures[f"matrix product, {precision}"]["median"]
        figures[name]["share_of_matrix_rate"] = round(rate * operations_an_image / of_machine, 3)
    return figures


def _options(width: int, dense: int) -> str:
    return json.dumps({"width": width, "dense": dense, "dropout": 0.5})


def _hold(workers: dict[str, Worker], rounds: int) -> dict:
    with ExitStack() as stack:
        for worker in workers.values():
            stack.enter_context(worker).wait()
        rates = hold(workers, rounds)
    figures = {name: summary(values) for name, values in rates.items()}
    for name, values in rates.items():
        if name != OURS and "matrix" not in name:
            ratios = [ours / theirs for ours, theirs in zip(rates[OURS], values, strict=True)]
            figures[name]["letterpress_is_faster_by"] = summary(ratios)
    return figures
