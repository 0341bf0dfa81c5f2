"""How long passages are, and the name that a library remembers of how its passages were made."""

from __future__ import annotations

from paperchat.text.tokens import ENCODING

PASSAGE_TOKENS = 400
"""The most tokens of an abstract's passage; most abstracts fit into one."""
FULL_TEXT_TOKENS = 200
"""The most tokens of a full text's passage: what the bundled embedding model accepts together with the title."""
CHUNKING = f"sentences/{PASSAGE_TOKENS}/{FULL_TEXT_TOKENS}/{ENCODING}/2"
