"""Which share a sentence reports on which benchmark: ``75.4% on SWE-bench Verified``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from paperchat import lexicon

_LEXICON = lexicon.load("survey_disagreements")
_NAME = r"(?P<name>[A-Z][\w./-]*(?:[ -](?:[A-Z0-9][\w./-]*))*)"
_VALUE = r"(?P<value>\d{1,3}(?:\.\d+)?)\s?\\*%"
_ON = r"\bon\s+(?:the\s+)?(?:\w+\s+){0,1}?"
_PATTERNS = (
    re.compile(rf"{_VALUE}(?P<between>[^.;,%]{{0,50}}?){_ON}{_NAME}"),
    re.compile(rf"{_ON}{_NAME}(?P<between>[^.;%]{{0,50}}?){_VALUE}"),
)
_CHANGE_PATTERN = re.compile(_LEXICON.regex("change"), re.IGNORECASE)
_LEVEL_BEFORE = 45
"""In so many characters before a value, what it is the value of is named."""
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkNumber:
    """A share, in percent, that is reported on a benchmark."""

    benchmark: str
    value: float

    @property
    def key(self) -> str:
        """The same for all spellings of the name."""
        return re.sub(r"[\W_]+", "", self.benchmark).casefold()


def benchmark_numbers(sentence: str) -> Iterator[BenchmarkNumber]:
    """The values on named benchmarks that a sentence reports; gains and comparisons are none."""
    for pattern in _PATTERNS:
        for match in pattern.finditer(sentence):
            name = match["name"].strip(" .-")
            around = f"{sentence[max(match.start() - _LEVEL_BEFORE, 0) : match.start()]} {match['between']}"
            if len(name) <= _LONGEST_NAME and _is_benchmark(name) and not _CHANGE_PATTERN.search(around):
                yield BenchmarkNumber(benchmark=name, value=float(match["value"]))


def _is_benchmark(name: str) -> bool:
    """Whether a name with a capital is no common word: it has a second capital or a digit."""
    return sum(letter.isupper() or letter.isdigit() for letter in name) > 1
