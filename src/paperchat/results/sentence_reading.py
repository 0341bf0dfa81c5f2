"""What is read in a sentence: its values with what each belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from paperchat.results.result_mentions import ResultMention
from paperchat.results.types import ResultKind


@dataclass(frozen=True, slots=True)
class SentenceResult:
    """A value of a sentence with what it belongs to; what is not certain is missing."""

    value: ResultMention
    measure: ResultMention | None
    benchmark: tuple[ResultMention, ...]
    system: ResultMention | None
    against: ResultMention | None
    kind: ResultKind
    is_before: bool


@dataclass(frozen=True, slots=True)
class SentenceReading:
    """The results of a sentence, and how many more of its values may be results."""

    results: tuple[SentenceResult, ...]
    left_out: int


def repeats(one: SentenceResult, other: SentenceResult) -> bool:
    """Whether a sentence says the same value of a system again: "an FID of 1.02, … (1.02 vs 2.35)"."""
    systems = [result.system.text if result.system else "" for result in (one, other)]
    return one.value.text == other.value.text and systems[0] == systems[1] and not one.measure
