"""What the papers of a survey say: each sentence as a quote, with its role, its vector and how well it stands alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from paperchat.retrieval.sentence_vectors import SentenceIndex
from paperchat.storage.library import Library
from paperchat.survey.scope import Read
from paperchat.survey.sentence_roles import INLINE_HEADING, Role, Strengths, leading, role_under, strengths
from paperchat.survey.stages import Clock
from paperchat.text.prompt_injection import suspicions
from paperchat.text.sentences import sentence_spans
from paperchat.types import Passage, Quote, StoredPaper

_LEANS_ON_A_NOUN = re.compile(
    r"^(?:(?:more |most )?\w+ly,? )?(?:it|they|its|their|such|this|these|those|that|he|she|both|each|the (?:former|"
    r"latter|same|two|three|above|"
    r"resulting|remaining|corresponding|other|others))\b(?! (?:paper|work|study|article|review|survey|report|letter|"
    r"thesis|tutorial|chapter|is (?:the|a) first))",
    re.IGNORECASE,
)
_LEANS_IN_A_CLAUSE = re.compile(
    r"^(?:\w+ing (?:this|these|that|those|such|the above) |(?:most|many|some|all|none|few|several) of (?:them|these|"
    r"those)\b|"
    r"the reason (?:is|for this)\b)|"
    r"^(?:while|although|though|despite|because|since|when|if|as|by|given|unlike|in|for|to|with)\s+(?:\w+ing )?"
    r"(?:it|its|they|their|them|this|these|those|such|both|he|she)\b(?! (?:paper|work|study|article|review|survey))",
    re.IGNORECASE,
)
_SAYS_NO_SUBJECT = re.compile(
    r"^(?:while|although|though|despite|unlike)\s+(?:being |often |highly |largely |architecturally |conceptually )*"
    r"(?:effective|promising|appealing|useful|powerful|successful|popular|simple|efficient|straightforward|impressive|"
    r"accurate|fast|valuable|elegant)\b[^,]*,\s+(?:it|they|these|this|such|its|their)\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"^(?:however|moreover|furthermore|therefore|thus|hence|consequently|additionally|in addition|besides|also|then|"
    r"next|finally|lastly|first(?:ly)?|second(?:ly)?|third(?:ly)?|specifically|in particular|in contrast|by contrast|"
    r"conversely|rather|instead|nevertheless|nonetheless|meanwhile|similarly|likewise|as a result|as such|accordingly|"
    r"for (?:example|instance)|e\.g|i\.e|that is|to this end|to (?:address|overcome|tackle|solve|mitigate|bridge|fill|"
    r"remedy|achieve|resolve|alleviate|explore|answer|test) (?:this|these|that|it|them|both)|and|but|or|so|yet|"
    r"on the (?:other|one) hand|more (?:importantly|specifically)|notably|importantly|indeed|in fact|here|otherwise|"
    r"with (?:this|these)|(?:for|in) each of (?:them|these|those)|based on (?:this|these)|building on (?:this|these)|"
    r"using (?:this|these|our)|in doing so|"
    r"at its core|in (?:this|these) (?:case|setting|context|way)s?|under (?:this|these)|from (?:this|these))\b",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    r"\b(?:(?:this|these|those|such)(?! as\b)(?! (?:a |an )?(?:paper|work|study|article|review|survey|report|letter))|"
    r"the former|the latter|as (?:above|before)|aforementioned|the above|the two|"
    r"(?:built|based|building) (?:up)?on this|challenge \(\w+\))\b",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.!?…][\"'”’)\]]*\Z")
_GLUED = re.compile(r"[a-z)]{2}[.?!][A-Z][a-z]")
_BULLET = re.compile(r"^\W*(?:\(?(?:\d{1,2}|[ivx]{1,4}|[a-d])[.)]|[-•*])\s")
_SHORTEST_STATEMENT, _LONGEST = 8, 45
"""In words; a sentence beyond is hard to read out of its place."""


def standing(sentence: str) -> float:
    """From 1, for a sentence that says by itself what it is about, down to 0."""
    value = 1.0
    if _LEANS_ON_A_NOUN.search(sentence):
        value -= 0.7
    elif _LEANS_IN_A_CLAUSE.search(sentence) or _SAYS_NO_SUBJECT.search(sentence):
        value -= 0.6
    elif goes_on := _GOES_ON.search(sentence):
        rest = sentence[goes_on.end() :].lstrip(", ")
        value -= 0.85 if _LEANS_ON_A_NOUN.search(rest) or _LEANS_IN_A_CLAUSE.search(rest) else 0.45
    if back := _POINTS_BACK.search(sentence):
        # Late in a sentence it may point to what the sentence itself has said.
        value -= 0.4 if back.start() < len(sentence) / 2 else 0.15
    count = len(sentence.split())
    if count < _SHORTEST_STATEMENT:
        value -= 0.1 * (_SHORTEST_STATEMENT - count)
    if count > _LONGEST:
        value -= 0.02 * (count - _LONGEST)
    if not _ENDS.search(sentence) or _GLUED.search(sentence) or _BULLET.search(sentence):
        value -= 0.4
    if sentence[:1].islower() or sentence.count("(") != sentence.count(")"):
        value -= 0.3
    if INLINE_HEADING.search(sentence):
        value -= 0.1
    return max(value, 0.0)


def is_prose(sentence: str) -> bool:
    """Whether it is a sentence at all, and no heading, caption, formula or scrap of a table."""
    words = re.findall(r"[^\W\d_]{2,}", sentence)
    letters = sum(letter.isalpha() or letter.isspace() for letter in sentence)
    return len(words) >= 5 and letters >= 0.7 * len(sentence) and bool(_ENDS.search(sentence))


Vector = NDArray[np.float32]

_BATCH = 20
"""So many papers between two looks at whether to stop."""
_ON_LIMITS = 2
"""So many passages under a heading such as "Limitations" are read of each full text, however little they match."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Statement:
    """A sentence of a paper.

    ``alone`` is how well it can be understood by itself, ``relevance`` its paper's for the topic, both in [0, 1];
    ``topical`` is its own cosine with the topic. ``suspicious``: its passage speaks to a machine up to its end.
    """

    quote: Quote
    text: str
    paper: StoredPaper
    role: Role
    strengths: Strengths
    vector: Vector
    alone: float
    relevance: float
    topical: float
    suspicious: bool

    def clear(self, role: Role, *, beside: Sequence[Role] = ()) -> float:
        """How clearly it has this role rather than any other but those ``beside`` it, in [-1, 1]."""
        others = max(value for name, value in self.strengths.items() if name != role and name not in beside)
        return min(max((self.strengths[role] - others) / 4, -1.0), 1.0)


class Statements:
    """Takes papers apart into statements; safe to share between threads."""

    def __init__(self, *, library: Library, index: SentenceIndex) -> None:
        self._library = library
        self._index = index

    def read(
        self,
        papers: Sequence[Read],
        topic: Vector,
        *,
        clock: Clock,
    ) -> dict[str, list[Statement]]:
        """The statements of each paper by its id, in the order in which they stand there.

        Args:
            topic: its vector by the embedded encoder.

        Raises:
            StoppedError: the work is to end.
        """
        found: dict[str, list[Statement]] = {}
        for start in range(0, len(papers), _BATCH):
            clock.at(start, len(papers))
            batch = [(read, self._passages(read)) for read in papers[start : start + _BATCH]]
            vectors = self._index.vectors([passage for _, passages in batch for passage in passages])
            for read, passages in batch:
                found[read.paper.paper_id] = [
                    statement
                    for passage in passages
                    for statement in _statements(read, passage, vectors[passage.passage_id], topic)
                ]
        clock.at(len(papers), len(papers))
        return found

    def _passages(self, read: Read) -> tuple[Passage, ...]:
        if not any(passage.basis == "full_text" for passage in read.passages):
            return read.passages
        known = {passage.passage_id for passage in read.passages}
        on_limits = [
            passage
            for passage in self._library.passages_of(read.paper.paper_id)
            if passage.basis == "full_text" and role_under(passage.section) == "limitation"
        ]
        return (*read.passages, *(one for one in on_limits[:_ON_LIMITS] if one.passage_id not in known))


def _statements(read: Read, passage: Passage, vectors: NDArray[np.float32], topic: Vector) -> Iterator[Statement]:
    spans = sentence_spans(passage.text)
    texts = [passage.text[start:end] for start, end in spans]
    heading = passage.section if passage.basis == "full_text" else ""
    speaks_to_machines = bool(suspicions(passage.text))
    for span, text, scores, vector in zip(spans, texts, strengths(texts, heading=heading), vectors, strict=True):
        if is_prose(text):
            yield Statement(
                quote=Quote(passage=passage, start=span[0], end=span[1]),
                text=text,
                paper=read.paper,
                role=leading(scores),
                strengths=scores,
                vector=vector,
                alone=standing(text) * (1.0 if passage.basis == "abstract" else 0.8),
                relevance=read.relevance,
                topical=float(vector @ topic),
                suspicious=speaks_to_machines and bool(suspicions(passage.text[: span[1]])),
            )


MOST = 200
"""In characters; a sentence up to here is left whole."""
_BORDER = re.compile(
    r"(?:;|:(?!\S)|,(?=\s(?:and (?:we|it|that|then|the|our|a|an|is|are|was|were|can|has|have|show\w*|demonstrat\w+|"
    r"achiev\w+|outperform\w*|provid\w+|propos\w+)|but|while|whereas|which|where|thereby|thus|yet|so|because|since|"
    r"although|though|with|without|leading|resulting|enabling|achieving|demonstrating|outperforming|surpassing|"
    r"providing|making|allowing|suggesting|indicating|using|reducing|improving|increasing|showing|yielding|"
    r"revealing|including|we|our|it|there|this|these|they|a|an|the)\b)|\s[–—-](?=\s)|—)\s*(?:(?:and|but|while|whereas|yet|so)\s)?",
)
_BEFORE = re.compile(
    r"^(?:(?:however|moreover|furthermore|additionally|in addition|therefore|thus|hence|consequently|nevertheless|"
    r"nonetheless|finally|notably|importantly|specifically|in particular|to this end|here|overall|first|second|third|"
    r"firstly|secondly|lastly|in (?:this|our) (?:paper|work|study|article|review|survey|letter|report)|in conclusion|"
    r"in summary|as a result|surprisingly|remarkably|interestingly|besides|meanwhile|also|to (?:address|tackle|"
    r"overcome|solve|bridge|fill|mitigate|remedy|circumvent|resolve|alleviate) (?:this|these|that|it|the (?:above|"
    r"issues?|challenges?|problems?|gap|limitations?))[^,;:]{0,80}),\s+)+",
    re.IGNORECASE,
)
_SUBORDINATE = re.compile(
    r"(?:despite|while|although|though|since|as|when|if|because|by|given|to|after)\s", re.IGNORECASE
)
"""A clause that opens so says nothing without the next."""
_LEFT_HANGING = re.compile(r"\b(?:that|which|whether|if|when|while|where|and|but|or),\s[^,;]*$", re.IGNORECASE)
"""Begins to tell something and breaks off before it is said."""
_SHORTEST = 25
_BORDERS = 60
"""So many are looked at, since all runs between two of them are: no sentence has more, but what is made to last."""
_LEANS = re.compile(
    r"(?:which|where|with|without|thereby|thus|this|these|they|it|leading|resulting|enabling|achieving|reducing|making|"
    r"providing|using|allowing|demonstrating|outperforming|surpassing|indicating|suggesting|\(\w{1,3}\))\b",
    re.IGNORECASE,
)
_LEANING = 1.0
"""What it costs a clause that its subject stands before it."""
_CLOSE = {"(": ")", "[": "]", "{": "}"}


def best_clause(sentence: str, weight: Callable[[str], float], *, most: int = MOST) -> tuple[int, int]:
    """The span of the run of clauses with the most weight that has at most ``most`` characters.

    An opening such as "However," or a heading is left out. Where no clause is so short, the shortest with any weight is
    given; where the sentence has no borders, all of it.
    """
    heading = INLINE_HEADING.match(sentence)
    start = heading.end() if heading else 0
    if opening := _BEFORE.match(sentence[start:]):
        start += opening.end()
    if len(sentence) - start <= most:
        return start, len(sentence)
    starts, ends = [start], []
    for match in islice(_BORDER.finditer(sentence, start), _BORDERS):
        if _is_outside_brackets(sentence, start, match.start()):
            ends.append(match.start())
            starts.append(match.end())
    ends.append(len(sentence))
    runs = [
        (starts[first], ends[last])
        for first in range(len(starts))
        for last in range(first, len(ends))
        if ends[last] - starts[first] >= _SHORTEST
        and not (first == last and _SUBORDINATE.match(sentence, starts[first]))
        and not _LEFT_HANGING.search(sentence[starts[first] : ends[last]])
    ]
    short = [run for run in runs if run[1] - run[0] <= most]
    if not short:
        weighed = [run for run in runs if weight(sentence[slice(*run)]) > 0] or runs or [(start, len(sentence))]
        return min(weighed, key=lambda run: (run[1] - run[0], run[0]))
    # Of runs that weigh the same the earliest and, of those, the longest says most.
    return max(short, key=lambda run: (_worth(sentence[slice(*run)], weight), -run[0], run[1]))


def _worth(clause: str, weight: Callable[[str], float]) -> float:
    return weight(clause) - (_LEANING if _LEANS.match(clause) else 0.0)


def _is_outside_brackets(text: str, start: int, end: int) -> bool:
    part = text[start:end]
    return all(part.count(opening) <= part.count(closing) for opening, closing in _CLOSE.items()) and (
        part.count("$") % 2 == 0
    )
