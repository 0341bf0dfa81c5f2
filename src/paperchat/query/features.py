"""The names of what sentences, passages and papers are weighed by, in the order of their columns."""

from __future__ import annotations

from paperchat.answering.features import PASSAGE_ALIGNMENT, SENTENCE_ALIGNMENT
from paperchat.query.signals import PASSAGE_SIGNALS, SENTENCE_SIGNALS

SENTENCE_FEATURES = (*SENTENCE_ALIGNMENT, *SENTENCE_SIGNALS)
PASSAGE_FEATURES = (*PASSAGE_ALIGNMENT, *PASSAGE_SIGNALS)
PAPER_FEATURES = ("ranked", *PASSAGE_FEATURES)
