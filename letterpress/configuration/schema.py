"""Write params.schema.json, by which editors check params.yaml, and docs/parameters.md.

letterpress schema
"""

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import TypeAdapter

from letterpress.configuration.json_schema import (
    SchemaWithoutTitles,
    describe_expected,
    items_of,
    options_of,
    resolve_reference,
)
from letterpress.configuration.params import Params

ROOT = Path(__file__).resolve().parents[2]
SCHEMA, REFERENCE = Path("params.schema.json"), Path("docs/parameters.md")
TABLE = "| key | value | meaning |\n| --- | --- | --- |\n"
HEAD = """# Parameters

Every key of `params.yaml`. N is an index of a list, from 0; NAME is a key of your own. Change a value for one run:
`dvc exp run -S aug.rotation=20`.

`make schema` writes this page, and `params.schema.json` by which editors complete and check keys, from
letterpress/configuration.
"""


def main(root: Path = ROOT) -> None:
    """Write both files below `root`."""
    for file, text in ((SCHEMA, schema_text()), (REFERENCE, reference())):
        (root / file).write_text(text, encoding="utf-8")
        print(file)


def schema_text() -> str:
    """Return the JSON schema of params.yaml."""
    return json.dumps(_schema(), indent=1, ensure_ascii=False) + "\n"


def reference() -> str:
    """Return the reference of every key as Markdown, one table a section."""
    schema = _schema()
    return HEAD + "".join(_section(name, node, schema) for name, node in schema["properties"].items())


def _schema() -> dict:
    return TypeAdapter(Params).json_schema(schema_generator=SchemaWithoutTitles)


def _section(name: str, node: dict, schema: dict) -> str:
    """Return a section's table; a key that several options of a union have in common is one line."""
    lines: dict[tuple[str, str, str], list[str]] = {}
    for *line, option in _lines(node, name, schema):
        lines.setdefault(tuple(line), []).extend(filter(None, [option]))
    text = f"\n## {name}\n\n{resolve_reference(node, schema)['description']}\n\n{TABLE}"
    for (key, value, meaning), options in lines.items():
        of = f" ({', '.join(options)})" if options else ""
        text += f"| `{key}`{of} | {value} | {meaning} |\n"
    return text


def _lines(node: dict, key: str, schema: dict, option: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Yield each key below a node with its values and its meaning, and the option of the union that has it."""
    node = resolve_reference(node, schema)
    options = {name: resolve_reference(node, schema) for name, node in options_of(node).items()}
    if options:
        meanings = [f"{name}: {option['description']}" for name, option in options.items()]
        yield f"{key}.name", f"one of {', '.join(options)}", " ".join(meanings), ""
    for name, each in options.items():
        yield from _lines(each, key, schema, name)
    for name, value in node.get("properties", {}).items():
        if not (option and name == "name"):
            yield from _lines_of_key(value, f"{key}.{name}", schema, option)
    if item := items_of(node):
        yield from _lines(item, f"{key}.{'N' if node['type'] == 'array' else 'NAME'}", schema)


def _lines_of_key(node: dict, key: str, schema: dict, option: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield the line of a key itself, then those below it, unless it is like a section that has its own table."""
    sections = {
        resolve_reference(section, schema)["description"]: name for name, section in schema["properties"].items()
    }
    like = sections.get(resolve_reference(node, schema).get("description"))
    if like:
        yield key, f"like [{like}](#{like}){' or null' if 'anyOf' in node else ''}", node["description"], option
    else:
        yield key, _value(node, schema), node["description"], option
        yield from _lines(node, key, schema)


def _value(node: dict, schema: dict) -> str:
    """Say which values a node accepts, and which default it has."""
    item, text = items_of(resolve_reference(node, schema)), describe_expected(node)
    if item and resolve_reference(item, schema).get("type") != "object":
        text += f"; each {describe_expected(item)}"
    if node.get("default") is not None:
        text += f"; default {json.dumps(node['default'])}"
    return text


if __name__ == "__main__":
    main()
