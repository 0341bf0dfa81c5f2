"""Checks a Chroma folder in a process of its own: ``python -m paperchat.storage.indexes.chroma_probe FOLDER``."""

import sys
from pathlib import Path

from paperchat.storage.indexes.vector_index import check_folder

if __name__ == "__main__":
    sys.exit(0 if check_folder(Path(sys.argv[1])) else 1)
