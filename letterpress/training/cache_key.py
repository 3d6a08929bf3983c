"""A digest of all that a training depends on, so that a checkpoint is never taken for another's."""

import dataclasses
import hashlib
import json
from importlib import metadata
from pathlib import Path
from typing import Any

import keras
import numpy as np

HERE = Path(__file__).parent


def fingerprint(*parts: Any) -> str:
    """Digest parameters (dataclasses), arrays, the code of this folder and the versions it runs on."""
    digest = hashlib.sha256(f"{keras.__version__} {keras.backend.backend()} {np.__version__}".encode())
    digest.update(metadata.version(keras.backend.backend()).encode())
    for file in sorted(HERE.rglob("*.py")):
        digest.update(file.read_bytes())
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(f"{part.dtype} {part.shape}".encode())
            digest.update(np.ascontiguousarray(part).data)
        else:
            plain = dataclasses.asdict(part) if dataclasses.is_dataclass(part) else part
            digest.update(json.dumps(plain, sort_keys=True).encode() + b"\n")
    return digest.hexdigest()
