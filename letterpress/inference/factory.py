"""Build a member's network, and read and write its weights."""

import errno
import hashlib
import inspect
import os
import re
import shutil
import warnings
from importlib import import_module
from pathlib import Path

import keras
import numpy as np

from letterpress.configuration.ensemble import MemberConfig
from letterpress.inference.transforms import to_unit
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import atomic_write

HDF5_OVERHEAD = 1 << 20  # bytes, more than the names and shapes of any network here
ANSI = re.compile(r"\x1b\[[0-9;]*m")  # Keras writes its errors in bold


def build_network(member: MemberConfig, image_size: tuple[int, int], n_classes: int) -> keras.Model:
    """Build the member's network for images of (height, width), with random weights from the member's seed.

    The same call gives the same weights. Raises UserError where the kwargs do
    not fit the network or the images are too small for it.
    """
    keras.utils.set_random_seed(member.seed)
    builder = import_module(f"letterpress.networks.{member.network}").build
    try:
        inspect.signature(builder).bind((*image_size, 1), n_classes, **member.kwargs)
        return builder((*image_size, 1), n_classes, **member.kwargs)
    except (TypeError, ValueError, ZeroDivisionError) as error:
        reason = ANSI.sub("", str(error)).splitlines()[0].rstrip(".")
        raise UserError(f"params.yaml: the network {member.network} cannot be built: {reason}.") from error


def adapt_layers(network: keras.Model, images: np.ndarray) -> None:
    """Adapt the layers whose weights have a closed form to images, uint8 or float32 (n, h, w)."""
    for layer in network.layers:
        if hasattr(layer, "adapt"):
            layer.adapt(np.asarray(to_unit(images)))


def copy_weights(source: keras.Model, target: keras.Model) -> None:
    """Copy all weights to a network of the same architecture."""
    target.set_weights(source.get_weights())


def save_weights(network: keras.Model, path: Path) -> None:
    """Write the weights as .weights.h5.

    Equal weights of layers with equal names give equal bytes; a .keras file would contain the date.
    """
    size = sum(weight.nbytes for weight in network.get_weights()) + HDF5_OVERHEAD
    if shutil.disk_usage(path.parent).free < size:  # HDF5 itself would crash in the middle
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    with atomic_write(path) as partial:
        network.save_weights(partial)


def load_weights(network: keras.Model, path: Path) -> None:
    """Read the weights of a network of the same architecture; raise UserError where the file holds others."""
    try:
        with warnings.catch_warnings(action="ignore"):  # Keras warns of each layer, and raises then
            network.load_weights(path)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path}: does not hold weights of this network ({reason}); train it again.") from error


def digest_weights(path: Path) -> str:
    """Return the SHA-256 of a file of initial weights; raise UserError where there is none."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); run `dvc repro pretrain`.") from error
