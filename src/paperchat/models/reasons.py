"""What another package's error comes to in a message of ours: one line, with no key and no password in it."""

from __future__ import annotations

import re

_MOST = 300
_CREDENTIALS = re.compile(r"//[^/@\s]*@")


def reason_of(error: Exception, *, secret: str = "") -> str:
    """What the error says, on one line of at most 300 characters; its type where it says nothing."""
    printable = "".join(letter if letter.isprintable() else " " for letter in str(error))
    reason = " ".join(printable.split())[:_MOST] or type(error).__name__
    return without_credentials(reason.replace(secret, "***") if secret else reason)


def without_credentials(text: str) -> str:
    """``text`` with the user and password of each address left out."""
    return _CREDENTIALS.sub("//", text)
