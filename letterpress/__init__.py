"""Letterpress: from a pile of single-character images to an ensemble and a submission."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from letterpress.serving.ensemble import Ensemble


def load(recipe: str | Path) -> Ensemble:
    """Load the trained ensemble of a recipe's folder; raise UserError where the recipe has not been run."""
    from letterpress.serving.ensemble import load_ensemble  # TensorFlow takes seconds to import

    return load_ensemble(recipe)
