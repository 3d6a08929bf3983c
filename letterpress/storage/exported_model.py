"""The file ensemble.onnx of a recipe, which `letterpress export` writes."""

from pathlib import Path

from letterpress.storage.predictions import TEMPERATURE

ONNX = Path("ensemble.onnx")


def exported_model(folder: Path = Path()) -> Path | None:
    """Return a recipe's ensemble.onnx, or None where there is none or the ensemble has been run again since."""
    path, ensemble = folder / ONNX, folder / TEMPERATURE  # which every run of the ensemble writes
    if not path.is_file() or (ensemble.exists() and ensemble.stat().st_mtime > path.stat().st_mtime):
        return None
    return path
