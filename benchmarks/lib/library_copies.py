"""Copies of libraries to measure, as they are before the first question."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path


def copy_library(library: Path, home: Path) -> Path:
    """Copy a library to the folder ``home``, which must not exist, without the sentence vectors of its questions."""
    shutil.copytree(library, home, ignore=shutil.ignore_patterns("*.lock"))
    clear_sentence_vectors(home)
    return home


def clear_sentence_vectors(home: Path) -> None:
    """Reset the library to its state before the first question; sentence vectors are stored from then on."""
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as catalogue, catalogue:
        catalogue.execute("DELETE FROM sentence_vectors")
