"""A trained member: all that judges an image, and the folder that keeps it.

network.weights.h5, and where the member has them statistics.npz (of pixels)
and heads.npz (support vector machines): arrays only, nothing that runs.
"""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import keras
from keras import layers

from letterpress.configuration.ensemble import MemberConfig
from letterpress.inference import factory as networks
from letterpress.inference import svc_head as head_arrays
from letterpress.inference.pixel_statistics import PixelStatistics
from letterpress.inference.svc_head import Head
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import atomic_write, load_arrays, save_arrays


@dataclass(frozen=True)
class TrainedMember:
    """A network; the statistics that its images are standardised by, or None; the heads of its groups, if any."""

    network: keras.Model
    statistics: PixelStatistics | None = None
    heads: dict[str, Head] = field(default_factory=dict)

    def save(self, folder: Path) -> None:
        """Write all parts; equal parts give equal bytes."""
        with atomic_write(folder) as beside:
            beside.mkdir()
            networks.save_weights(self.network, beside / "network.weights.h5")
            if self.statistics is not None:
                save_arrays(beside / "statistics.npz", **vars(self.statistics))
            if self.heads:
                save_arrays(beside / "heads.npz", **head_arrays.to_arrays(self.heads))


def with_features(network: keras.Model) -> keras.Model:
    """The network with its logits and then what its last layer reads, float32 (n, classes + features)."""
    outputs = layers.Concatenate(dtype="float32")([network.output, network.layers[-1].input])
    return keras.Model(network.input, outputs)


def load(folder: Path, member: MemberConfig, image_size: tuple[int, int], n_classes: int) -> TrainedMember:
    """Read what a member of the same net and options has saved; raises UserError where that does not fit."""
    network = networks.build(member, image_size, n_classes)
    networks.load_weights(network, folder / "network.weights.h5")
    return TrainedMember(
        network,
        _read(folder / "statistics.npz", lambda arrays: PixelStatistics(**arrays)),
        _read(folder / "heads.npz", head_arrays.from_arrays) or {},
    )


def _read(path: Path, make: Callable):
    """What `make` makes of the file's arrays, or None where there is no file."""
    try:
        return make(load_arrays(path)) if path.exists() else None
    except (OSError, EOFError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise UserError(f"{path}: cannot be read ({error}); train the member again.") from error
