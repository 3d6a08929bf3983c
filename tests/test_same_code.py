"""Which edits leave a file the same code, and hashes as DVC has them."""

import pytest

from letterpress.infrastructure.same_code import hash_of, is_code, is_same_code
from tests.counts import INPUTS, count

CODE = '''"""Module."""

NAMES = ("a", "b")


class Network:
    """Class."""

    def build(self, rate=1e-3):
        """Method."""
        text = """no docstring"""
        return text, rate
'''


def same(old, new, is_python=True, documented=False):
    return is_same_code(old.encode(), new.encode(), is_python, documented)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""Module."""', "# Module."),
        ('    """Class."""', '    """Other.\n\n    Longer.\n    """'),
        ('        """Method."""\n', ""),
        ('("a", "b")', "('a',\n  'b',  # both\n)"),
        ("1e-3", "0.001"),
    ],
)
def test_docstrings_comments_and_formatting_do_not_count(old, new):
    assert old in CODE
    assert same(CODE, CODE.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1e-3", "1e-2"),
        ("build", "make"),
        ("rate", "pace"),
        ("no docstring", "another text"),
        ('("a", "b")', '("b", "a")'),
        ("        return text, rate\n", ""),
        ("return text, rate", "return (text, rate"),
    ],
)
def test_everything_else_counts(old, new):
    assert old in CODE
    assert not same(CODE, CODE.replace(old, new))


def test_types_of_constants_count():
    assert not same("x = 1", "x = 1.0")
    assert not same("x = 1", "x = True")


def test_docstrings_count_where_code_reads_them():
    assert not same(CODE, CODE.replace("Class.", "Other."), documented=True)
    assert same(CODE, CODE.replace("NAMES", "NAMES  ").replace('"a"', "'a'"), documented=True)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@cache\ndef f(): 1", "@lru_cache\ndef f(): 1"),
        ("@cache\ndef f(): 1", "def f(): 1"),
        ("f'{a:>3}'", "f'{a:<3}'"),
        ("f'{a}'", "f'{a!r}'"),
        ("import a\nimport b", "import b\nimport a"),
        ("def f(*, a=1): 1", "def f(*, a=2): 1"),
        ("def f(a): 1", "def f(a, /): 1"),
        ("def f(): 1", "async def f(): 1"),
        ("def f(): '''Doc.'''", "def f(): pass"),
        ("x = 1", "global x\nx = 1"),
        ("x = 0.1", "x = -0.1"),
        ("x: int", "x: float"),
        ("x = b'a'", "x = 'a'"),
        ("x = '\u00e9'", "x = 'e\u0301'"),  # the same letter, composed and decomposed
        ("if a:\n  b\nc", "if a:\n  b\n  c"),
        ("x = 1", "x = 1\0"),
        ("x = 1", f"x = {'-' * 5000}1"),
        ("x = 1", f"x = {'(' * 5000}1{')' * 5000}"),
    ],
)
def test_what_an_adversary_changes_counts(old, new):
    count(INPUTS)
    assert not same(old, new)


@pytest.mark.parametrize(
    "new", ["x = 1\r\ny = '''a\r\nb'''\r\n", "\ufeffx = 1; y = 'a\\nb'", "x = 0x1\ny = 'a' '\\nb'"]
)
def test_other_spellings_of_the_same_values_do_not_count(new):
    count(INPUTS)
    assert same("x = 1\ny = '''a\nb'''\n", new)


def test_files_that_are_not_python_must_have_equal_bytes():
    assert same("<p>\n", "<p>\n", is_python=False)
    assert not same("x = 1\n", "x = 1  # one\n", is_python=False)


def test_hashes_are_those_of_dvc():
    files = {"a/b.py": b"x = 1\n", "a/c/d.py": b"", "ab.py": b"y\n"}
    assert hash_of("ab.py", files) == {"md5": "009520053b00386d1173f3988c55d192", "size": 2}
    assert hash_of("a", files) == {"md5": "dd64b226d0fb6b3cd5ce612774f65035.dir", "size": 6, "nfiles": 2}


def test_code_is_distinguished_from_data():
    assert is_code("letterpress/training")
    assert is_code("stages/train.py")
    assert not is_code("data/stages")
    assert not is_code("letterpress2/x")
