"""Choose the precision that the hardware computes fastest in."""

import os
from pathlib import Path

import keras

from letterpress.inference.layers.device import list_gpus

CPU_INFO = Path("/proc/cpuinfo")
CPU_FLAGS = {"amx_bf16", "avx512_bf16"}
BFLOAT16_ISAS = ("BF16", "FP16", "AMX", "AVX10")  # parts of oneDNN's names of instruction sets that have it
ISA_VARIABLE = "ONEDNN_MAX_CPU_ISA"  # a user's limit for TensorFlow's CPU kernels
MIN_COMPUTE_CAPABILITY = (8, 0)  # of CUDA devices with bfloat16


def choose_precision(precision: str) -> str:
    """Resolve `auto` to bfloat16 where the GPU, or without one the CPU, has instructions for it; else to float32."""
    if precision != "auto":
        return precision
    on_gpu = _gpu_has_bfloat16()
    has_bfloat16 = _cpu_has_bfloat16() if on_gpu is None else on_gpu
    return "bfloat16" if has_bfloat16 else "float32"


def set_policy(precision: str) -> None:
    """Make layers compute in the precision; variables stay float32."""
    keras.config.set_dtype_policy("mixed_bfloat16" if precision == "bfloat16" else "float32")


def _cpu_has_bfloat16() -> bool:
    limit = os.environ.get(ISA_VARIABLE, "DEFAULT").upper()
    if limit not in ("DEFAULT", "ALL") and not any(name in limit for name in BFLOAT16_ISAS):
        return False
    if not CPU_INFO.exists():  # macOS and Windows
        return False
    return not CPU_FLAGS.isdisjoint(CPU_INFO.read_text().split())


def _gpu_has_bfloat16() -> bool | None:
    """Return None without a GPU."""
    if keras.backend.backend() == "jax":
        return _jax_gpu_has_bfloat16()
    import tensorflow as tf

    if not list_gpus():
        return None
    details = [tf.config.experimental.get_device_details(gpu) for gpu in list_gpus()]
    return all(detail.get("compute_capability", (0, 0)) >= MIN_COMPUTE_CAPABILITY for detail in details)


def _jax_gpu_has_bfloat16() -> bool | None:
    import jax

    gpus = [device for device in jax.devices() if device.platform == "gpu"]
    return all(float(gpu.compute_capability) >= MIN_COMPUTE_CAPABILITY[0] for gpu in gpus) if gpus else None
