"""How the house is kept: one importer of each heavy package, short files, unique names, plain words."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

import paperchat

ROOT = Path(paperchat.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
LONGEST_FILE = 450
MOST_MODULES = 30
SMALL_FILE = 60
REPEATABLE = {"__init__", "errors", "types"}

# Imports between rooms are the contracts of import-linter in pyproject.toml; these are the importers of what is heavy.
HEAVY: dict[str, str | tuple[str, ...]] = {
    "alembic": "storage.migrations",
    "bibtexparser": "ingest.sources.bibtex",
    "chromadb": "storage.indexes.chroma_client",
    "chromadb_rust_bindings": "storage.indexes.chroma_bindings",
    "fastapi": ("ui", "server"),
    "gradio": "ui",
    "ijson": "ingest.sources.json_stream",
    "jinja2": "render.html",
    "langchain_core": "langchain",
    "matplotlib": "render.survey_map",
    "mcp": ("mcp", "server.mcp_route"),
    "onnxruntime": "models.onnx",
    "opentelemetry": "server.telemetry",
    "pandas": "render.data_frames",
    "pylatexenc": "ingest.sources.latex",
    "pymilvus": "storage.indexes.milvus_server",
    "pypdf": "ingest.pdf",
    "pypdfium2": "ingest.pdf",
    "ray": "ingest.cluster.ray_cluster",
    "rispy": "ingest.sources.ris",
    "sklearn": "survey",
    "tantivy": ("storage.indexes.lexical_index", "storage.indexes.term_index"),
    "threadpoolctl": "survey.clustering",
    "tiktoken": "text.tokens",
    "tokenizers": "models",
    "uvicorn": "server.web_server",
    "watchfiles": "ingest.watch",
    "xllamacpp": "models.llama_cpp",
}
NOT_FOR_HELP = {*HEAVY, "llama_index", "sqlalchemy", "numpy", "pydantic"}

# Small modules with one importer that are looked for by their name: an entry point or a border.
SMALL_ON_PURPOSE = {
    "paperchat.answering.contradictions",
    "paperchat.conversation.query_engine",
    "paperchat.ingest.pdf.highlight",
    "paperchat.server.conversation_routes",
    "paperchat.server.status_routes",
}

# Words of a dialect that once ran through the code; the field has words of its own for what they meant.
DIALECT = {
    "asunder",
    "beside",
    "firsts",
    "gathered",
    "taken_in",
    "taking",
    "tells",
    "told",
    "wanted",
    "worth",
}


def module_of(file: Path) -> str:
    parts = file.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(file): file for file in FILES}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("paperchat", include_external_packages=True, cache_dir=None)


def test_imports_point_one_way() -> None:
    linted = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT.parents[1],
        capture_output=True,
        text=True,
    )
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize(("package", "place"), HEAVY.items())
def test_a_heavy_package_is_imported_in_one_place(
    graph: grimp.ImportGraph, package: str, place: str | tuple[str, ...]
) -> None:
    importers = graph.find_modules_that_directly_import(package)
    assert importers, f"nothing imports {package} any more"
    rooms = [f"paperchat.{one}" for one in ((place,) if isinstance(place, str) else place)]
    assert {name for name in importers if not any(f"{name}.".startswith(f"{room}.") for room in rooms)} == set()


@pytest.mark.parametrize(
    "code",
    [
        "import paperchat",
        "from paperchat.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass",
    ],
    ids=["import", "help"],
)
def test_what_must_be_quick_loads_nothing_heavy(code: str) -> None:
    listing = f"{code}\nimport sys\nprint('LOADED', *sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()[-1].split()
    assert loaded[0] == "LOADED"
    assert not NOT_FOR_HELP & set(loaded)


def test_files_are_short_and_folders_are_not_crowded() -> None:
    long = {name: lines for name, file in MODULES.items() if (lines := len(lines_of(file))) > LONGEST_FILE}
    assert not long
    crowded = {
        folder: count for folder, count in Counter(file.parent for file in FILES).items() if count > MOST_MODULES + 1
    }
    assert not crowded


def test_modules_and_public_classes_have_names_of_their_own() -> None:
    modules = Counter(file.stem for file in FILES if file.stem not in REPEATABLE)
    assert [name for name, count in modules.items() if count > 1] == []
    classes = defaultdict(list)
    for name, file in MODULES.items():
        for class_ in public_classes(file):
            classes[class_].append(name)
    assert {class_: places for class_, places in classes.items() if len(places) > 1} == {}


def test_a_small_module_has_more_than_one_importer(graph: grimp.ImportGraph) -> None:
    lonely = [
        name
        for name, file in MODULES.items()
        if file.name != "__init__.py"
        and len(lines_of(file)) < SMALL_FILE
        and name not in SMALL_ON_PURPOSE
        and not is_a_format(name)
        and len(graph.find_modules_that_directly_import(name)) == 1
    ]
    assert lonely == []


def test_names_are_words_of_the_field() -> None:
    spoken = [
        f"{name}: {identifier}"
        for name, file in MODULES.items()
        if name != "paperchat.storage.schema"  # names of tables that libraries already have
        for identifier in [*name.split("."), *defined_names(file)]
        if DIALECT & {identifier.strip("_").lower(), *re.split(r"_+", identifier.strip("_").lower())}
    ]
    assert spoken == []


def lines_of(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


def is_a_format(name: str) -> bool:
    """One file a source format, a section, a command, a migration: these stand alone however short they are."""
    return name.startswith(
        ("paperchat.ingest.sources.", "paperchat.survey.sections.", "paperchat.cli.", "paperchat.storage.migrations.")
    )


def public_classes(file: Path) -> Iterator[str]:
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name


def defined_names(file: Path) -> Iterator[str]:
    """Names of the functions, classes and module-level constants that the file defines."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        yield from (target.id for target in targets if isinstance(target, ast.Name))
