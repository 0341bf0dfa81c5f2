"""Tells papers that a database cannot store, with which the batch that they are in would fail."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from paperchat.ingest.batch_writer import IncomingPaper
from paperchat.ingest.items import PdfResult
from paperchat.ingest.sources.base import failure
from paperchat.types import Failure, Paper

T = TypeVar("T")

_UNSTORABLE_PATTERN = re.compile("[\x00\ud800-\udfff]")
_LARGEST_VERSION, _LARGEST_NUMBER = 2**31 - 1, 2**63 - 1


def storable(outcome: T) -> T | Failure:
    """The outcome; a failure in place of a paper that a database could not store, with which the batch would fail."""
    if not isinstance(outcome, Paper | PdfResult):
        return outcome
    paper = IncomingPaper.of(outcome).paper
    values = list(_values(asdict(paper)))
    if any(isinstance(one, str) and _UNSTORABLE_PATTERN.search(one) for one in values):
        reason = "it has a NUL character, or half of a character, which cannot be stored"
    elif paper.version > _LARGEST_VERSION or any(isinstance(one, int) and abs(one) > _LARGEST_NUMBER for one in values):
        reason = "it has a number that is too large to be stored"
    else:
        return outcome
    where = outcome.file.where if isinstance(outcome, PdfResult) else paper.arxiv_id or paper.doi or paper.title
    return failure(where, reason)


def _values(value: Any) -> Iterator[Any]:
    """The texts and numbers in nested mappings and sequences."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield key
            yield from _values(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _values(one)
    else:
        yield value
