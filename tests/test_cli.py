"""The command line: its help, its exit statuses, and one sentence for what a user can fix."""

import argparse
import ast
import os
import re
import subprocess
import sys

import pytest

from letterpress.commands import cli
from letterpress.commands.arguments import recipe_folder
from letterpress.infrastructure.errors import UserError
from tests.imports import ROOT

LETTERPRESS = [sys.executable, "-m", "letterpress"]
HEAVY = {"tensorflow", "keras", "gradio", "kaggle", "dvc", "plotly"}


def raises(error: BaseException):
    def run(_: argparse.Namespace) -> None:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (UserError("params.yaml: seed is missing; add it."), "params.yaml: seed is missing; add it."),
        (OSError(28, "No space", "/a"), "/a: No space; fix that, and run `letterpress x` again."),
        (OSError(5, "Input/output error"), "Input/output error; fix that, and run `letterpress x` again."),
        (MemoryError(), "there is too little memory; free some, and run `letterpress x` again."),
    ],
)
def test_errors_that_a_user_can_fix_are_one_sentence(capsys, error, expected):
    assert cli.run_safely(raises(error), argparse.Namespace(), "letterpress x") == 2
    assert capsys.readouterr() == ("", f"letterpress x: {expected}\n")


def test_an_interrupt_ends_silently(capsys):
    assert cli.run_safely(raises(KeyboardInterrupt()), argparse.Namespace(), "letterpress x") == 130
    assert capsys.readouterr() == ("", "")


def test_a_bug_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        cli.run_safely(raises(ZeroDivisionError()), argparse.Namespace(), "letterpress x")


@pytest.mark.parametrize(("returned", "status"), [(None, 0), (0, 0), (1, 1)])
def test_the_status_is_the_commands(returned, status):
    assert cli.run_safely(lambda _: returned, argparse.Namespace(), "letterpress x") == status


def test_a_closed_pipe_ends_silently():
    code = "import argparse; from letterpress.commands.cli import run_safely as run; " + (
        "raise SystemExit(run(lambda _: print('line\\n' * 100_000), argparse.Namespace(), 'letterpress x'))"
    )
    done = subprocess.run(
        ["bash", "-c", '"$0" -c "$1" | head -n 1; exit ${PIPESTATUS[0]}', sys.executable, code],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "line\n", "")


def test_help_lists_every_command():
    done = subprocess.run([*LETTERPRESS, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.findall(r"^    (\w+) +[a-z]", done.stdout, re.MULTILINE) == list(cli.COMMANDS)


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_is_a_module_that_starts_without_heavy_libraries(name):
    code = f"import sys; from letterpress.commands import cli; cli.make_parser([{name!r}]); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert HEAVY & set(done.stdout.split()) == set()


def test_every_module_of_a_command_is_listed():
    modules = (path for path in (ROOT / "letterpress/commands").glob("*.py") if "add_arguments" in functions(path))
    assert {path.stem for path in modules} == set(cli.COMMANDS)


def functions(path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("arguments", [[], ["nothing"]])
def test_without_a_known_command_the_known_ones_are_named(arguments, capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(arguments)
    assert "usage: letterpress [-h] COMMAND ..." in capsys.readouterr().err


@pytest.mark.parametrize("name", ["predict", "new"])
def test_the_other_entry_points_are_the_same_commands(name):
    command = [sys.executable, "-m", f"letterpress.{name}", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"usage: letterpress {name} [-h]")


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("predict", [".", "a.png", "--top", "0"], "--top: expected a whole number of at least 1, received '0'"),
        ("predict", [".", "a.png", "--top", "two"], "--top: expected a whole number of at least 1, received 'two'"),
        ("jobs", ["--jobs", "-2"], "--jobs: expected a whole number of at least 1, received '-2'"),
        ("demo", ["--port", "0"], "--port: expected a whole number from 1 to 65535, received '0'"),
        ("demo", ["--port", "99999"], "--port: expected a whole number from 1 to 65535, received '99999'"),
    ],
)
def test_numbers_out_of_range_are_refused(name, arguments, expected, capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main([name, *arguments])
    assert f"letterpress {name}: error: argument {expected}\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["julia-quick", "julia-quick/", "recipes/julia-quick", "recipes/julia-quick/params.yaml"]
)
def test_a_recipe_is_known_by_its_name_or_folder_from_anywhere(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert recipe_folder(name).samefile(ROOT / "recipes/julia-quick")
    assert recipe_folder("default").samefile(ROOT)


@pytest.mark.parametrize("command", ["predict x.png", "demo", "jobs --jobs 2", "submit", "summary", "dag"])
@pytest.mark.parametrize("recipe", ["jula-quick", "recipes/recipes/julia-quick", "other/julia-quick", "recipes", ""])
def test_the_known_recipes_are_named_for_an_unknown_one(command, recipe, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    name, *others = command.split()
    assert cli.main([name, recipe, *others]) == 2
    message = capsys.readouterr().err
    assert message.startswith(
        f"letterpress {name}: {recipe!r} is neither a recipe's folder nor its name; known: default,"
    )
    assert " julia-quick," in message
    assert message.count("\n") == 1


def shell(command: str, **variables: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHON": sys.executable, **variables}
    return subprocess.run(["bash", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    "command",
    [
        "-m letterpress --help",
        "-m letterpress predict --help",
        "-m letterpress dag",
        "-m letterpress summary",
        "-m letterpress predict nowhere x.png",
    ],
)
def test_every_end_is_silent_where_the_pipe_is_closed(command):
    done = shell(f'{{ sleep 0.1; "$PYTHON" {command}; }} 2>&1 | true')
    assert (done.stdout, done.stderr) == ("", "")
    done = shell(f'{{ sleep 0.1; "$PYTHON" {command}; }} | true')
    assert done.stderr.count("\n") == ("nowhere" in command)


def test_a_full_disk_behind_stdout_is_one_sentence():
    done = shell('"$PYTHON" -m letterpress summary > /dev/full')
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "No space left on device" in done.stderr


def test_a_terminal_that_knows_ascii_only_gets_escapes():
    code = (
        "import sys; from letterpress.commands import cli, summary; "
        "summary.summarize_recipe = lambda _: '\\u0905'; sys.exit(cli.main(['summary']))"
    )
    done = shell(f'"$PYTHON" -c "{code}"', PYTHONIOENCODING="ascii:strict")
    assert (done.returncode, done.stdout, done.stderr) == (0, "\\u0905\n", "")
