"""Folders that tell training, validation and test images apart, by the names that people give them."""

import re

_SUFFIX = r"(?:[-_ ]?(?:set|data|images?|imgs?|split))?"
PARTS = {
    "train": re.compile(rf"(?:train|training|trn){_SUFFIX}", re.IGNORECASE),
    "validation": re.compile(rf"(?:val|valid|validation|dev|eval|evaluation){_SUFFIX}", re.IGNORECASE),
    "test": re.compile(rf"(?:test|testing|tst){_SUFFIX}", re.IGNORECASE),
}


def part_of(folder: str) -> str | None:
    """Return the part, a key of PARTS, that a folder or a zip such as Train, test_set or train.zip stands for."""
    name = re.sub(r"\.zip$", "", folder, flags=re.IGNORECASE)
    return next((part for part, pattern in PARTS.items() if pattern.fullmatch(name)), None)
