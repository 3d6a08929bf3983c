"""Which tests need an extra; where it is missing they are skipped, but CI does not start (tests/conftest.py)."""

from importlib.util import find_spec

import pytest

needs_letters = pytest.mark.skipif(find_spec("fontpkg_abel") is None, reason="needs `make letters`")
