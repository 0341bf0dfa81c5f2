"""Whether LlamaIndex is in use: it takes seconds to import, and who listens to its events has imported it."""

from __future__ import annotations

import sys


def is_llama_index_loaded() -> bool:
    """Whether this process has imported LlamaIndex; else nobody can listen to its events, or hold its objects.

    While another thread is importing it, it is not loaded: its modules could not be used yet.
    """
    package = sys.modules.get("llama_index.core")
    return package is not None and not getattr(package.__spec__, "_initializing", False)
