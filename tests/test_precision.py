"""Which arithmetic is chosen for which processor."""

import keras
import pytest

from letterpress.inference import precision

pytestmark = pytest.mark.usefixtures("float32")

WITH = "processor\t: 0\nflags\t\t: fpu sse avx512f avx512_bf16 amx_tile\n"
WITHOUT = "processor\t: 0\nflags\t\t: fpu sse avx512f avx512_vnni\n"


@pytest.fixture
def cpu(tmp_path, monkeypatch):
    """Calls with the text of /proc/cpuinfo; no GPU and no user's limit are in the way."""
    monkeypatch.setattr(precision, "_gpu_has_bfloat16", lambda: None)
    monkeypatch.setattr(precision, "CPU_INFO", tmp_path / "cpuinfo")
    monkeypatch.delenv(precision.ISA_VARIABLE, raising=False)
    return (tmp_path / "cpuinfo").write_text


@pytest.mark.parametrize("flag", ["avx512_bf16", "amx_bf16"])
def test_a_cpu_with_bfloat16_computes_in_it(cpu, flag):
    cpu(f"flags\t\t: fpu {flag} sse\n")
    assert precision.choose("auto") == "bfloat16"


def test_a_cpu_without_bfloat16_computes_in_float32(cpu):
    cpu(WITHOUT)
    assert precision.choose("auto") == "float32"


def test_a_part_of_a_flags_name_does_not_count(cpu):
    cpu("flags\t\t: fpu avx512_bf16x amx_bf\n")
    assert precision.choose("auto") == "float32"


def test_a_system_that_does_not_tell_computes_in_float32(cpu):
    assert precision.choose("auto") == "float32"


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
def test_the_users_limit_of_instructions_counts(cpu, monkeypatch, limit, chosen):
    cpu(WITH)
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", limit)
    assert precision.choose("auto") == chosen


def test_a_limit_lends_no_cpu_what_it_lacks(cpu, monkeypatch):
    cpu(WITHOUT)
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX512_CORE_AMX")
    assert precision.choose("auto") == "float32"


@pytest.mark.parametrize("asked", ["float32", "bfloat16"])
def test_what_was_asked_for_is_not_questioned(cpu, asked):
    cpu(WITHOUT if asked == "bfloat16" else WITH)
    assert precision.choose(asked) == asked


@pytest.mark.parametrize(("on_gpu", "chosen"), [(True, "bfloat16"), (False, "float32")])
def test_a_gpu_goes_before_the_cpu(cpu, monkeypatch, on_gpu, chosen):
    cpu(WITHOUT if on_gpu else WITH)
    monkeypatch.setattr(precision, "_gpu_has_bfloat16", lambda: on_gpu)
    assert precision.choose("auto") == chosen


@pytest.mark.parametrize("compute", ["float32", "bfloat16"])
def test_layers_compute_in_the_precision_and_keep_float32_weights(bfloat16, compute):
    precision.set_policy(compute)
    layer = keras.layers.Dense(1)
    assert (layer.compute_dtype, layer.variable_dtype) == (compute, "float32")
