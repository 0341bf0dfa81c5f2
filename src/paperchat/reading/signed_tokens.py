"""Signed tokens: what an address may be opened for without a login, so that nobody else can make one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from itsdangerous import BadData, URLSafeTimedSerializer

TokenPurpose = Literal["feed", "confirm", "unsubscribe"]


class SignedTokens:
    """Signs and reads tokens with a library's key; one made for one purpose is invalid for another."""

    def __init__(self, key: str) -> None:
        self._key = key

    def sign(self, purpose: TokenPurpose, values: Sequence[str]) -> str:
        """A token of letters, digits, ``-``, ``_`` and ``.`` that carries these values readably."""
        return str(self._serializer(purpose).dumps(list(values)))

    def read(self, purpose: TokenPurpose, token: str, *, lifetime: timedelta | None = None) -> list[str] | None:
        """The values of a token; ``None`` where its signature is wrong, or it is older than ``lifetime``."""
        seconds = int(lifetime.total_seconds()) if lifetime else None
        try:
            values = self._serializer(purpose).loads(token, max_age=seconds)
        except BadData:
            return None
        return values if isinstance(values, list) and all(isinstance(one, str) for one in values) else None

    def _serializer(self, purpose: TokenPurpose) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(
            self._key, salt=f"paperchat {purpose}", signer_kwargs={"digest_method": hashlib.sha256}
        )
