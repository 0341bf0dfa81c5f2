"""Theme names: the keyphrases that many papers of a theme have and few of the others, or names by a language model."""

from __future__ import annotations

import math
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from numpy.typing import NDArray

from paperchat import lexicon
from paperchat.answering.generation import neutralize
from paperchat.answering.prompts import load_prompt
from paperchat.models.language_model import LanguageModel
from paperchat.models.minilm import MiniLM
from paperchat.storage.library import Library
from paperchat.survey.keyphrases import TermKey, TermVocabulary, generic_stems
from paperchat.survey.title_phrases import TitlePhrases, in_lower_case
from paperchat.survey.types import Theme
from paperchat.text.prompt_injection import find_injections
from paperchat.types import Paper

MAX_TERMS = 2
_TARGET_COVERAGE = 0.6
"""Terms are added until this share of a theme's papers has one of them."""
_MIN_NEW_COVERAGE = 0.15
"""Each added term must be in this share of the theme's papers that have none of the others."""
_MIN_PAPERS = 2
_PRIOR = 0.5
_CANDIDATES = 30
_TITLE_WEIGHT = 3.0
_CONTRAST_WEIGHT, _SIMILARITY_WEIGHT = 8.0, 2.0
"""In the exponent: being nearer to the own theme than to the others, and being near to it at all."""
_LENGTH_WEIGHTS = (1.0, 3.5, 3.8)
"""Of terms of one, two, and three or more stems: one word alone is seldom a subject."""
_TITLE_COUNT_WEIGHTS = (0.15, 0.5, 0.8, 0.9, 1.0)
"""By how many titles of the library have the term: a name is what a title would say."""
_FEW_TITLES = 200
"""Among fewer titles, that none has a term says less."""
_COMPOUND_WEIGHT = 0.5
"""Of a single word: a compound or an abbreviation."""
_GENERAL_SHARE, _GENERAL_TITLES, _FEW_SHARE, _GENERAL_WEIGHT = 0.015, 8, 0.08, 0.5
"""Of a term that a greater share of the titles has: it names a field and no theme."""
_HEAD_SHARE = 0.4

_LEXICON = lexicon.load("theme_names")
_NOT_ALONE = _LEXICON.words("not_alone")
_NOT_FIRST = _LEXICON.words("not_first")
_NOT_LAST = _LEXICON.words("not_last")
_TOO_GENERAL = frozenset(_LEXICON.phrases("too_general"))
_NOUN_PATTERN = re.compile(_LEXICON.regex("noun_endings"))

_PROMPT_TITLES = 6
_MAX_NAME_WORDS = 6
_MAX_REPLY_LENGTH = 2000  # characters
_NUMBERED_LINE_PATTERN = re.compile(r"^\W*(\d{1,2})\s*[.):]\s*(.+?)\s*$", re.MULTILINE)
_NAME_PATTERN = re.compile(r"[^\W_][\w ,/’'+()-]{2,58}[\w)]")


def name_themes(
    library: Library,
    encoder: MiniLM,
    vocabulary: TermVocabulary,
    groups: Sequence[Sequence[int]],
    *,
    vectors: NDArray[np.float32],
    topic: str,
) -> list[tuple[str, ...]]:
    """Select one to three terms for each group of papers, given by their indexes; none that the ``topic`` contains.

    ``vectors`` are the papers', by ``encoder``.
    """
    redundant = redundant_stems(library, topic, vocabulary.long_forms)
    names = TermNames(library, vocabulary)
    group_counts = [Counter(key for at in group for key in vocabulary.papers[at]) for group in groups]
    all_counts: Counter[TermKey] = Counter()
    for counts in group_counts:
        all_counts.update(counts)
    size = sum(len(group) for group in groups)
    candidates = []
    for group, counts in zip(groups, group_counts, strict=True):
        title_counts = Counter(key for at in group for key in vocabulary.titles[at])
        weights = {
            key: _distinctiveness(key, count, len(group), all_counts[key] - count, size - len(group))
            * (1 + _TITLE_WEIGHT * title_counts[key] / len(group))
            * vocabulary.rarity[key]
            * names.form_weight(key)
            for key, count in counts.items()
            if count >= min(_MIN_PAPERS, len(group)) and not set(key) <= redundant
        }
        best = sorted(weights, key=lambda key: (-weights[key], key))[:_CANDIDATES]
        candidates.append({key: weights[key] for key in best if weights[key] > 0})
    weighted = _weight_by_meaning(
        encoder, vocabulary, candidates, np.stack([vectors[list(group)].mean(axis=0) for group in groups])
    )
    used: set[TermKey] = set()
    named = []
    for group, weights in zip(groups, weighted, strict=True):
        free = {key: weight for key, weight in weights.items() if key not in used}
        paper_terms = [vocabulary.papers[at] for at in group]
        selected = [_with_head(key, free, paper_terms) for key in _select_terms(free, paper_terms)]
        used.update(selected)
        named.append(tuple(names.shown(key) for key in selected))
    return named


class TermNames:
    """How well terms name a subject by their form, and how a name shows them."""

    def __init__(self, library: Library, vocabulary: TermVocabulary) -> None:
        self._vocabulary = vocabulary
        self._titles = TitlePhrases(one.title for one in library.directory.entries().values())
        self._weights: dict[TermKey, float] = {}

    def shown(self, key: TermKey) -> str:
        """The term in lower case; empty where it has the name of a product."""
        return self._titles.in_number(
            in_lower_case(
                self._vocabulary.forms[key], self._vocabulary.lower_case_words, self._vocabulary.long_forms.keys()
            )
        )

    def form_weight(self, key: TermKey) -> float:
        """From 0 to 1."""
        if key not in self._weights:
            self._weights[key] = self._form_weight(key)
        return self._weights[key]

    def _form_weight(self, key: TermKey) -> float:
        shown = self.shown(key)
        words = shown.split()
        if not shown or words[0] in _NOT_FIRST or words[-1] in _NOT_LAST or "'" in shown or "’" in shown:
            return 0.0
        if not {shown, shown.removesuffix("s")}.isdisjoint(_TOO_GENERAL) or (
            len(words) == 1 and (shown in _NOT_ALONE or not _NOUN_PATTERN.search(shown))
        ):
            return 0.0
        titles = self._titles.count(shown)
        if not titles and self._titles.size >= _FEW_TITLES:
            return 0.0
        weight = _TITLE_COUNT_WEIGHTS[min(titles, len(_TITLE_COUNT_WEIGHTS) - 1)]
        if self._titles.size < _FEW_TITLES:
            weight = math.sqrt(weight)
        if titles > max(_GENERAL_SHARE * self._titles.size, min(_GENERAL_TITLES, _FEW_SHARE * self._titles.size)):
            weight *= _GENERAL_WEIGHT
        return weight * (_COMPOUND_WEIGHT if len(words) == 1 else 1.0)


def _with_head(key: TermKey, weights: Mapping[TermKey, float], papers: Sequence[frozenset[TermKey]]) -> TermKey:
    """The term with the noun that follows it in most of its papers: ``vision-language-action models``."""
    having = [of for of in papers if key in of]
    longer = [
        other
        for other in weights
        if len(other) == len(key) + 1
        and other[: len(key)] == key
        and sum(other in of for of in having) >= _HEAD_SHARE * len(having)
    ]
    return max(longer, key=lambda other: (weights[other], other), default=key)


def format_theme_name(terms: Sequence[str]) -> str:
    """The terms as a heading: joined by "and", the first word with a capital."""
    joined = " and ".join(terms)
    return joined[:1].upper() + joined[1:]


def rename_themes_with_model(
    themes: Sequence[Theme],
    papers: Mapping[str, Paper],
    *,
    topic: str,
    model: LanguageModel,
    stem: Callable[[str], list[str]],
    stopped: threading.Event,
) -> tuple[Theme, ...]:
    """Give themes the model's names, where those are plain, short, and of words that the papers contain.

    Raises:
        ModelError: the model fails.
    """
    titles = [
        [title for paper_id in theme.papers[:_PROMPT_TITLES] if not find_injections(title := papers[paper_id].title)]
        for theme in themes
    ]
    groups = "\n".join(
        "\n".join([f"Group {number}:", *(f"- {neutralize(title)}" for title in of)])
        for number, of in enumerate(titles, start=1)
    )
    request = load_prompt("survey_names").format(topic=neutralize(topic), groups=groups)
    proposed = _parse_names(_complete(model, request, stopped))
    renamed: list[Theme] = []
    for number, theme in enumerate(themes, start=1):
        name = proposed.get(number, "")
        texts = [f"{papers[one].own_title} {papers[one].abstract}" for one in theme.papers]
        known_stems = set(stem(" ".join([topic, *texts])))
        others = {one.name.casefold() for one in (*renamed, *themes[number:])}
        is_valid = (
            _NAME_PATTERN.fullmatch(name) and len(name.split()) <= _MAX_NAME_WORDS and name.casefold() not in others
        )
        name_stems = set(stem(name)) if is_valid else set()
        renamed.append(replace(theme, name=name) if name_stems and name_stems <= known_stems else theme)
    return tuple(renamed)


def redundant_stems(library: Library, topic: str, long_forms: Mapping[str, str]) -> frozenset[str]:
    """The stems that add nothing to the topic: its own, those of its abbreviations, and generic ones."""
    known = frozenset(library.analyse(topic)) | generic_stems(library.analyse)
    abbreviations = [short for short, long in long_forms.items() if set(library.analyse(long)) <= known]
    return known | frozenset(library.analyse(" ".join([*abbreviations, *(f"{one}s" for one in abbreviations)])))


def _weight_by_meaning(
    encoder: MiniLM,
    vocabulary: TermVocabulary,
    candidates: Sequence[dict[TermKey, float]],
    centres: NDArray[np.float32],
) -> list[dict[TermKey, float]]:
    """The terms' weights, the greater the nearer a term is to its own theme's papers than to those of the others."""
    keys = sorted({key for weights in candidates for key in weights})
    if not keys:
        return list(candidates)
    terms = encoder.encode([vocabulary.forms[key] for key in keys])
    similarity = terms @ (centres / np.linalg.norm(centres, axis=1, keepdims=True)).T
    row_of = {key: at for at, key in enumerate(keys)}
    weighted = []
    for theme, weights in enumerate(candidates):
        others = np.delete(similarity, theme, axis=1)
        contrast = similarity[:, theme] - (others.mean(axis=1) if others.size else 0.0)
        weighted.append(
            {
                key: weight
                * math.exp(
                    _CONTRAST_WEIGHT * float(contrast[row_of[key]])
                    + _SIMILARITY_WEIGHT * float(similarity[row_of[key], theme])
                )
                for key, weight in weights.items()
            }
        )
    return weighted


def _distinctiveness(key: TermKey, count: int, papers: int, count_elsewhere: int, other_papers: int) -> float:
    """How much better the term fits these papers than the others: its share, times how much greater it is."""
    share = (count + _PRIOR) / (papers + 2 * _PRIOR)
    other_share = (count_elsewhere + _PRIOR) / (other_papers + 2 * _PRIOR)
    return share * math.log(share / other_share) * _LENGTH_WEIGHTS[min(len(key), len(_LENGTH_WEIGHTS)) - 1]


def _select_terms(weights: dict[TermKey, float], papers: Sequence[frozenset[TermKey]]) -> list[TermKey]:
    """The best term, then the best for the papers that have none of those selected before."""
    selected: list[TermKey] = []
    uncovered = list(papers)
    while len(selected) < MAX_TERMS and len(uncovered) > (1 - _TARGET_COVERAGE) * len(papers):
        new = {key: sum(key in of for of in uncovered) for key in weights if _may_follow(key, selected)}
        least = max(min(_MIN_PAPERS, len(papers)), _MIN_NEW_COVERAGE * len(papers))
        fitting = [key for key, count in new.items() if count >= least] or ([] if selected else list(new))
        if not fitting:
            break
        best = max(fitting, key=lambda key: (weights[key] * math.sqrt(new[key]), key))
        selected.append(best)
        uncovered = [of for of in uncovered if best not in of]
    return selected


def _may_follow(key: TermKey, selected: Sequence[TermKey]) -> bool:
    """Whether the term adds enough to those before it: more than one word, none of them repeated."""
    return not selected or (len(key) > 1 and not any(set(key) & set(other) for other in selected))


def _complete(model: LanguageModel, request: str, stopped: threading.Event) -> str:
    reply = ""
    for piece in model.stream([ChatMessage(role=MessageRole.USER, content=request)], stopped=stopped):
        reply += piece
        if len(reply) > _MAX_REPLY_LENGTH:
            break
    return reply[:_MAX_REPLY_LENGTH]


def _parse_names(reply: str) -> dict[int, str]:
    """The first name for each number."""
    names: dict[int, str] = {}
    for number, name in _NUMBERED_LINE_PATTERN.findall(reply):
        names.setdefault(int(number), name.replace("*", "").strip(" \"'“”.`"))
    return names
