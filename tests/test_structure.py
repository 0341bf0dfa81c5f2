"""The rooms of the package: which way imports go, who imports what is heavy, and how long a file may be."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import paperchat

ROOT = Path(paperchat.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
LONGEST_FILE = 300

# From the bottom up; a room may import what is below it, and what is named for it in BESIDE.
LEVELS = (
    {"types", "errors"},
    {"settings", "sentences", "suspicion", "tokens"},
    {"storage", "models"},
    {"ingest", "query", "survey", "evaluate"},
    {"adapters", "assistant", "capsule", "chat_engine", "dialogue", "memory", "render"} | {"surveying", "works"},
    {"cli", "ui"},
)
BESIDE = {
    "evaluate": {"ingest", "query", "survey", "assistant"},  # it measures the ordinary way of asking
    "survey": {"query"},
    "render": {"capsule"},
    "memory": {"capsule", "render"},
    "works": {"render"},
    "dialogue": {"memory", "works"},
    "chat_engine": {"dialogue"},
    "adapters": {"chat_engine", "dialogue", "memory", "works"},
    "surveying": {"adapters"},
    "assistant": {"adapters", "capsule", "dialogue", "memory", "render", "surveying"},
    "cli": {"ui"},  # a command opens the window
}
HEAVY = {
    "chromadb": "storage/vectors.py",
    "tantivy": "storage/lexical.py",
    "tiktoken": "tokens.py",
    "onnxruntime": "models/pieces.py",
    "tokenizers": "models/",
    "xllamacpp": "models/llm_gguf.py",
    "gradio": "ui/",
    "fastapi": "ui/",
    "uvicorn": "ui/",
    "pypdf": "ingest/pdf/",
    "pypdfium2": "ingest/pdf/",
    "bibtexparser": "ingest/sources/bibtex_blocks.py",
    "pylatexenc": "ingest/sources/latex.py",
    "rispy": "ingest/sources/ris.py",
    "sklearn": "survey/",
    "threadpoolctl": "survey/",
    "matplotlib": "render/maps.py",
    "watchfiles": "ingest/watch.py",
}
NOT_FOR_HELP = {*HEAVY, "llama_index", "sqlalchemy", "alembic", "numpy", "pydantic"}


def room_of(module: str) -> str:
    """``paperchat.storage.library`` is in ``storage``; the package itself is in ``""``."""
    return [*module.split("."), ""][1]


def module_of(file: Path) -> str:
    parts = file.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(file: Path, *, typing_too: bool = True) -> Iterator[str]:
    """The modules that a file imports, wherever in it; ``from package import module`` is the module."""
    waiting: list[ast.AST] = [ast.parse(file.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}: a relative import"
            base = node.module or ""
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield inner if inner in MODULES else base
        elif not typing_too and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting.extend(node.orelse)
        else:
            waiting.extend(ast.iter_child_nodes(node))


MODULES = {module_of(file) for file in FILES}
OWN_IMPORTS = {
    module_of(file): {name for name in imports_of(file) if name in MODULES and room_of(name)} for file in FILES
}


def allowed(room: str) -> set[str]:
    level = next(number for number, rooms in enumerate(LEVELS) if room in rooms)
    return {room, *BESIDE.get(room, ()), *(name for rooms in LEVELS[:level] for name in rooms)}


def test_imports_point_one_way() -> None:
    wrong = [
        f"{module} imports {name}"
        for module, names in OWN_IMPORTS.items()
        for name in names
        if room_of(module) and room_of(name) not in allowed(room_of(module))
    ]
    assert not wrong


def test_every_file_has_its_room() -> None:
    assert {room_of(module) for module in MODULES} - {""} <= set().union(*LEVELS)


def test_no_cycles() -> None:
    """Among what is imported when it runs, late imports counted."""
    graph = {
        module_of(file): {name for name in imports_of(file, typing_too=False) if name in MODULES and room_of(name)}
        for file in FILES
    }
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join((*path, module))
        if module not in done:
            for name in sorted(graph[module] - {module}):
                visit(name, (*path, module))
            done.add(module)

    for module in sorted(graph):
        visit(module, ())
    assert done == MODULES


@pytest.mark.parametrize(("package", "place"), HEAVY.items())
def test_one_importer_of_each_heavy_package(package: str, place: str) -> None:
    importers = {
        file.relative_to(ROOT).as_posix()
        for file in FILES
        if any(name.split(".")[0] == package for name in imports_of(file))
    }
    assert all(importer == place or (place.endswith("/") and importer.startswith(place)) for importer in importers)


@pytest.mark.parametrize(
    "code",
    [
        "import paperchat",
        "from paperchat.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass",
    ],
    ids=["import", "help"],
)
def test_what_must_be_quick_loads_nothing_heavy(code: str) -> None:
    told = f"{code}\nimport sys\nprint('LOADED', *sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()[-1].split()
    assert loaded[0] == "LOADED"
    assert not NOT_FOR_HELP & set(loaded)


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_files_are_short(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE
