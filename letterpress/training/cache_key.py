"""A digest of everything that a training depends on, so that no checkpoint of another training is resumed."""

import dataclasses
import hashlib
import json
from importlib import import_module
from pathlib import Path
from typing import Any

import keras
import numpy as np

from letterpress.inference.factory import digest_weights

LIBRARY = Path(__file__).parents[1]
CODE = ("networks", "inference", "training")


def compute_cache_key(*parts: Any) -> str:
    """Digest parameters (dataclasses), arrays, the code of training, its dtype policy and the packages' versions."""
    backend = keras.backend.backend()
    versions = [keras.__version__, backend, import_module(backend).__version__, np.__version__]
    digest = hashlib.sha256(" ".join([*versions, keras.config.dtype_policy().name]).encode())
    for file in sorted(file for folder in CODE for file in (LIBRARY / folder).rglob("*.py")):
        digest.update(file.read_bytes())
    for part in parts:
        _update(digest, part)
    return digest.hexdigest()


def _update(digest: Any, part: Any) -> None:
    """Digest arrays with dtype and shape, dataclasses by field, paths by their file's content, all else as JSON."""
    if isinstance(part, np.ndarray):
        digest.update(f"{part.dtype} {part.shape}".encode())
        digest.update(np.ascontiguousarray(part).data)
    elif dataclasses.is_dataclass(part):
        for field in dataclasses.fields(part):
            digest.update(f"{field.name}:".encode())
            _update(digest, getattr(part, field.name))
    elif isinstance(part, tuple):
        digest.update(f"{len(part)} items".encode())
        for item in part:
            _update(digest, item)
    elif isinstance(part, Path):
        digest.update(digest_weights(part).encode())
    else:
        digest.update(json.dumps(part, sort_keys=True).encode() + b"\n")
