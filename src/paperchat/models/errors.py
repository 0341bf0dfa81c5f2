"""What another package's error comes to in a message of ours: one line, with no key and no password in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from paperchat.errors import ModelError

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


@contextmanager
def package_of(kind: str, spec: str) -> Iterator[None]:
    """Around what imports the package of a ``provider:name``, which is the extra of the provider's name.

    Raises:
        ModelError: it is not installed.
    """
    try:
        yield
    except ImportError as error:
        extra = spec.partition(":")[0]
        raise ModelError(
            f"{kind} {spec!r} needs a package that is not installed ({reason_of(error)}): "
            f'run pip install "paperchat[{extra}]"'
        ) from error
