"""Whether LlamaIndex is in use: it takes seconds to import, and who listens to its events has imported it."""

from __future__ import annotations

import sys


def is_llama_index_loaded() -> bool:
    """Whether this process has imported LlamaIndex; else nobody can listen to its events, or hold its objects."""
    return "llama_index.core" in sys.modules
