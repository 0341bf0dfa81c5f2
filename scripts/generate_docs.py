"""Writes the generated parts of the docs: rooms, settings, commands, routes and records, names of Python, tools of MCP.

    python scripts/generate_docs.py            # rewrites what has changed
    python scripts/generate_docs.py --check    # exits with 1 and names the files that are out of date

A generated part stands between ``<!-- generated: NAME -->`` and ``<!-- end of generated -->``.
"""

from __future__ import annotations

import ast
import asyncio
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typer
from python_reference import python_names
from typer.core import TyperGroup

from paperchat.cli.app import app
from paperchat.settings import WORKING_FOLDER_SETTINGS, Settings

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = PROJECT / "src" / "paperchat"
DOCUMENTS = (
    "README.md",
    "docs/api.md",
    "docs/architecture.md",
    "docs/commands.md",
    "docs/mcp.md",
    "docs/python.md",
    "docs/settings.md",
)
_REGION = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end of generated -->)", re.DOTALL)


def rooms() -> Iterator[str]:
    """Each package with what lives there, and its modules with the first line of their docstrings."""
    for package in sorted({file.parent for file in PACKAGE.rglob("*.py")}, key=lambda one: one.parts):
        if "migrations" in package.parts:
            continue
        name = ".".join(package.relative_to(PACKAGE.parent).parts)
        yield f"### `{name}`\n"
        yield f"{summary(package / '__init__.py')}\n"
        modules = [file for file in sorted(package.glob("*.py")) if file.name != "__init__.py"]
        if modules:
            yield from ("| module | what is in it |", "|---|---|")
            yield from (f"| `{file.name}` | {summary(file)} |" for file in modules)
            yield ""


def summary(file: Path) -> str:
    """The first paragraph of the module's docstring, on one line."""
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return " ".join(docstring.split("\n\n")[0].split()).replace("``", "`").replace("|", "\\|")


def settings() -> Iterator[str]:
    """Each setting with its environment variable, its default and its meaning."""
    yield "| environment variable | in your `paperchat.toml` | in a working folder's | default | |"
    yield "|---|---|---|---|---|"
    for name, field in Settings.model_fields.items():
        default = "your platform's user data folder" if name == "home" else _shown(field.default)
        anywhere = "yes" if name in WORKING_FOLDER_SETTINGS else "no"
        yield f"| `PAPERCHAT_{name.upper()}` | `{name}` | {anywhere} | {default} | {field.description} |"


def _shown(value: object) -> str:
    text = str(value.get_secret_value()) if hasattr(value, "get_secret_value") else str(value)
    return f"`{text.lower() if isinstance(value, bool) else text}`" if text else "unset"


def commands() -> Iterator[str]:
    """Each command with its help, its arguments and its options."""
    for path, command in _commands(typer.main.get_command(app), ("paperchat",)):
        context = typer.Context(command, info_name=" ".join(path))
        yield f"## `{' '.join(path)}`\n"
        yield f"    {' '.join([*path, *command.collect_usage_pieces(context)])}\n"
        yield f"{' '.join((command.help or '').split())}\n"
        records = [parameter.get_help_record(context) for parameter in command.params]
        rows = [f"| `{_line(record[0])}` | {_line(record[1])} |" for record in records if record]
        if rows:
            yield from ("| | |", "|---|---|", *rows, "")


def _commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(command, TyperGroup):
        if len(path) > 1 and command.invoke_without_command and command.params:
            yield path, command
        for name, inner in command.commands.items():
            yield from _commands(inner, (*path, name))
    else:
        yield path, command


@cache
def _api() -> dict[str, Any]:
    """The description of the API in OpenAPI."""
    from paperchat.assistant import PaperChat
    from paperchat.server.web_app import api_description

    with TemporaryDirectory() as home, PaperChat.open(home) as assistant:
        return api_description(assistant)


def routes() -> Iterator[str]:
    """Each route of the API with its parameters, the fields of its body, and what it sends."""
    for path, operations in _api()["paths"].items():
        for method, operation in operations.items():
            yield f"### `{method.upper()} {path}`\n"
            yield f"{operation['summary']}. Sends {_sent(operation)}.\n"
            rows = [*_parameters(operation), *_body_fields(operation)]
            if rows:
                yield from ("| | in | | |", "|---|---|---|---|", *rows, "")


def records() -> Iterator[str]:
    """Each record that the API sends, with the types of its fields."""
    for name, schema in _api()["components"]["schemas"].items():
        if name.endswith("Record"):
            yield f"### {name}\n"
            yield f"{_line(schema['description'])}\n"
            yield from ("| field | type | |", "|---|---|---|")
            for field, described in schema["properties"].items():
                yield f"| `{field}` | {_type(described)} | {_line(described.get('description', ''))} |"
            yield ""


async def _mcp_listing() -> tuple[list[Any], list[Any]]:
    """The tools and the prompts that a client of the MCP server is told of."""
    from mcp import Client
    from paperchat.assistant import PaperChat
    from paperchat.mcp.protocol_server import create_server
    from paperchat.mcp.tool_callers import LocalCaller

    with TemporaryDirectory() as home, PaperChat.open(home) as assistant:
        async with Client(create_server(assistant, lambda _: LocalCaller())) as client:
            return (await client.list_tools()).tools, (await client.list_prompts()).prompts


def tools() -> Iterator[str]:
    """Each tool and prompt of the MCP server, with its arguments and what it gives."""
    listed, prompts = asyncio.run(_mcp_listing())
    for tool in listed:
        yield f"### `{tool.name}`\n"
        yield f"{_line(tool.description)}\n"
        yield from ("| argument | type | | |", "|---|---|---|---|")
        for name, schema in tool.input_schema["properties"].items():
            needed = "required" if name in tool.input_schema.get("required", ()) else "optional"
            yield f"| `{name}` | {_type(schema)}{_limits(schema)} | {needed} | {_line(schema.get('description', ''))} |"
        yield f"\nGives {', '.join(f'`{name}`' for name in tool.output_schema['properties'])}.\n"
    yield "### Prompts\n"
    yield from ("| prompt | arguments | |", "|---|---|---|")
    for prompt in prompts:
        arguments = ", ".join(f"`{one.name}`" for one in prompt.arguments or ())
        yield f"| `{prompt.name}` | {arguments} | {_line(prompt.description)} |"


def _sent(operation: Any) -> str:
    """The status of success, with the record or the media types."""
    status, response = next(one for one in operation["responses"].items() if one[0].startswith("2"))
    content = response.get("content", {})
    shown = [_type(of["schema"]) if "$ref" in of.get("schema", {}) else f"`{kind}`" for kind, of in content.items()]
    return f"{status}, {' or '.join(shown)}" if shown else str(status)


def _parameters(operation: Any) -> Iterator[str]:
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        needed = "required" if parameter.get("required") else _default(schema)
        described = f"{_type(schema)}{_limits(schema)} | {needed}"
        yield f"| `{parameter['name']}` | {parameter['in']} | {described}{_described(parameter)} |"


def _body_fields(operation: Any) -> Iterator[str]:
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        schema = content["schema"]
        if "$ref" in schema:
            schema = _api()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        for name, field in schema["properties"].items():
            needed = "required" if name in schema.get("required", ()) else _default(field)
            place = "body" if kind == "application/json" else "form"
            yield f"| `{name}` | {place} | {_type(field)}{_limits(field)} | {needed}{_described(field)} |"


def _described(described: Any) -> str:
    text = _line(described.get("description", ""))
    return f"; {text}" if text else ""


def _default(schema: Any) -> str:
    default = schema.get("default")
    return f"default `{default}`" if default not in (None, "", [], False) else "optional"


def _type(schema: Any) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})" if name.endswith("Record") else f"`{name}`"
    if "anyOf" in schema:
        return " or ".join(map(_type, schema["anyOf"]))
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    return str(kind)


_LIMITS = {"minimum": "from {}", "maximum": "up to {}", "maxLength": "up to {} characters", "maxItems": "up to {}"}


def _limits(schema: Any) -> str:
    shown = [words.format(schema[name]) for name, words in _LIMITS.items() if name in schema]
    return f", {' '.join(shown)}" if shown else ""


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


PARTS: dict[str, Callable[[], Iterator[str]]] = {
    "rooms": rooms,
    "settings": settings,
    "commands": commands,
    "routes": routes,
    "records": records,
    "python": python_names,
    "tools": tools,
}


def generated(document: str) -> str:
    """The document with its generated parts made anew."""

    def part(match: re.Match[str]) -> str:
        return match[1] + "\n".join(PARTS[match[2]]()).rstrip() + "\n" + match[3]

    return _REGION.sub(part, document)


def main() -> int:
    """Rewrite, or with ``--check`` only compare, the documents."""
    outdated = []
    for name in DOCUMENTS:
        file = PROJECT / name
        before = file.read_text(encoding="utf-8")
        after = generated(before)
        if after != before:
            outdated.append(name)
            if "--check" not in sys.argv[1:]:
                file.write_text(after, encoding="utf-8")
    if "--check" not in sys.argv[1:] or not outdated:
        return 0
    sys.stderr.write(f"out of date: {', '.join(outdated)}; run `make docs`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
