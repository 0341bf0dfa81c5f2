"""Tries out a Chroma folder in a process of its own.

Chroma trusts what is in its graph's files, and crashes on some that a stopped process left half-written.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def is_usable(folder: Path) -> bool:
    """Whether Chroma can read every vector in the folder, and find a sample of them."""
    result = subprocess.run(
        [sys.executable, "-m", "paperchat.storage.chroma_probe", str(folder)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return result.returncode == 0
