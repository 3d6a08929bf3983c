"""Measure speed and memory: benchmarks/results.json, benchmarks/results.png and a section of docs/benchmarks.md.

python -m benchmarks [NAME ...] [--rounds N]
"""

import argparse
import json
from importlib import import_module
from pathlib import Path

from benchmarks import figures, plot
from letterpress.commands.arguments import whole_number
from letterpress.infrastructure import hardware
from letterpress.infrastructure.files import write_json
from letterpress.infrastructure.markdown import replace_section

RESULTS = Path(__file__).with_name("results.json")
DOCUMENT = Path(__file__).parents[1] / "docs/benchmarks.md"
BENCHMARKS = {
    "steps": "steps.measure",
    "steps without bfloat16": "steps.without_bfloat16",
    "parts": "parts.measure",
    "pipeline": "pipeline.measure",
    "growth": "growth.measure",
    "cluster": "cluster.measure",
    "minutes": "minutes.measure",
    "few images": "few_images.measure",
}
LONG = ("minutes", "few images")  # half an hour or more a round, so by name only
HELP = f"one of {', '.join(BENCHMARKS)}; default: all but {', '.join(LONG)}"
FEW_IMAGES = DOCUMENT.with_name("few-images.png")


def main() -> None:
    """Run the named benchmarks, or all but the long ones; the others' figures stay."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=HELP)
    parser.add_argument("--rounds", type=whole_number(1), default=5, help="rounds of each measurement; default: 5")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"expected names of {', '.join(BENCHMARKS)}, received {min(unknown)}")
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for name in arguments.names or [name for name in BENCHMARKS if name not in LONG]:
        print(f"{name} …", flush=True)
        module, function = BENCHMARKS[name].split(".")
        measurements = getattr(import_module(f"benchmarks.{module}"), function)(arguments.rounds)
        results[name] = {"machine": hardware.describe_hardware(), "rounds": arguments.rounds, "figures": measurements}
        write_json(RESULTS, results)
        print(json.dumps(measurements, indent=2))
    plot.plot_results(results, RESULTS.with_suffix(".png"))
    if "few images" in results:
        plot.plot_few_images(results["few images"]["figures"], FEW_IMAGES)
    replace_section(DOCUMENT, figures.START, figures.format_section(results), figures.END)


if __name__ == "__main__":
    main()
