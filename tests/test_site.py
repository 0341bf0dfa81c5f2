"""The site: it builds without a warning, has everything, its links work, and it loads nothing from elsewhere."""

from __future__ import annotations

import asyncio
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer
import yaml
from markdown_it import MarkdownIt
from typer.core import TyperGroup

from mcp import Client
from paperchat import PaperChat
from paperchat.cli.app import app
from paperchat.mcp.protocol_server import create_server
from paperchat.mcp.tool_callers import LocalCaller
from paperchat.server.web_app import api_description
from paperchat.settings import Settings
from test_docs import REPOSITORY

CONFIGURATION = REPOSITORY / "mkdocs.yml"
pytestmark = pytest.mark.skipif(not CONFIGURATION.is_file(), reason="the docs are only in the repository")
_SCHEME = re.compile(r"[a-z]+:|//")


class Html(HTMLParser):
    """What a page links to and loads, its anchors, its headings, and how many elements of each kind its text has."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()
        self.headings: list[str] = []
        self.counts: dict[str, int] = {}
        self._in_main = 0
        self._in_heading = False
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors.update(given[name] for name in ("id", "name") if name in given)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" or "src" in given:
            self.loaded.append(given.get("src") or given["href"])
        if given.get("role") == "main":
            self._in_main = 1
        elif tag == "div" and self._in_main:
            self._in_main += 1
        if self._in_main:
            self.counts[tag] = self.counts.get(tag, 0) + 1
        if re.fullmatch("h[1-6]", tag):
            self.headings.append("")
            self._in_heading = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "div" and self._in_main:
            self._in_main -= 1
        if re.fullmatch("h[1-6]", tag):
            self._in_heading = False

    def handle_data(self, data: str) -> None:
        if self._in_heading:
            self.headings[-1] += data


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built site."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Html]:
    return {page: Html(page) for page in site.rglob("*.html")}


def test_every_link_leads_to_a_page_and_a_place_on_it(site: Path, pages: dict[Path, Html]) -> None:
    broken = []
    for page, html in pages.items():
        for link in html.links:
            path, _, anchor = link.partition("#")
            if _SCHEME.match(link):
                continue
            start = site if path.startswith("/") else page.parent  # the page for what is not found has such links
            target = (start / unquote(path).lstrip("/")).resolve() if path else page
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file() or (anchor and target in pages and unquote(anchor) not in pages[target].anchors):
                broken.append(f"{page.relative_to(site)}: {link}")
    assert not broken


def test_nothing_is_loaded_from_another_host(site: Path, pages: dict[Path, Html]) -> None:
    loaded = [address for html in pages.values() for address in html.loaded]
    assert any(address.endswith(".css") for address in loaded)
    assert [address for address in loaded if _SCHEME.match(address) and not address.startswith("data:")] == []
    for style in site.rglob("*.css"):
        assert not re.search(r"(?:url\(|@import\s+)[\"']?(?:https?:)?//", style.read_text(encoding="utf-8")), style


def test_the_four_kinds_of_pages_the_decisions_and_the_benchmarks_are_in_the_navigation() -> None:
    navigation = yaml.safe_load(CONFIGURATION.read_text(encoding="utf-8"))["nav"]
    sections = {name: list(listed(inner)) for entry in navigation for name, inner in entry.items()}
    assert list(sections) == ["Home", "Tutorial", "How-to guides", "Reference", "Explanation", "Development"]
    pages = [page for inner in sections.values() for page in inner]
    docs = REPOSITORY / "docs"
    written = {page.relative_to(docs).as_posix() for page in docs.rglob("*.md") if "surveys" not in page.parts}
    assert written <= set(pages)
    assert len(pages) == len(set(pages))
    assert "benchmarks.md" in sections["Explanation"]


def listed(inner: object) -> Iterator[str]:
    """The pages of a part of the navigation."""
    if isinstance(inner, str):
        yield inner
    elif isinstance(inner, list):
        for one in inner:
            yield from listed(one)
    elif isinstance(inner, dict):
        for one in inner.values():
            yield from listed(one)


def test_pages_have_the_same_tables_lists_and_code_as_on_a_code_host(site: Path) -> None:
    markdown = MarkdownIt("commonmark").enable("table")
    different = []
    for page in sorted((REPOSITORY / "docs").rglob("*.md")):
        place = page.relative_to(REPOSITORY / "docs")
        text = page.read_text(encoding="utf-8")
        tokens = markdown.parse(text)
        shown = Html(site / place.with_suffix(".html")).counts
        for tag in ("table", "tr", "li", "pre", "h2", "h3"):
            expected = sum(token.tag == tag and token.nesting == 1 for token in tokens)
            if tag == "pre":
                expected = sum(token.type in ("fence", "code_block") for token in tokens)
            if expected != shown.get(tag, 0):
                different.append(f"{place}: {expected} {tag}, {shown.get(tag, 0)} on the site")
    assert not different


def commands(group: TyperGroup, path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}"


def headings(site: Path, page: str) -> set[str]:
    return {one.strip() for one in Html(site / page).headings}


def test_every_command_is_on_the_site(site: Path) -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    assert set(commands(group, "paperchat")) <= headings(site, "commands.html")


def test_every_setting_is_on_the_site(site: Path) -> None:
    text = (site / "settings.html").read_text(encoding="utf-8")
    assert [name for name in Settings.model_fields if f"<code>PAPERCHAT_{name.upper()}</code>" not in text] == []


def test_every_route_is_on_the_site(site: Path, sample: PaperChat) -> None:
    paths = api_description(sample)["paths"]
    routes = {f"{method.upper()} {path}" for path, operations in paths.items() for method in operations}
    assert routes <= headings(site, "api.html")


def test_every_tool_of_mcp_is_on_the_site(site: Path, sample: PaperChat) -> None:
    async def names() -> set[str]:
        async with Client(create_server(sample, lambda _: LocalCaller())) as client:
            return {tool.name for tool in (await client.list_tools()).tools}

    assert asyncio.run(names()) <= headings(site, "mcp.html")


@pytest.mark.parametrize("module", ["paperchat", "paperchat.client"])
def test_every_public_name_and_its_methods_are_on_the_site(site: Path, module: str) -> None:
    found = headings(site, "python.html")
    loaded = importlib.import_module(module)
    assert set(loaded.__all__) <= found
    own = vars(PaperChat) if module == "paperchat" else ()
    methods = {f"PaperChat.{name}" for name in own if name[0] != "_"}
    assert methods <= {heading.removesuffix("()") for heading in found}
