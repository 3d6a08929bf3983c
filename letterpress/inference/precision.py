"""Which arithmetic the hardware at hand does fastest."""

import os
from pathlib import Path

import keras

CPU_INFO = Path("/proc/cpuinfo")
CPU_FLAGS = {"amx_bf16", "avx512_bf16"}
LIMITS_WITH_IT = ("BF16", "FP16", "AMX", "AVX10")  # in oneDNN's names of instruction sets
ISA_VARIABLE = "ONEDNN_MAX_CPU_ISA"  # a user's limit for TensorFlow's CPU kernels


def choose(precision: str) -> str:
    """Resolve `auto` to bfloat16 where the GPU, or without one the CPU, is made for it; else to float32."""
    if precision != "auto":
        return precision
    on_gpu = _gpu_has_bfloat16()
    has_it = _cpu_has_bfloat16() if on_gpu is None else on_gpu
    return "bfloat16" if has_it else "float32"


def set_policy(precision: str) -> None:
    """Make layers compute in the precision; variables stay float32."""
    keras.config.set_dtype_policy("mixed_bfloat16" if precision == "bfloat16" else "float32")


def gpus() -> list:
    """What TensorFlow sees of them."""
    import tensorflow as tf

    return tf.config.list_physical_devices("GPU")


def _cpu_has_bfloat16() -> bool:
    limit = os.environ.get(ISA_VARIABLE, "DEFAULT").upper()
    if limit not in ("DEFAULT", "ALL") and not any(name in limit for name in LIMITS_WITH_IT):
        return False
    if not CPU_INFO.exists():  # macOS and Windows do not tell
        return False
    return not CPU_FLAGS.isdisjoint(CPU_INFO.read_text().split())


def _gpu_has_bfloat16() -> bool | None:
    """CUDA devices from compute capability 8.0 on; None without a GPU."""
    if keras.backend.backend() == "jax":
        return _jax_gpu_has_bfloat16()
    import tensorflow as tf

    if not gpus():
        return None
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus()]
    return all(detail.get("compute_capability", (0, 0)) >= (8, 0) for detail in details)


def _jax_gpu_has_bfloat16() -> bool | None:
    import jax

    gpus = [device for device in jax.devices() if device.platform == "gpu"]
    return all(float(gpu.compute_capability) >= 8 for gpu in gpus) if gpus else None
