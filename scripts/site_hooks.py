"""Hooks of mkdocs, by which the site shows what a code host shows, and every link leads to the same text in both.

Documents outside of ``docs/`` become pages, links are resolved in the repository and written anew for the site, those
that lead to code keep their words only, headings have the anchors that code hosts give them, and a bar in the code of a
table's cell loses the backslash that it needs there.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

PROJECT = Path(__file__).resolve().parents[1]
PAGES = {
    "README.md": "project/overview.md",
    "CHANGELOG.md": "project/changelog.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "SECURITY.md": "project/security.md",
    "benchmarks/README.md": "project/measuring.md",
}
"""Documents of the repository that are pages of the site, and where."""
_FOLDERS = {"docs/adr": "adr/0001-record-decisions.md"}
_LINK = re.compile(r"(!?)\[([^\]\[]+)\]\((?![a-z]+:|#)([^)\s#]+)(#[^)\s]*)?\)")
_ROW = re.compile(r"^\|.*\|$", re.MULTILINE)
_CODE_IN_ROW = re.compile(r"`[^`\n]*`")
_CODE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Give headings the anchors that code hosts give them."""
    config.mdx_configs.setdefault("toc", {})["slugify"] = anchor
    return config


def anchor(heading: str, separator: str) -> str:
    """The anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", separator)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the documents that stand outside of the folder."""
    for name, page in PAGES.items():
        files.append(File.generated(config, page, content=(PROJECT / name).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Write links for the site."""
    place = page.file.src_uri
    name = next((name for name, other in PAGES.items() if other == place), f"docs/{place}")

    def rewrite(match: re.Match[str]) -> str:
        image, words, link, fragment = match.groups(default="")
        target = _on_site(posixpath.normpath(posixpath.join(posixpath.dirname(name), link)))
        if target is None:
            return words
        return f"{image}[{words}]({posixpath.relpath(target, posixpath.dirname(place) or '.')}{fragment})"

    parts = _CODE.split(markdown)
    parts[::2] = [_ROW.sub(_without_backslashes, _LINK.sub(rewrite, text)) for text in parts[::2]]
    return "".join(parts)


def _without_backslashes(row: re.Match[str]) -> str:
    return _CODE_IN_ROW.sub(lambda code: code[0].replace("\\|", "|"), row[0])


def _on_site(name: str) -> str | None:
    """Where a file of the repository is on the site; ``None`` where it is not."""
    if name in PAGES:
        return PAGES[name]
    if name in _FOLDERS:
        return _FOLDERS[name]
    return name.removeprefix("docs/") if name.startswith("docs/") else None
