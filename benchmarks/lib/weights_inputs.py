"""What a weights file was fitted on: hashes of the question files, datasets and models, and the command."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from paperchat.models.onnx import ASSETS

ROOT = Path(__file__).parents[2]


def hash_inputs(
    command: str, files: Iterable[Path], *, models: Iterable[str], data: Path | None = None
) -> dict[str, Any]:
    """The ``inputs`` of a weights file.

    ``command`` is what runs the script, with ``DATA`` and ``CACHE`` for the folders. ``files`` are named relative to
    the repository, or as ``DATA/…`` if they are in the folder ``data``. ``models`` are folders of models that ship,
    such as ``reader``.
    """
    return {
        "command": command,
        "models": {f"{name}/model.onnx": sha256(ASSETS / name / "model.onnx") for name in models},
        "files": {_name(file, data): sha256(file) for file in files},
    }


def sha256(file: Path) -> str:
    """The hex digest of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _name(file: Path, data: Path | None) -> str:
    if data and file.is_relative_to(data):
        return f"DATA/{file.relative_to(data).as_posix()}"
    return file.relative_to(ROOT).as_posix()
