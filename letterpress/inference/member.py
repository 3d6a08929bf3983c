"""A trained member and its folder.

member.json describes the member; network.weights.h5 holds its weights,
statistics.npz its pixel statistics and heads.npz its SVC heads, where it has
them. All are plain data: loading runs no code of the folder.
"""

import json
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import keras
from keras import layers

from letterpress.configuration.ensemble import MemberConfig
from letterpress.inference.factory import build_network, load_weights, save_weights
from letterpress.inference.pixel_statistics import PixelStatistics
from letterpress.inference.svc_head import Head, heads_from_arrays, heads_to_arrays
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import atomic_write, load_arrays, save_arrays, write_json

DESCRIPTION, WEIGHTS = "member.json", "network.weights.h5"
STATISTICS, HEADS = "statistics.npz", "heads.npz"


@dataclass(frozen=True)
class TrainedMember:
    """A trained network with what belongs to its predictions.

    config: what the network was built from. statistics: of the pixels, where
    images are standardized. heads: by the names of their groups.
    fit_on_validation: whether the heads were fitted on the validation images, too.
    """

    config: MemberConfig
    network: keras.Model
    statistics: PixelStatistics | None = None
    heads: dict[str, Head] = field(default_factory=dict)
    fit_on_validation: bool = False

    def save(self, folder: Path) -> None:
        """Write the folder; equal members give equal bytes."""
        with atomic_write(folder) as partial:
            partial.mkdir()
            write_json(partial / DESCRIPTION, self._describe())
            save_weights(self.network, partial / WEIGHTS)
            if self.statistics is not None:
                save_arrays(partial / STATISTICS, **vars(self.statistics))
            if self.heads:
                save_arrays(partial / HEADS, **heads_to_arrays(self.heads))

    def _describe(self) -> dict:
        return asdict(self.config) | {
            "image_size": self.network.input_shape[1:3],
            "n_classes": self.network.output_shape[-1],
            "fit_on_validation": self.fit_on_validation,
        }


def load_member(folder: Path) -> TrainedMember:
    """Read a member's folder; raise UserError where a file is missing or damaged."""
    description = _read(folder / DESCRIPTION, lambda path: json.loads(path.read_text(encoding="utf-8")))
    try:
        config = MemberConfig(**{name: description[name] for name in ("network", "seed", "kwargs")})
        network = build_network(config, tuple(description["image_size"]), description["n_classes"])
        fit_on_validation = description["fit_on_validation"]
    except (KeyError, TypeError, ModuleNotFoundError) as error:
        raise UserError(f"{folder / DESCRIPTION}: describes no member ({error}); train it again.") from error
    load_weights(network, folder / WEIGHTS)
    statistics = _read_optional(folder / STATISTICS, lambda arrays: PixelStatistics(**arrays))
    heads = _read_optional(folder / HEADS, heads_from_arrays) or {}
    return TrainedMember(config, network, statistics, heads, fit_on_validation)


def with_features(network: keras.Model) -> keras.Model:
    """Return a network of the logits followed by the last layer's input, float32 (n, classes + features)."""
    outputs = layers.Concatenate(dtype="float32")([network.output, network.layers[-1].input])
    return keras.Model(network.input, outputs)


def _read_optional(path: Path, make: Callable):
    return _read(path, lambda path: make(load_arrays(path))) if path.exists() else None


def _read(path: Path, read: Callable):
    try:
        return read(path)
    except (OSError, EOFError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise UserError(f"{path}: cannot be read ({error}); train the member again.") from error
