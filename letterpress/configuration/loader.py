"""From a YAML file to checked sections; every error is a sentence with the key's dotted path."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from letterpress.configuration import renamed
from letterpress.configuration.json_schema import (
    SchemaWithoutTitles,
    describe_expected,
    locate_error,
    options_of,
    resolve_reference,
)
from letterpress.infrastructure.errors import UserError

T = TypeVar("T")

PARAMS = Path("params.yaml")
UNKNOWN = ("unexpected_keyword_argument", "invalid_key")
KEY_RULES = {"string_type": "text as keys", "string_pattern_mismatch": "letters, digits, '-' and '_' as keys"}


def load_section(section: type[T], key: str, path: Path = PARAMS) -> T:
    """Read the value under the dotted `key`, or under "" the whole file, as the type `section`.

    Raises UserError with one line for each missing or unknown key, wrong type
    and value out of range.
    """
    value = read_yaml(path)
    for part in key.split(".") if key else ():
        if not isinstance(value, dict) or part not in value:
            raise UserError(f"{path}: {key} is missing; add it.")
        value = value[part]
    return validate_section(section, value, key, path)


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
        raise UserError(f"{path}: is not valid YAML{line} ({reason}); correct it there.") from error
    if not isinstance(content, dict):
        raise UserError(f"{path}: expected a mapping of sections, received {content!r}.")
    return content


def validate_section(section: type[T], value: Any, key: str, path: Path = PARAMS) -> T:
    """Convert `value`, found under `key`, to the type `section`; raise UserError with all errors, a line each."""
    adapter = TypeAdapter(section)
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        schema = adapter.json_schema(schema_generator=SchemaWithoutTitles)
        sentences = [_sentence(problem, schema, key) for problem in error.errors() if not _is_consequence(problem)]
        raise UserError("\n".join(f"{path}: {sentence}" for sentence in sentences)) from error


def _is_consequence(problem: dict) -> bool:
    """Return whether an error only follows from another: a renamed key is missing, a list lacks its wrong items."""
    error_type, received = problem["type"], problem["input"]
    if error_type == "missing" and isinstance(received, dict):
        return any(renamed.KEYS.get(old) == problem["loc"][-1] for old in received)
    return error_type == "too_short" and len(received) > 0


def _sentence(problem: dict, schema: dict, prefix: str) -> str:
    error_type, received = problem["type"], problem["input"]
    parts, node = locate_error(problem["loc"], schema)
    key = ".".join([*filter(None, [prefix]), *parts])
    if error_type == "missing":
        return f"{key} is missing; add it."
    if error_type in UNKNOWN:
        _, parent = locate_error(problem["loc"][:-1], schema)
        return _explain_unknown(key, parts[-1], resolve_reference(parent, schema)["properties"])
    if error_type == "union_tag_not_found":
        return f"{key}.name is missing; add it."
    if error_type == "union_tag_invalid":
        names = ", ".join(options_of(resolve_reference(node, schema)))
        return f"{key}.name: expected one of {names}, received {received['name']!r}."
    if error_type == "value_error":  # raised by a section's validator, whose text begins with the key
        return f"{key}.{problem['ctx']['error']}"
    if parts and parts[-1] == "[key]":
        return f"{key.removesuffix(f'.{parts[-2]}.[key]')}: expected {KEY_RULES[error_type]}, received {received!r}."
    if isinstance(received, str) and renamed.VALUES.get(received) in node.get("enum", ()):
        return f"{key}: {received} is now {renamed.VALUES[received]}; rename it."
    return f"{key}: expected {describe_expected(node)}, received {received!r}."


def _explain_unknown(key: str, name: str, known: dict) -> str:
    if renamed.KEYS.get(name) in known:
        return f"{key} is now {key.removesuffix(name)}{renamed.KEYS[name]}; rename it."
    if name in renamed.REMOVED:
        return f"{key} is no longer a parameter; remove it."
    return f"{key} is not a parameter; known here: {', '.join(known)}."
