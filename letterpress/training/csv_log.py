"""Learning curves as a table that DVC can plot."""

from pathlib import Path

from letterpress.infrastructure.files import write_text

COLUMNS = ("epoch", "learning_rate", "loss", "accuracy", "validation_loss", "validation_accuracy")


def save(history: list[dict], path: Path) -> None:
    """Write a row an epoch, six significant digits; cells stay empty where there was no validation."""
    lines = [",".join(COLUMNS)]
    for row in history:
        lines.append(",".join(f"{row[name]:.6g}" if name in row else "" for name in COLUMNS))
    write_text(path, "\n".join(lines) + "\n")
