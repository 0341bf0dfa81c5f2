"""Counts tokens with tiktoken, offline: with the encoding file that ``llama-index-core`` ships."""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiktoken import Encoding

ENCODING = "cl100k_base"


@cache
def _encoding() -> Encoding:
    core = find_spec("llama_index.core")
    if core is not None and core.submodule_search_locations:
        shipped = Path(core.submodule_search_locations[0]) / "_static" / "tiktoken_cache"
        os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(shipped))
    import tiktoken

    return tiktoken.get_encoding(ENCODING)


def count_tokens(text: str) -> int:
    """Count the tokens of ``text``; special tokens in it count as plain text."""
    return len(_encoding().encode_ordinary(text))
