"""Names for themes: the terms that many papers of a theme have and few of the others."""

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

from paperchat.answering.generation import inert
from paperchat.answering.prompts import prompt
from paperchat.models.language_model import LanguageModel
from paperchat.models.minilm import MiniLM
from paperchat.storage.library import Library
from paperchat.survey.keyphrases import Key, Vocabulary, head_stems
from paperchat.survey.types import Theme
from paperchat.text.prompt_injection import suspicions
from paperchat.types import Paper

MOST_TERMS = 3
_COVERED = 0.6
"""Of a theme's papers this share is to have one of its terms; further terms are looked for until it is so."""
_NEW = 0.15
"""A further term must be had by this share of the theme's papers that have none of those before."""
_FEWEST = 2
_PRIOR = 0.5
_CONSIDERED = 30
_IN_TITLES = 3.0
_AHEAD, _NEAR = 8.0, 2.0
"""In the exponent: what a term gains by being nearer to its theme than to the others, and by being near at all."""
_LENGTHS = (1.0, 3.5, 3.8)
"""What terms of one, two, and three or more stems count: one word alone is seldom a subject."""
_PLAIN = 0.5
"""What a single word counts that is no name, short form or compound."""
_BELOW_TITLE = 0.3
"""What of that is left where no title has it."""
_NO_SUBJECTS = frozenset(
    "trade-off trade-offs tradeoffs conversation conversations behavior behaviors behaviour reliability similarity "
    "fast "
    "slow exploration operations objective objectives papers visual safe even".split()
)
"""Words that are no subject alone."""
_END_NO_NAME = frozenset("within spanning separate missing even".split())
_ABOUT_AS_MUCH = 0.5
_BEGIN_NO_NAME = frozenset("separate missing".split())


def named(
    library: Library,
    encoder: MiniLM,
    vocabulary: Vocabulary,
    groups: Sequence[Sequence[int]],
    *,
    vectors: NDArray[np.float32],
    topic: str,
) -> list[tuple[str, ...]]:
    """One to three terms for each group of papers, given by their places; none that the ``topic`` says already.

    ``vectors`` are the papers', by ``encoder``.
    """
    nothing_new = _nothing_new(library, topic, vocabulary.long_forms)
    having = [Counter(key for place in group for key in vocabulary.papers[place]) for group in groups]
    everywhere: Counter[Key] = Counter()
    for counts in having:
        everywhere.update(counts)
    size = sum(len(group) for group in groups)
    offered = []
    for group, counts in zip(groups, having, strict=True):
        at_top = Counter(key for place in group for key in vocabulary.titles[place])
        weights = {
            key: _telling(key, count, len(group), everywhere[key] - count, size - len(group))
            * (1 + _IN_TITLES * at_top[key] / len(group))
            * vocabulary.rarity[key]
            * _as_subject(vocabulary.forms[key], in_title=at_top[key] > 0)
            for key, count in counts.items()
            if count >= min(_FEWEST, len(group)) and not set(key) <= nothing_new
        }
        best = sorted(weights, key=lambda key: (-weights[key], key))[:_CONSIDERED]
        offered.append({key: weights[key] for key in best if weights[key] > 0})
    weighed = _by_meaning(
        encoder, vocabulary, offered, np.stack([vectors[list(group)].mean(axis=0) for group in groups])
    )
    taken: set[Key] = set()
    names = []
    for group, weights in zip(groups, weighed, strict=True):
        free = {key: weight for key, weight in weights.items() if key not in taken}
        having_terms = [vocabulary.papers[place] for place in group]
        chosen = _chosen(free, having_terms)
        if all(_is_plain(vocabulary.forms[key]) for key in chosen):
            chosen = [*chosen, *_second(free, having_terms, chosen)]
            chosen.sort(key=lambda key: -len(key))
        taken.update(chosen)
        names.append(tuple(vocabulary.forms[key] for key in chosen))
    return names


def _nothing_new(library: Library, topic: str, long_forms: Mapping[str, str]) -> frozenset[str]:
    """The stems that say nothing beside the topic: its own, those of its short forms, and those of no subject."""
    known = frozenset(library.analyse(topic)) | head_stems(library.analyse)
    short = [short for short, long in long_forms.items() if set(library.analyse(long)) <= known]
    return known | frozenset(library.analyse(" ".join([*short, *(f"{one}s" for one in short)])))


def _by_meaning(
    encoder: MiniLM, vocabulary: Vocabulary, offered: Sequence[dict[Key, float]], centres: NDArray[np.float32]
) -> list[dict[Key, float]]:
    """The terms' weights, the greater the nearer a term is to its own theme's papers than to those of the others."""
    keys = sorted({key for weights in offered for key in weights})
    if not keys:
        return list(offered)
    terms = encoder.encode([vocabulary.forms[key] for key in keys])
    near = terms @ (centres / np.linalg.norm(centres, axis=1, keepdims=True)).T
    place = {key: at for at, key in enumerate(keys)}
    weighed = []
    for theme, weights in enumerate(offered):
        others = np.delete(near, theme, axis=1)
        ahead = near[:, theme] - (others.mean(axis=1) if others.size else 0.0)
        weighed.append(
            {
                key: weight * math.exp(_AHEAD * float(ahead[place[key]]) + _NEAR * float(near[place[key], theme]))
                for key, weight in weights.items()
            }
        )
    return weighed


def _as_subject(form: str, *, in_title: bool) -> float:
    """How well the term can name a subject by its form, from 0 to 1."""
    words = form.split()
    if words[0].lower() in _BEGIN_NO_NAME or words[-1].lower() in _END_NO_NAME:
        return 0.0
    if len(words) > 1:
        return 1.0
    if words[0].lower() in _NO_SUBJECTS:
        return 0.0
    if _is_plain(form):
        return _PLAIN if in_title else _PLAIN * _BELOW_TITLE
    return 1.0


def _is_plain(form: str) -> bool:
    """Whether it is a single word that is no name, short form or compound."""
    return form.isalpha() and form[1:].islower()


def _second(weights: dict[Key, float], papers: Sequence[frozenset[Key]], chosen: Sequence[Key]) -> list[Key]:
    """The best term that says none of those chosen and that several papers have.

    One of several words if there is one; one word only if it weighs about as much as those chosen.
    """
    said = {stem for key in chosen for stem in key}
    least = _ABOUT_AS_MUCH * max((weights[key] for key in chosen), default=0.0)
    counts = {key: sum(key in of for of in papers) for key in weights if not said & set(key)}
    fitting = [
        key
        for key, count in counts.items()
        if count >= min(_FEWEST, len(papers)) and (len(key) > 1 or weights[key] >= least)
    ]
    return sorted(fitting, key=lambda key: (len(key) < 2, -weights[key] * math.sqrt(counts[key]), key))[:1]


def as_name(terms: Sequence[str]) -> str:
    """The terms as a heading: joined by commas, the first word with a capital."""
    joined = ", ".join(terms)
    return joined[:1].upper() + joined[1:]


def _telling(key: Key, count: int, papers: int, elsewhere: int, others: int) -> float:
    """How much better the term fits these papers than the others: its share, times how much greater it is."""
    share = (count + _PRIOR) / (papers + 2 * _PRIOR)
    other = (elsewhere + _PRIOR) / (others + 2 * _PRIOR)
    return share * math.log(share / other) * _LENGTHS[min(len(key), len(_LENGTHS)) - 1]


def _chosen(weights: dict[Key, float], papers: Sequence[frozenset[Key]]) -> list[Key]:
    """The best term, then those that tell of the papers which do not have those chosen before."""
    chosen: list[Key] = []
    uncovered = list(papers)
    while len(chosen) < MOST_TERMS and len(uncovered) > (1 - _COVERED) * len(papers):
        new = {key: sum(key in of for of in uncovered) for key in weights if _may_follow(key, chosen)}
        least = max(min(_FEWEST, len(papers)), _NEW * len(papers))
        fitting = [key for key, count in new.items() if count >= least] or ([] if chosen else list(new))
        if not fitting:
            break
        best = max(fitting, key=lambda key: (weights[key] * math.sqrt(new[key]), key))
        chosen.append(best)
        uncovered = [of for of in uncovered if best not in of]
    return chosen


def _may_follow(key: Key, chosen: Sequence[Key]) -> bool:
    """Whether the term says enough beside those before it: one word alone does not, nor does a word said already."""
    return not chosen or (len(key) > 1 and not any(set(key) & set(other) for other in chosen))


_TITLES = 6
_MOST_WORDS = 6
_LONGEST_REPLY = 2000  # characters
_LINE = re.compile(r"^\W*(\d{1,2})\s*[.):]\s*(.+?)\s*$", re.MULTILINE)
_PLAIN_NAME = re.compile(r"[^\W_][\w ,/’'+()-]{2,58}[\w)]")


def renamed(
    themes: Sequence[Theme],
    papers: Mapping[str, Paper],
    *,
    topic: str,
    model: LanguageModel,
    stem: Callable[[str], list[str]],
    stopped: threading.Event,
) -> tuple[Theme, ...]:
    """The themes with the model's names, where those are plain, short, and of words that their papers have.

    Raises:
        ModelError: the model fails.
    """
    titles = [
        [title for paper_id in theme.papers[:_TITLES] if not suspicions(title := papers[paper_id].title)]
        for theme in themes
    ]
    groups = "\n".join(
        "\n".join([f"Group {number}:", *(f"- {inert(title)}" for title in of)])
        for number, of in enumerate(titles, start=1)
    )
    asked = prompt("survey_names", topic=inert(topic), groups=groups)
    proposed = _proposed(_reply(model, asked, stopped))
    found: list[Theme] = []
    for number, theme in enumerate(themes, start=1):
        name = proposed.get(number, "")
        texts = [f"{papers[one].title} {papers[one].abstract}" for one in theme.papers]
        own = set(stem(" ".join([topic, *texts])))
        taken = {one.name.casefold() for one in (*found, *themes[number:])}
        fits = _PLAIN_NAME.fullmatch(name) and len(name.split()) <= _MOST_WORDS and name.casefold() not in taken
        found.append(replace(theme, name=name) if fits and stem(name) and set(stem(name)) <= own else theme)
    return tuple(found)


def _reply(model: LanguageModel, asked: str, stopped: threading.Event) -> str:
    reply = ""
    for piece in model.stream([ChatMessage(role=MessageRole.USER, content=asked)], stopped=stopped):
        reply += piece
        if len(reply) > _LONGEST_REPLY:
            break
    return reply[:_LONGEST_REPLY]


def _proposed(reply: str) -> dict[int, str]:
    """The first name for each number."""
    found: dict[int, str] = {}
    for number, name in _LINE.findall(reply):
        found.setdefault(int(number), name.replace("*", "").strip(" \"'“”.`"))
    return found
