"""Which precision is chosen for which processor."""

import keras
import pytest

from letterpress.inference import precision

pytestmark = pytest.mark.usefixtures("float32")

WITH = "processor\t: 0\nflags\t\t: fpu sse avx512f avx512_bf16 amx_tile\n"
WITHOUT = "processor\t: 0\nflags\t\t: fpu sse avx512f avx512_vnni\n"


@pytest.fixture
def cpu(tmp_path, monkeypatch):
    """Write the text of /proc/cpuinfo; there is no GPU and no user's limit."""
    monkeypatch.setattr(precision, "_gpu_has_bfloat16", lambda: None)
    monkeypatch.setattr(precision, "CPU_INFO", tmp_path / "cpuinfo")
    monkeypatch.delenv(precision.ISA_VARIABLE, raising=False)
    return (tmp_path / "cpuinfo").write_text


@pytest.mark.parametrize("flag", ["avx512_bf16", "amx_bf16"])
def test_a_cpu_with_bfloat16_uses_it(cpu, flag):
    cpu(f"flags\t\t: fpu {flag} sse\n")
    assert precision.choose_precision("auto") == "bfloat16"


def test_a_cpu_without_bfloat16_uses_float32(cpu):
    cpu(WITHOUT)
    assert precision.choose_precision("auto") == "float32"


def test_flags_are_compared_whole(cpu):
    cpu("flags\t\t: fpu avx512_bf16x amx_bf\n")
    assert precision.choose_precision("auto") == "float32"


def test_a_system_without_cpuinfo_uses_float32(cpu):
    assert precision.choose_precision("auto") == "float32"


@pytest.mark.parametrize(
    ("limit", "chosen"),
    [
        ("AVX2", "float32"),
        ("avx512_core", "float32"),
        ("AVX512_CORE_VNNI", "float32"),
        ("AVX512_CORE_BF16", "bfloat16"),
        ("AVX512_CORE_AMX", "bfloat16"),
        ("avx512_core_amx", "bfloat16"),
        ("DEFAULT", "bfloat16"),
        ("ALL", "bfloat16"),
    ],
)
def test_the_users_limit_of_instructions_applies(cpu, monkeypatch, limit, chosen):
    cpu(WITH)
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", limit)
    assert precision.choose_precision("auto") == chosen


def test_a_limit_above_the_cpus_instructions_changes_nothing(cpu, monkeypatch):
    cpu(WITHOUT)
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX512_CORE_AMX")
    assert precision.choose_precision("auto") == "float32"


@pytest.mark.parametrize("explicit", ["float32", "bfloat16"])
def test_an_explicit_precision_is_used(cpu, explicit):
    cpu(WITHOUT if explicit == "bfloat16" else WITH)
    assert precision.choose_precision(explicit) == explicit


@pytest.mark.parametrize(("on_gpu", "chosen"), [(True, "bfloat16"), (False, "float32")])
def test_a_gpu_decides_before_the_cpu(cpu, monkeypatch, on_gpu, chosen):
    cpu(WITHOUT if on_gpu else WITH)
    monkeypatch.setattr(precision, "_gpu_has_bfloat16", lambda: on_gpu)
    assert precision.choose_precision("auto") == chosen


@pytest.mark.parametrize("compute", ["float32", "bfloat16"])
def test_layers_compute_in_the_precision_with_float32_weights(bfloat16, compute):
    precision.set_policy(compute)
    layer = keras.layers.Dense(1)
    assert (layer.compute_dtype, layer.variable_dtype) == (compute, "float32")
