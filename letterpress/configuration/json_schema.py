"""Reading a JSON schema: the key that an error is about, and in words what is expected there."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

NOUNS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "a mapping",
    "string": "text",
}


class SchemaWithoutTitles(GenerateJsonSchema):
    """pydantic's JSON schema without the titles that it makes of the keys."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def resolve_reference(node: dict, schema: dict) -> dict:
    """Follow a reference, and from a nullable node to the node that is not null."""
    if "anyOf" in node:
        node = next(option for option in node["anyOf"] if option.get("type") != "null")
    return schema["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node


def items_of(node: dict) -> dict:
    """Return the node of a list's items, or of the values of a mapping with any keys; {} where there is none."""
    patterns = list(node.get("patternProperties", {}).values())
    return node.get("items") or (patterns[0] if patterns else node.get("additionalProperties") or {})


def options_of(node: dict) -> dict[str, dict]:
    """Return the nodes of a tagged union by their tags; {} for any other node."""
    tags = {reference: tag for tag, reference in node.get("discriminator", {}).get("mapping", {}).items()}
    return {tags[option["$ref"]]: option for option in node.get("oneOf", [])}


def locate_error(location: tuple[str | int, ...], schema: dict) -> tuple[list[str], dict]:
    """Follow the location of a pydantic error through the schema.

    Returns the parts of the dotted key, which lack the names of tagged unions
    that pydantic puts into a location, and the node there.
    """
    node, key = schema, []
    for part in location:
        node = resolve_reference(node, schema)
        if part in (options := options_of(node)):
            node = options[part]
        else:
            key.append(str(part))
            node = node.get("properties", {}).get(part) or items_of(node)
    return key, node


def describe_expected(node: dict) -> str:
    """Say which values a node accepts, such as "a number from 0 to 0.9 or null"."""
    if "anyOf" in node:
        return " or ".join(describe_expected(option) for option in node["anyOf"])
    if "enum" in node:
        return f"one of {', '.join(node['enum'])}"
    if node.get("type") == "string" and ("title" in node or "const" in node):
        return node.get("title") or node["const"]
    noun = NOUNS[node.get("type", "object")] + _bounds(node)
    count = node.get("minItems") or node.get("minProperties") or node.get("minLength")
    return f"{noun} that is not empty" if count else noun


def _bounds(node: dict) -> str:
    low, above, high = (node.get(key) for key in ("minimum", "exclusiveMinimum", "maximum"))
    if low is not None:
        return f" of at least {low}" if high is None else f" from {low} to {high}"
    if above is not None:
        return f" above {above}" + ("" if high is None else f" and at most {high}")
    return ""
