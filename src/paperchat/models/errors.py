"""Turns errors of other packages into one-line messages without keys or passwords."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from paperchat.errors import ModelError

_MAX_REASON_LENGTH = 300  # characters
_CREDENTIALS_PATTERN = re.compile(r"//[^/@\s]*@")


def model_error(subject: str, error: Exception, *, address: str = "", secret: str = "", advice: str) -> ModelError:
    """The ModelError to raise for ``error`` of a model; a ModelError is returned as it is.

    Args:
        subject: the model, such as ``embedder ollama:NAME``.
        address: that of the model's server, if it has one.
        secret: a key that must not show up in the message.
        advice: what to do next.
    """
    if isinstance(error, ModelError):
        return error
    at = f" at {address}" if address else ""
    return ModelError(redact_credentials(f"{subject}{at} failed ({error_reason(error, secret=secret)}): {advice}"))


def error_reason(error: Exception, *, secret: str = "") -> str:
    """The error's message on one line of at most 300 characters; its type if it has none."""
    printable = "".join(character if character.isprintable() else " " for character in str(error))
    reason = " ".join(printable.split())[:_MAX_REASON_LENGTH] or type(error).__name__
    return redact_credentials(reason.replace(secret, "***") if secret else reason)


def redact_credentials(text: str) -> str:
    """``text`` without the user and password of each address."""
    return _CREDENTIALS_PATTERN.sub("//", text)


@contextmanager
def requires_extra(kind: str, spec: str) -> Iterator[None]:
    """Translate an ImportError of the package that ``provider:name`` needs; the extra has the provider's name.

    Raises:
        ModelError: the package is not installed.
    """
    try:
        yield
    except ImportError as error:
        extra = spec.partition(":")[0]
        raise ModelError(
            f"{kind} {spec!r} needs a package that is not installed ({error_reason(error)}): "
            f'run pip install "paperchat[{extra}]"'
        ) from error
