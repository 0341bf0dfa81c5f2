"""The reference of Python: the public names of paperchat and of its client, from their signatures and docstrings."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

MODULES = {
    "paperchat": "`from paperchat import …`",
    "paperchat.client": "`from paperchat.client import …`: a server's API, for programs elsewhere",
    "paperchat.langchain": "`from paperchat.langchain import …`: needs the extra `langchain`",
}
_SECTION = re.compile(r"^(Args|Attributes|Raises|Returns|Yields):\n((?:[ \t]+.*\n?|\n)+)", re.MULTILINE)
_ENTRY = re.compile(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", re.MULTILINE)
_ANNOTATION_PREFIX = re.compile(r"\b(?:collections\.abc|pathlib|typing|threading|paperchat(?:\.\w+)*)\.(?=[A-Z])")


def public_names(module: str) -> list[str]:
    """The names that a module offers to others."""
    loaded = importlib.import_module(module)
    if hasattr(loaded, "__all__"):
        return list(loaded.__all__)
    return [
        name for name, value in vars(loaded).items() if getattr(value, "__module__", "") == module and name[0] != "_"
    ]


def python_names() -> Iterator[str]:
    """Each public name with its signature, its docstring, its fields and its methods."""
    for module, how in MODULES.items():
        yield f"## `{module}`\n"
        yield f"{how}\n"
        for name in public_names(module):
            value = getattr(importlib.import_module(module), name)
            yield f"### `{name}`\n"
            yield from _described(name, value)


def _described(name: str, value: Any) -> Iterator[str]:
    if not inspect.isclass(value) and not callable(value):
        yield from _code(f"{name} = {_annotation(value)}")
        return
    if not inspect.isclass(value):
        yield from _code(f"{name}{_signature(value)}")
        yield from _docstring(value)
        return
    if issubclass(value, Exception):
        yield f"An exception, a kind of `{value.__bases__[0].__name__}`. {_first(value)}\n"
        return
    if name == "Settings":
        yield f"{_first(value)} Its fields are the [settings](settings.md), named as in `paperchat.toml`.\n"
        return
    fields = list(_fields(value))
    if not fields:
        yield from _code(f"{name}{_signature(value.__init__, bound=True)}")
    yield from _docstring(value)
    if fields:
        yield from ("| field | type | default |", "|---|---|---|", *fields, "")
    for member, given in _members(value):
        if isinstance(given, property):
            yield f"#### `{name}.{member}`\n"
            yield from _docstring(given)
        else:
            is_bound = not isinstance(given, staticmethod)
            function = getattr(given, "__func__", given)
            yield f"#### `{name}.{member}()`\n"
            kind = "async " if inspect.iscoroutinefunction(function) else ""
            yield from _code(f"{kind}{member}{_signature(function, bound=is_bound)}")
            yield from _docstring(function)


def _fields(value: type) -> Iterator[str]:
    """The rows of a record's fields."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            default = "" if field.default is dataclasses.MISSING else f"`{field.default!r}`"
            if field.default_factory is not dataclasses.MISSING:
                default = "empty"
            yield f"| `{field.name}` | {_kind(field.type)} | {default or 'required'} |"
    else:
        for name, field in getattr(value, "model_fields", {}).items():
            default = "required" if field.is_required() else f"`{field.default!r}`"
            shown = inspect.formatannotation(field.annotation)
            yield f"| `{name}` | {_kind(shown)} | {default} |"


def _members(value: type) -> Iterator[tuple[str, Any]]:
    """The methods and properties that are paperchat's own, those of base classes after its own."""
    seen = set()
    for owner in value.__mro__:
        if not owner.__module__.startswith("paperchat"):
            continue
        for name, given in vars(owner).items():
            is_method = inspect.isfunction(getattr(given, "__func__", given)) or isinstance(given, property)
            if name[0] == "_" or name in seen or not is_method:
                continue
            seen.add(name)
            yield name, given


def _signature(function: Callable[..., Any], *, bound: bool = False) -> str:
    """The signature as code: on several lines where it is long."""
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())[1 if bound else 0 :]
    signature = signature.replace(parameters=parameters)
    shown = _annotation(_unquoted(signature))
    if len(shown) <= 90:
        return shown
    lines = [_annotation(_unquoted(inspect.Signature([one]))[1:-1]) for one in parameters]
    stars = next((at for at, one in enumerate(parameters) if one.kind is inspect.Parameter.KEYWORD_ONLY), None)
    if stars is not None and not any(one.kind is inspect.Parameter.VAR_POSITIONAL for one in parameters):
        lines = [line.removeprefix("*, ") for line in lines]
        lines.insert(stars, "*")
    else:
        lines = [line.removeprefix("*, ") for line in lines]
    result = shown.rpartition(" -> ")[2] if signature.return_annotation is not inspect.Signature.empty else ""
    return "(\n" + "".join(f"    {line},\n" for line in lines) + ")" + (f" -> {result}" if result else "")


def _unquoted(signature: inspect.Signature) -> str:
    """Annotations are strings, as the modules postpone them."""
    return (
        str(signature).replace("'", "")
        if "= '" not in str(signature)
        else re.sub(r"(: |-> )'([^']*)'", r"\1\2", str(signature))
    )


def _annotation(text: Any) -> str:
    return _ANNOTATION_PREFIX.sub("", str(text))


def _kind(annotation: Any) -> str:
    """A type in a table, where a bar would end the cell."""
    return " or ".join(f"`{one}`" for one in _annotation(annotation).split(" | "))


def _first(value: Any) -> str:
    return _text((inspect.getdoc(value) or "").split("\n\n")[0])


def _docstring(value: Any) -> Iterator[str]:
    """A docstring, its sections as lists."""
    given = inspect.getdoc(value) or ""
    for paragraph in _SECTION.sub("", given).split("\n\n"):
        if paragraph.strip():
            yield f"{_text(paragraph)}\n"
    for title, entries in _SECTION.findall(given + "\n"):
        rows = [f"- `{name}`: {_text(words)}" for name, words in _ENTRY.findall(entries)]
        yield f"{title}:\n"
        yield from (*(rows or [f"- {_text(entries)}"]), "")


def _text(text: str) -> str:
    return " ".join(text.split()).replace("``", "`")


def _code(text: str) -> Iterator[str]:
    yield from ("```py", text, "```", "")
