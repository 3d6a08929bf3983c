"""Measure speed and memory: benchmarks/results.json, benchmarks/results.png and a part of README.md.

python -m benchmarks [NAME ...] [--rounds N]
"""

import argparse
import json
from importlib import import_module
from pathlib import Path

from benchmarks import figures, plot
from letterpress.infrastructure import hardware as machine
from letterpress.infrastructure.files import write_json
from letterpress.infrastructure.markdown import replace_section

RESULTS = Path(__file__).with_name("results.json")
README = Path(__file__).parents[1] / "README.md"
MEASURES = {
    "steps": "steps.measure",
    "steps without bfloat16": "steps.without_bfloat16",
    "parts": "parts.measure",
    "pipeline": "pipeline.measure",
    "growth": "growth.measure",
    "cluster": "cluster.measure",
}


def main() -> None:
    """Run the measures that are named, or all; the others' figures stay."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MEASURES)}; all, if none is named")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(MEASURES)
    if unknown:
        parser.error(f"expected names of {', '.join(MEASURES)}, received {min(unknown)}")
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for name in arguments.names or MEASURES:
        print(f"{name} …", flush=True)
        module, function = MEASURES[name].split(".")
        measured = getattr(import_module(f"benchmarks.{module}"), function)(arguments.rounds)
        results[name] = {"machine": machine.describe(), "rounds": arguments.rounds, "figures": measured}
        write_json(RESULTS, results)
        print(json.dumps(measured, indent=2))
    plot.sample_transforms(results, RESULTS.with_suffix(".png"))
    replace_section(README, figures.START, figures.render(results), figures.END)


if __name__ == "__main__":
    main()
