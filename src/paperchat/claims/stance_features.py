"""What in a paper's sentences speaks for or against a claim, as numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from paperchat.answering.verification import Opinion
from paperchat.claims.claim_phrases import antonyms, asks, concludes, finds_nothing, goes_down, sets_out
from paperchat.models.minilm import TokenEmbeddings
from paperchat.text.facts import denies, directions, names, words

Floats = NDArray[np.float64]
Stemmer = Callable[[str], list[str]]

SPEAKS = (
    "harder_half_in_context",
    "quote_in_context",
    "concludes",
    "asks",
    "sets_out",
    "direction_missing",
    "names_missing",
)
"""What tells whether a paper says anything to the claim, …"""
AGAINST = (
    "harder_half_in_context",
    "worst_word_in_context",
    "same_way",
    "other_way",
    "clearly_other_way",
    "same_sign",
    "other_sign",
    "antonyms",
    "quote_denies_more",
    "claim_denies_more",
    "quote_finds_nothing",
    "both_find_nothing",
    "reader_against",
)
"""… and what tells whether it says the opposite."""
SIGNS = tuple(dict.fromkeys((*SPEAKS, *AGAINST)))

_CLEARLY = 0.4
_DOUBT = 0.05  # so that of two sides that are both next to impossible neither counts
_CLAUSES = re.compile(r"[;:()]|,\s|\b(?:and|but|while|whereas|although|though|which|that)\b", re.IGNORECASE)


def signs(
    claim: str,
    quotes: Sequence[str],
    *,
    title: str,
    claim_tokens: TokenEmbeddings,
    quote_tokens: Sequence[TokenEmbeddings],
    cosines: Sequence[float],
    stem: Stemmer,
    read: Opinion | None = None,
) -> dict[str, float]:
    """``SIGNS`` of at least one quote, the best first, of the paper with this title.

    Args:
        cosines: of the claim with each quote.
        read: what the reader thinks of the quotes, if there is one; its sign is 0 without it.
    """
    first, quoted = quotes[0], " ".join(quotes)
    worst, half, back = _alignment(claim, claim_tokens, quote_tokens)
    same_way, other_way = _ways(claim, quotes, stem)
    same = _same_sign(claim, first)
    nothing = finds_nothing(quoted)
    there = f"{quoted} {title}".casefold()
    return {
        "harder_half_in_context": half,
        "worst_word_in_context": worst,
        "quote_in_context": back,
        "concludes": float(concludes(first)),
        "asks": float(asks(first)),
        "sets_out": float(sets_out(first) and not concludes(first)),
        "direction_missing": float(bool(directions(claim)) and not directions(quoted)),
        "names_missing": float(sum(name.casefold().rstrip("s") not in there for name in names(claim))),
        "same_way": same_way,
        "other_way": other_way,
        "clearly_other_way": float(other_way > max(same_way, _CLEARLY)),
        "same_sign": max(cosines) if same else 0.0,
        "other_sign": 0.0 if same else max(cosines),
        "antonyms": float(antonyms(set(words(claim)), set(words(first)))),
        "quote_denies_more": float(denies(first) and not denies(claim)),
        "claim_denies_more": float(denies(claim) and not denies(first)),
        "quote_finds_nothing": float(nothing and not finds_nothing(claim)),
        "both_find_nothing": float(nothing and finds_nothing(claim)),
        "reader_against": math.log((read.contradict + _DOUBT) / (read.support + _DOUBT)) if read else 0.0,
    }


def row_of(found: dict[str, float], names_: Sequence[str]) -> Floats:
    return np.array([found[name] for name in names_], dtype=np.float64)


def _alignment(claim: str, tokens: TokenEmbeddings, quotes: Sequence[TokenEmbeddings]) -> tuple[float, float, float]:
    """How well each word has a counterpart: the claim's worst word, its harder half, and those of the first quote."""
    telling = np.array([claim[a:b].isalnum() and b - a > 1 for a, b in tokens.offsets], dtype=np.bool_)
    mine = tokens.vectors[telling] if telling.any() else tokens.vectors
    tables = [mine @ quote.vectors.T for quote in quotes if len(quote.vectors)]
    if not len(mine) or not tables:
        return 0.0, 0.0, 0.0
    best = np.sort(np.max([table.max(axis=1) for table in tables], axis=0))
    return float(best[0]), float(best[: max(1, len(best) // 2)].mean()), float(tables[0].max(axis=0).mean())


def _same_sign(one: str, other: str) -> bool:
    """Whether two texts say the same of their subject: a denial and a downward direction each turn it round.

    Words that both have are left out: what is said of longer chains is not said of them for being longer.
    """
    first, second = words(one), words(other)
    shared = set(first) & set(second)
    return _turns(first, shared) == _turns(second, shared)


def _turns(said: Sequence[str], shared: set[str]) -> bool:
    text = " ".join(word for word in said if word not in shared)
    return goes_down(text) != denies(text)


def _ways(claim: str, quotes: Sequence[str], stem: Stemmer) -> tuple[float, float]:
    """The greatest share of the claim's words that a clause has which goes the same way, and the other way."""
    wanted = set(stem(claim))
    same = other = 0.0
    for clause in (part for quote in quotes for part in _CLAUSES.split(quote) if part):
        if not directions(clause) and not denies(clause) and not goes_down(clause) and not directions(claim):
            continue
        shared = len(wanted & set(stem(clause))) / max(len(wanted), 1)
        if _same_sign(claim, clause):
            same = max(same, shared)
        else:
            other = max(other, shared)
    return same, other
