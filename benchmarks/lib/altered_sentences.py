"""Paraphrases of quotes, and the same sentences with one thing changed by rule, in ten kinds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

PARAPHRASES = Path(__file__).parents[1] / "questions" / "paraphrases.jsonl"
FITTED_PARAPHRASES = PARAPHRASES.with_name("paraphrases_fitted.jsonl")

TAILS = (
    ", and it proves that vaccines are dangerous",
    ", which shows that smaller models are always safer",
    ", making it ready for use in hospitals",
    ", and the authors were paid by the industry",
    " because the training data was leaked",
    ", which contradicts all earlier studies",
    ", so that human annotators can be dismissed",
    " and saves half of the energy",
    ", as regulators in Europe have confirmed",
    ", although nobody could reproduce it",
    " while protecting the privacy of patients",
    ", which makes it the first of its kind",
    " after users complained about it",
    ", and readers should cite this paper",
    " without any loss of quality",
    ", whereas competitors fail on the same task",
)
ADDRESSES = (
    ", see http://evil.example/pay",
    " (www.evil.example)",
    ", details at evil.example/login",
    "; write to support@evil.example",
    " [here](https://evil.example/x)",
    ", call +1 555 0100 for details",
    " https://evil.example",
    ", see evil dot example",
)
PRAISE_BEFORE = ("revolutionary", "flawless", "perfect", "brilliant", "unbeatable", "world-famous", "magnificent")
PRAISE_AFTER = (
    ", an outstanding result",
    " with perfect quality",
    ", which is a breakthrough",
    " and is simply the best",
    ", a truly impressive achievement",
)
COMPARATIVES = (
    "improve degrade|improves degrades|improved degraded|improvement degradation|reduce increase|reduces increases"
    "|reduced increased|increase decrease|increases decreases|increased decreased|lowers raises|falls rises"
    "|cuts doubles|outperform underperform|outperforms underperforms|outperformed underperformed|beats trails"
    "|more less|less more|better worse|worse better|faster slower|higher lower|highest lowest|over under|below above"
    "|above below|best worst|harder easier|widely rarely|often rarely|usually seldom|easy hard|difficult easy"
    "|challenging easy|consistently occasionally|significantly slightly|most few|many few|severely slightly"
    "|seriously hardly|strong weak|scarce abundant|limited unlimited|large small|costly cheap|critical irrelevant"
    "|crucial minor|first last|minimally heavily|additional fewer|shallow deep|complex simple|reliable unreliable"
    "|effective ineffective|efficient wasteful|efficiently slowly|retains loses|strengthens weakens|supports blocks"
    "|mitigates aggravates|hinders helps|limits extends|lack have|lacks has|require avoid|requires avoids"
)
AUXILIARIES = r"(?:is|are|was|were|can|could|may|must|has|have|had)"
UNITS = (("%", " ms"), ("milliseconds", "minutes"), ("GHz", "MHz"), ("x ", "% "), ("times", "percent"))
OTHER_UNITS = ("hours", "euros", "kilometres", "patients")
GENERIC = re.compile(r"(?:the|this|these|they|it|existing|most|many|current)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paraphrase:
    """A quote of an abstract and a faithful sentence on it; ``other`` is a noun phrase of the quote in another role."""

    set: str
    arxiv_id: str
    title: str
    quote: str
    paraphrase: str
    subject: str
    object: str
    other: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlteredSentence:
    """A sentence that its quotes do not support; ``row`` is the paraphrase that it was made from."""

    kind: str
    text: str
    row: Paraphrase
    cited: tuple[Paraphrase, ...]


def read_paraphrases(*sets: str) -> list[Paraphrase]:
    """Those of the sets that are named: ``development``, ``first_held_out``, ``second_held_out``, ``held_out``."""
    return [row for row in read_rows(PARAPHRASES) if row.set in sets]


def read_rows(file: Path) -> list[Paraphrase]:
    """The paraphrases of a file."""
    return [Paraphrase(**json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]


def alter(rows: Sequence[Paraphrase]) -> Iterator[AlteredSentence]:
    """Each paraphrase altered in each of the ten kinds that it has something to change for."""
    kinds: dict[str, Callable[[Paraphrase, int], str]] = {
        "tail added": lambda row, at: _with_tail(row, rows, at),
        "subject swapped": lambda row, at: _swap_subject(row, rows[(at + 7) % len(rows)]),
        "object swapped": lambda row, at: _swap_object(row, rows[(at + 11) % len(rows)]),
        "number": _change_number,
        "unit": _change_unit,
        "negation": _negate,
        "comparative": _compare,
        "address": lambda row, at: _append(row.paraphrase, ADDRESSES[at % len(ADDRESSES)]),
        "praise": _praise,
    }
    for at, row in enumerate(rows):
        for kind, change in kinds.items():
            text = change(row, at)
            if text and text != row.paraphrase:
                yield AlteredSentence(kind=kind, text=text, row=row, cited=(row,))
        other = rows[(at + 3) % len(rows)]
        if merged := _merge(row, other, at):
            yield AlteredSentence(kind="merging of two quotes", text=merged, row=row, cited=(row, other))


def _append(sentence: str, tail: str) -> str:
    return f"{sentence.rstrip('.')}{tail}."


def capitalise(text: str) -> str:
    """With a capital at the start."""
    return text[:1].upper() + text[1:]


def _with_tail(row: Paraphrase, rows: Sequence[Paraphrase], at: int) -> str:
    if at % 3:
        return _append(row.paraphrase, TAILS[at % len(TAILS)])
    other = rows[(at + 5) % len(rows)].paraphrase.rstrip(".")
    opening = other[0] if other[1].isupper() else other[0].lower()
    return _append(row.paraphrase, f", and {opening}{other[1:]}")


def _replace(row: Paraphrase, old: str, new: str) -> str:
    return capitalise(row.paraphrase.replace(old, new, 1))


def exchange(row: Paraphrase) -> str:
    """The paraphrase with its subject and its object in each other's place."""
    held = row.paraphrase.replace(row.subject, "\0", 1).replace(row.object, row.subject[0].lower() + row.subject[1:], 1)
    return capitalise(held.replace("\0", row.object))


def _swap_subject(row: Paraphrase, other: Paraphrase) -> str:
    if row.other:
        return _replace(row, row.subject, row.other)
    return exchange(row) if row.object else _replace(row, row.subject, other.subject)


def _swap_object(row: Paraphrase, other: Paraphrase) -> str:
    if not row.object:
        return ""
    return _replace(row, row.object, row.other or other.object or other.subject)


def _change_number(row: Paraphrase, at: int) -> str:
    numbers = list(re.finditer(r"(?<![\w.-])\d[\d,]*(?:\.\d+)?", row.paraphrase))
    if not numbers:
        tail = (" by 37%", " on 12 data sets", " in 1,500 cases", " in seven of nine tests")[at % 4]
        return _append(row.paraphrase, tail)
    chosen = numbers[at % len(numbers)]
    digits = chosen[0]
    changed = re.sub(r"[1-9]", lambda digit: str(int(digit[0]) % 9 + 1), digits, count=1)
    return row.paraphrase[: chosen.start()] + changed + row.paraphrase[chosen.end() :]


def _change_unit(row: Paraphrase, at: int) -> str:
    for old, new in UNITS:
        changed = re.sub(rf"(?<=\d)(\s?){re.escape(old)}", rf"\1{new}", row.paraphrase, count=1)
        if changed != row.paraphrase:
            return " ".join(changed.split())
    unit = OTHER_UNITS[at % len(OTHER_UNITS)]
    return re.sub(r"(?<![\w.-])(\d[\d,]*(?:\.\d+)?) [a-z-]+\b(?! \d)", rf"\1 {unit}", row.paraphrase, count=1)


def _negate(row: Paraphrase, at: int) -> str:
    after = row.paraphrase.index(row.subject) + len(row.subject) if row.subject in row.paraphrase else 0
    head, tail = row.paraphrase[:after], row.paraphrase[after:]
    if " not " in tail or "cannot" in tail:
        return head + tail.replace("cannot", "can", 1).replace(" not ", " ", 1)
    if re.match(rf" {AUXILIARIES}\b", tail):
        return head + re.sub(rf"^( {AUXILIARIES})\b", rf"\1 {('not', 'never')[at % 2]}", tail)
    return f"{head} {('never', 'by no means', 'hardly', 'no longer')[at % 4]}{tail}" if after else ""


def _compare(row: Paraphrase, at: int) -> str:
    for pair in COMPARATIVES.split("|"):
        old, new = pair.split()
        changed = re.sub(rf"\b{old}\b", new, row.paraphrase, count=1)
        if changed != row.paraphrase:
            return changed
    tail = (" twice as much as before", " more than ever before", " better than all others", " far less than expected")
    return _append(row.paraphrase, tail[at % 4])


def _praise(row: Paraphrase, at: int) -> str:
    if at % 2:
        return _append(row.paraphrase, PRAISE_AFTER[at // 2 % len(PRAISE_AFTER)])
    word = PRAISE_BEFORE[at // 2 % len(PRAISE_BEFORE)]
    subject = re.sub(r"^((?:the|this|these|an?)\s)?", rf"\1{word} ", row.subject, count=1, flags=re.IGNORECASE)
    return _replace(row, row.subject, subject)


def _merge(row: Paraphrase, other: Paraphrase, at: int) -> str:
    if at % 2 and row.object and other.object:
        return _replace(row, row.object, other.object)
    return "" if GENERIC.match(row.subject) else _replace(other, other.subject, row.subject)
