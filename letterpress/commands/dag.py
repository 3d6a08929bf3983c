"""Draw a recipe's stages: each member's stages as one, and no arrow that a longer way implies.

    letterpress dag [RECIPE_DIR]

`dvc dag` draws every dependency of every member, and is several screens wide.
"""

import argparse
from pathlib import Path

from letterpress.commands.arguments import add_recipe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the recipe."""
    add_recipe(parser, optional=True)


def run(arguments: argparse.Namespace) -> None:
    """Print the drawing."""
    print(draw_dag(arguments.recipe))


def draw_dag(folder: Path) -> str:
    """Return the graph of a recipe's stages as text, the first stage on top."""
    import networkx
    from dvc.dagascii import draw as draw_ascii
    from dvc.repo import Repo

    with Repo(str(folder)) as repo:
        edges = {
            tuple(stage.name.partition("@")[0] for stage in edge) for edge in repo.index.graph.edges
        }  # from a stage to what it depends on
    graph = networkx.transitive_reduction(networkx.DiGraph((before, after) for after, before in edges))
    return draw_ascii(list(graph.nodes), [(after, before) for before, after in graph.edges])
