"""Build a member's network and exchange its weights with files."""

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


def build(member: MemberConfig, image_size: tuple[int, int], n_classes: int) -> keras.Model:
    """The member's network with fresh weights from its seed; the same call gives the same weights."""
    keras.utils.set_random_seed(member.seed)
    builder = import_module(f"letterpress.networks.{member.network}").build
    try:
        inspect.signature(builder).bind((*image_size, 1), n_classes, **member.kwargs)
        return builder((*image_size, 1), n_classes, **member.kwargs)
    except (TypeError, ValueError, ZeroDivisionError) as error:
        reason = ANSI.sub("", str(error)).splitlines()[0].rstrip(".")
        raise UserError(f"params.yaml: the network {member.network} cannot be built: {reason}.") from error


def adapt(network: keras.Model, images: np.ndarray) -> None:
    """Let the layers that find their weights in closed form do so; images are uint8 or float32 (n, h, w)."""
    for layer in network.layers:
        if hasattr(layer, "adapt"):
            layer.adapt(np.asarray(to_unit(images)))


def copy_weights(source: keras.Model, target: keras.Model) -> None:
    """Make two networks of one kind equal."""
    target.set_weights(source.get_weights())


def save_weights(network: keras.Model, path: Path) -> None:
    """Write the weights as .weights.h5.

    Equal weights of layers with equal names give equal bytes; a .keras file would be dated.
    """
    size = sum(weight.nbytes for weight in network.get_weights()) + HDF5_OVERHEAD
    if shutil.disk_usage(path.parent).free < size:  # HDF5 itself would crash in the middle
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    with atomic_write(path) as beside:
        network.save_weights(beside)


def load_weights(network: keras.Model, path: Path) -> None:
    """Read weights that a network of the same kind and options has saved."""
    try:
        with warnings.catch_warnings(action="ignore"):  # Keras warns of each layer, and raises then
            network.load_weights(path)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path}: does not hold weights of this network ({reason}); train it again.") from error


def file_digest(path: Path) -> str:
    """What tells one file of weights from another."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); correct train.initial_weights.") from error
