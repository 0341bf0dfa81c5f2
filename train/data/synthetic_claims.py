"""Claims derived from sentences of abstracts: as they are, contradicted, and from another paper.

A result and its opposite (another number, a negation added or removed, another direction) are combined in all four
ways, so that neither the claim nor the evidence alone tells the stance.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence

from train.data.abstracts import Abstract
from train.data.examples import CONTRADICT, NEITHER, SUPPORT, Example

_LEAD = re.compile(
    r"^(?:(?:Our |The |Extensive |Empirical |Experimental |Numerical )*"
    r"(?:experiments|results|analysis|findings|simulations|evaluations?)"
    r"[^,]{0,60}? (?:show|demonstrate|reveal|indicate|suggest|confirm)s?"
    r"|We (?:also |further |then )?(?:show|find|demonstrate|observe|prove|report|conclude)) that ",
)
_OPENING = re.compile(
    r"^(?:However|Moreover|Furthermore|In addition|Additionally|In particular|Finally|Specifically|Importantly|"
    r"Notably), "
)
_OURS = re.compile(r"\b[Oo]ur (?:proposed |new |novel )?(?:method|model|approach|framework|algorithm|system)\b")
_RESULT = re.compile(
    r"\b(?:show|find|demonstrat|observ|outperform|improv|increas|decreas|reduc|higher|lower|better|worse|more|less|fewer|"
    r"achiev|\d+(?:\.\d+)?\s?%|is|are|can|cannot|does|do|leads?|causes?)\w*\b"
)
_DIGITS = re.compile(r"(?<![\w.-])\d+(?:\.\d+)?(?![\w-])")
_DIRECTIONS = [
    tuple(pair.split("/"))
    for pair in (
        "increases/decreases increase/decrease increased/decreased increasing/decreasing higher/lower more/less "
        "better/worse improves/degrades improve/degrade improved/degraded larger/smaller faster/slower stronger/weaker "
        "outperforms/underperforms outperform/underperform positive/negative positively/negatively longer/shorter "
        "greater/smaller gain/loss superior/inferior enhances/impairs enhance/impair enhanced/impaired early/late "
        "maximum/minimum best/worst most/least above/below before/after sufficient/insufficient efficient/inefficient "
        "necessary/unnecessary stable/unstable possible/impossible"
    ).split()
]
_OPPOSITES = {one: other for pair in _DIRECTIONS for one, other in (pair, pair[::-1])}
_WORD = re.compile(r"[A-Za-z]+")
_VERB = re.compile(r"\b(is|are|was|were|can|could|will|does|do|has|have|should|may|must)\b(?! not\b)")
_THIRD = re.compile(
    r"\b(?P<verb>improve|increase|decrease|reduce|outperform|achieve|require|provide|enable|allow|lead|cause|support|affect|depend|produce|yield|exhibit|exceed|hold|admit)s\b"
)
_NOT = re.compile(r"\b(is|are|was|were|can|could|will|does|do|has|have|should|may|must) not ")
_AROUND = 2  # sentences on each side of the deciding one …
_WHOLE = 0.25  # … but for this share the whole abstract
_NUMBERS_FIRST = 0.6  # share of sentences in which a number is tried first
_LONGEST = 320


def synthetic_claims(of: Sequence[Abstract], nearest: Sequence[int], chance: random.Random) -> Iterator[Example]:
    for place, abstract in enumerate(of):
        results = [number for number, text in enumerate(abstract.sentences) if _is_result(text)]
        for number in chance.sample(results, min(2, len(results))):
            yield from _claim_examples(abstract, number, of[nearest[place]], chance)


def _is_result(sentence: str) -> bool:
    return 40 <= len(sentence) <= _LONGEST and bool(_RESULT.search(sentence)) and not sentence.endswith("?")


def _claim_examples(abstract: Abstract, number: int, other: Abstract, chance: random.Random) -> Iterator[Example]:
    said = abstract.sentences[number]
    claim = _claim_text(said, abstract.name, chance)
    turned = _contradict(said, chance)
    before, after = _window(abstract, number, chance)

    def example(query: str, middle: str, stance: int, kind: str) -> Example:
        text = " ".join(piece for piece in (before, middle, after) if piece)
        title = abstract.title if chance.random() < 0.7 else ""
        return Example(task="stance", query=query, title=title, text=text, stances=(stance,), source=f"made/{kind}")

    yield example(claim, said, SUPPORT, "as_said")
    if turned:
        kind, opposite = turned
        opposite_claim = _claim_text(opposite, abstract.name, chance)
        yield example(opposite_claim, said, CONTRADICT, kind)
        if chance.random() < 0.5:
            yield example(claim, opposite, CONTRADICT, kind)
            yield example(opposite_claim, opposite, SUPPORT, kind)
    if (before or after) and chance.random() < 0.4:
        yield example(claim, "", NEITHER, "claim_cut")
    if chance.random() < 0.5:
        text = " ".join(other.sentences[-5:])
        yield Example(
            task="stance", query=claim, title=other.title, text=text, stances=(NEITHER,), source="made/claim_other"
        )


def _window(abstract: Abstract, number: int, chance: random.Random) -> tuple[str, str]:
    sentences = abstract.sentences
    near, far = chance.randint(0, _AROUND), chance.randint(0, _AROUND)
    if chance.random() < _WHOLE:
        near = far = len(sentences)
    return " ".join(sentences[max(0, number - near) : number]), " ".join(sentences[number + 1 : number + 1 + far])


def _claim_text(sentence: str, name: str, chance: random.Random) -> str:
    """The claim as a sentence of its own: without "our results show that", "we" and parentheses."""
    text = _OPENING.sub("", sentence)
    text = _LEAD.sub("", text) if chance.random() < 0.8 else text
    if name:
        text = _OURS.sub(name, text)
    if chance.random() < 0.7:
        text = re.sub(r" \([^)]{1,60}\)", "", text)
    if chance.random() < 0.3 and ", " in text and (shorter := text.rsplit(", ", 1)[0]) and len(shorter) > 60:
        text = f"{shorter}."
    return f"{text[:1].upper()}{text[1:]}"


def _contradict(sentence: str, chance: random.Random) -> tuple[str, str] | None:
    ways: list[tuple[str, Callable[[str, random.Random], str]]] = [
        ("number", _other_number),
        ("direction", _other_direction),
        ("negation", _negated),
    ]
    chance.shuffle(ways)
    if chance.random() < _NUMBERS_FIRST:
        ways.sort(key=lambda way: way[0] != "number")
    for kind, turn in ways:
        turned = turn(sentence, chance)
        if turned and turned != sentence:
            return kind, turned
    return None


def _other_number(sentence: str, chance: random.Random) -> str:
    found = [*_DIGITS.finditer(sentence)]
    if not found:
        return ""
    match = chance.choice(found)
    value = float(match[0])
    other = value * chance.choice([0.1, 0.3, 0.5, 0.8, 1.2, 1.5, 2, 3, 10]) + chance.choice([0, 1])
    decimals = len(match[0].partition(".")[2])
    written = f"{other:.{decimals}f}"
    return "" if written == match[0] else f"{sentence[: match.start()]}{written}{sentence[match.end() :]}"


def _other_direction(sentence: str, chance: random.Random) -> str:
    found = [match for match in _WORD.finditer(sentence) if match[0].casefold() in _OPPOSITES]
    if not found:
        return ""
    match = chance.choice(found)
    other = _OPPOSITES[match[0].casefold()]
    written = other.capitalize() if match[0][0].isupper() else other
    return f"{sentence[: match.start()]}{written}{sentence[match.end() :]}"


def _negated(sentence: str, chance: random.Random) -> str:
    if _NOT.search(sentence):
        return _NOT.sub(r"\1 ", sentence, count=1)
    if third := _THIRD.search(sentence):
        return f"{sentence[: third.start()]}does not {third['verb']}{sentence[third.end() :]}"
    found = [*_VERB.finditer(sentence)]
    if not found:
        return ""
    match = chance.choice(found)
    return f"{sentence[: match.end()]} not{sentence[match.end() :]}"
