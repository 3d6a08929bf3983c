"""From a YAML file to a frozen dataclass, checking every key, type and range by its path."""

import dataclasses
import math
import types
import typing
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml

from letterpress.infrastructure.errors import UserError

T = TypeVar("T")

PARAMS = Path("params.yaml")


def within(low: float = -math.inf, high: float = math.inf) -> Any:
    """A numeric field that must lie in [low, high]."""
    return dataclasses.field(metadata={"low": low, "high": high})


def load(section: type[T], key: str, path: Path = PARAMS) -> T:
    """Read the part of params.yaml under the dotted `key` as the dataclass `section`.

    Raises UserError, with the key's path and what was expected, for a missing
    or unknown key, a wrong type and a value out of range.
    """
    value = read_yaml(path)
    for part in key.split("."):
        if not isinstance(value, dict) or part not in value:
            raise UserError(f"{path}: {key} is missing; add it.")
        value = value[part]
    return build(section, value, key, path)


def read_yaml(path: Path = PARAMS) -> dict:
    """Read a YAML file that holds a mapping."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); run this in a recipe's folder.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # a date as 2026-13-45 is a ValueError
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or " ".join(str(error).split())
        raise UserError(f"{path}: is not valid YAML{line} ({reason}); mend it there.") from error
    if not isinstance(content, dict):
        raise UserError(f"{path}: expected a mapping of sections, received {content!r}.")
    return content


def build(kind: Any, value: Any, key: str, path: Path = PARAMS) -> Any:
    """Check `value` against the type `kind`, and turn it into that type."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind, value, key, path)
    if origin in (types.UnionType, typing.Union):
        return _union(arguments, value, key, path)
    if origin is Literal:
        if value not in arguments or isinstance(value, bool):
            raise _expected(f"one of {', '.join(map(str, arguments))}", value, key, path)
        return value
    if origin is tuple:
        if not isinstance(value, list):
            raise _expected("a list", value, key, path)
        return tuple(build(arguments[0], item, f"{key}.{i}", path) for i, item in enumerate(value))
    if origin is dict:
        if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
            raise _expected("a mapping with names as keys", value, key, path)
        return {name: build(arguments[1], item, f"{key}.{name}", path) for name, item in value.items()}
    return _scalar(kind, value, key, path)


def _dataclass(kind: type[T], value: Any, key: str, path: Path) -> T:
    if not isinstance(value, dict):
        raise _expected("a mapping", value, key, path)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    prefix = f"{key}." if key else ""
    for name in value:
        if name not in fields:
            raise UserError(f"{path}: {prefix}{name} is not a parameter; known here: {', '.join(fields)}.")
    for name in fields:
        if name not in value:
            raise UserError(f"{path}: {prefix}{name} is missing; add it.")
    hints = typing.get_type_hints(kind)
    content = {}
    for name, field in fields.items():
        content[name] = build(hints[name], value[name], prefix + name, path)
        _check_range(field, content[name], prefix + name, path)
    try:
        return kind(**content)
    except ValueError as error:  # a __post_init__ that compares fields with each other
        raise UserError(f"{path}: {key}: {error}") from error


def _union(kinds: tuple, value: Any, key: str, path: Path) -> Any:
    """None, one plain type, a number, or dataclasses told apart by the literal in their field `name`."""
    if value is None and type(None) in kinds:
        return None
    kinds = tuple(kind for kind in kinds if kind is not type(None))
    if len(kinds) == 1:
        return build(kinds[0], value, key, path)
    if kinds == (int, float):
        return value if type(value) is int else _number(value, key, path)
    tagged = {typing.get_args(typing.get_type_hints(kind)["name"])[0]: kind for kind in kinds}
    if not isinstance(value, dict) or value.get("name") not in list(tagged):  # a name may be unhashable
        received = value.get("name") if isinstance(value, dict) else value
        raise _expected(f"one of {', '.join(tagged)}", received, f"{key}.name", path)
    return _dataclass(tagged[value["name"]], value, key, path)


def _scalar(kind: type, value: Any, key: str, path: Path) -> Any:
    if kind is float:
        return _number(value, key, path)
    if type(value) is not kind:
        names = {int: "a whole number", str: "a text", bool: "true or false"}
        raise _expected(names[kind], value, key, path)
    return value


def _number(value: Any, key: str, path: Path) -> float:
    """A finite float; DVC writes 1e-3, which YAML 1.1 reads as a text."""
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise _expected("a number", value, key, path)
    return number


def _check_range(field: dataclasses.Field, value: Any, key: str, path: Path) -> None:
    low, high = field.metadata.get("low", -math.inf), field.metadata.get("high", math.inf)
    if isinstance(value, int | float) and not low <= value <= high:
        bound = f"at least {low}" if math.isinf(high) else f"between {low} and {high}"
        raise _expected(f"a number {bound}", value, key, path)


def _expected(what: str, value: Any, key: str, path: Path) -> UserError:
    return UserError(f"{path}: {key}: expected {what}, received {value!r}.")
