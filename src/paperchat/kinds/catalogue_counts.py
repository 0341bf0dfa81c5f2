"""Counts of the catalogue: papers by day, month, source and topic."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from paperchat.retrieval.query_analysis import content_words
from paperchat.storage.paper_directory import DirectoryEntry
from paperchat.text.field_abbreviations import write_out_abbreviations

_WORD_PATTERN = re.compile(r"[^\W\d_][\w-]*")
_LEAST_PAPERS = 2
_NEARLY_ALL = 0.7


def days_of(entries: Iterable[DirectoryEntry]) -> Counter[str]:
    """How many papers there are of each day that is known."""
    return Counter(one.day for one in entries if one.day)


def months_of(entries: Iterable[DirectoryEntry]) -> list[tuple[str, int]]:
    """How many papers there are of each month, in order."""
    return sorted(Counter(one.day[: len("2026-01")] or "without a date" for one in entries).items())


def sources_of(entries: Sequence[DirectoryEntry]) -> list[tuple[str, int]]:
    """Where the papers come from, in words, and how many of them."""
    daily = sum(bool(one.featured) for one in entries)
    arxiv = sum(bool(one.arxiv_id) and not one.featured for one in entries)
    other = len(entries) - daily - arxiv
    return [
        ("were featured in Hugging Face's Daily Papers", daily),
        ("are from arXiv", arxiv),
        ("come from files that name neither, such as PDFs, a bibliography or a saved page", other),
    ]


def count_topics(entries: Iterable[DirectoryEntry], stem: Callable[[str], list[str]]) -> list[tuple[str, int]]:
    """Topics with the number of papers that have them as a keyword, the most frequent first.

    Plurals and abbreviations count as the same topic. Without keywords, neighbouring words of the titles stand for
    topics, the longer ones where they are nearly as frequent: "large language models", and not "large language".
    Categories do where there are none of these either.
    """
    by_topic: dict[tuple[str, ...], set[str]] = defaultdict(set)
    forms: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    entries = list(entries)
    keys: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        for name in entry.keywords or _title_phrases(entry.title):
            topic = _lower(name) if " " in name else write_out_abbreviations(name.lower())
            key = keys.get(topic) or keys.setdefault(topic, tuple(stem(topic)))
            if key:
                by_topic[key].add(entry.paper_id)
                forms[key][topic] += 1
    parts = _parts_of_longer(by_topic)
    counted = [
        (forms[key].most_common(1)[0][0], len(ids))
        for key, ids in by_topic.items()
        if len(ids) >= _LEAST_PAPERS and key not in parts
    ]
    if not counted:
        counted = list(Counter(name for one in entries for name in one.categories).items())
    return sorted(counted, key=lambda one: (-one[1], one[0]))


def _parts_of_longer(papers: Mapping[tuple[str, ...], Collection[str]]) -> set[tuple[str, ...]]:
    """The topics that are the beginning or the end of a longer one, which nearly as many papers have."""
    return {
        part
        for longer, having in papers.items()
        for at in range(1, len(longer))
        for part in (longer[:at], longer[at:])
        if part in papers and len(having) >= _NEARLY_ALL * len(papers[part])
    }


def _lower(name: str) -> str:
    """In lower case but for words of capitals, such as AI and LLMs."""
    return " ".join(word if word[1:] != word[1:].lower() else word.lower() for word in name.split())


def _title_phrases(title: str) -> list[str]:
    """Neighbouring content words of a title, two or three of them."""
    content = {form for _, _, form in content_words(title)}
    words = [word if word in content else "" for word in _WORD_PATTERN.findall(title)]
    runs = [words[at : at + count] for count in (2, 3) for at in range(len(words) - count + 1)]
    return [" ".join(run) for run in runs if all(run)]
