"""What `paperchat.storage.probe` runs: ``python -m paperchat.storage.chroma_probe FOLDER``."""

import sys
from pathlib import Path

from paperchat.storage.vector_index import try_out

if __name__ == "__main__":
    sys.exit(0 if try_out(Path(sys.argv[1])) else 1)
