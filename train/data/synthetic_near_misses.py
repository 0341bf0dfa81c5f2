"""Near misses: questions that a paper could answer and its abstract does not.

They ask for a fact that a similar paper states, or for details that papers have and abstracts seldom give. A text
counts as not answering when a significant word of the question is missing from it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from train.data.abstracts import Abstract
from train.data.examples import Example
from train.data.synthetic_questions import as_typed, find_facts

_TRANSPLANTED = ("count", "gain", "value", "does", "how", "tested")
_DETAILS = tuple(
    detail.strip()
    for detail in """
    how many GPUs; how many GPU hours; how many parameters; how many annotators; how many participants; how many epochs;
    how many layers; how many attention heads; how many languages; how many training samples; how many tokens;
    how many test questions; how many random seeds; how many raters; how many hours of audio; how many videos;
    how many patients; how many sites; how many runs; how many baselines; how many steps; how many tasks;
    what learning rate; what batch size; which optimizer; what dropout rate; which tokenizer; what context length;
    what vocabulary size; which vision encoder; which backbone; which language model; which simulator; which hardware;
    which GPU; which licence; which loss; what sampling rate; what temperature; what inference latency; what memory;
    what training time; what cost; what accuracy; what F1 score; what win rate; what BLEU score; what word error rate;
    what perplexity; what p-value; what confidence interval; what effect size; what sample size; what follow-up time;
    what dose; which instrument; what wavelength; what resolution; which catalogue; which detector; what inter-annotator
    agreement; which institution; which funding agency; which programming language; which web search; which annotation
    tool; which crowdsourcing platform; which baseline; which prompt; which retriever; which judge; what throughput
    """.replace("\n", " ").split(";")
)
_USED = (" {was} used for {it}", " {was} used in {it}", " does {it} use", " {was} needed for {it}", " does {it} have")
_WORD = re.compile(r"[A-Za-z]{4,}")
_PLAIN = frozenset(
    "what which does many much were with from that this used uses paper method model have reach reported between "
    "they their authors evaluated trained needed improve reduce increase outperform study work".split()
)
_DETAIL_SHARE = 0.25
"""Share of the abstracts that are asked for a detail."""
_SUBJECT = re.compile(r"\b(?:for|of|on|in|with|via|using|by|from|through|under)\b")


def synthetic_near_misses(of: Sequence[Abstract], nearest: Sequence[int], chance: random.Random) -> Iterator[Example]:
    for place, abstract in enumerate(of):
        other = of[nearest[place]]
        found = [*_transplanted(abstract, other, chance)]
        chance.shuffle(found)
        asked = [("transplanted", question) for question in found[:2]]
        if chance.random() < _DETAIL_SHARE:
            asked.append(("detail", _detail(abstract, chance)))
        for kind, question in asked:
            if not _has_all_words(abstract, question):
                yield Example(
                    task="span", query=question, title=abstract.title, text=abstract.text, source=f"made/{kind}"
                )


def _transplanted(abstract: Abstract, other: Abstract, chance: random.Random) -> Iterator[str]:
    """Questions on facts of ``other``, asked of ``abstract``."""
    text = abstract.text.casefold()
    for sentence in other.sentences:
        for kind, question, match in find_facts(sentence, abstract.name or _topic(abstract, chance), chance):
            if kind in _TRANSPLANTED and match["answer"].casefold() not in text:
                yield question


def _detail(abstract: Abstract, chance: random.Random) -> str:
    it = abstract.name or _topic(abstract, chance)
    detail = " ".join(chance.choice(_DETAILS).split())
    if chance.random() < 0.3:
        plain = detail.removeprefix("how many ").removeprefix("what ").removeprefix("which ")
        return f"{it} {plain}" if chance.random() < 0.5 else f"{plain} {it}"
    was = "were" if detail.startswith("how many") else "was"
    return as_typed(f"{detail}{chance.choice(_USED).format(it=it, was=was)}", chance)


def _topic(abstract: Abstract, chance: random.Random) -> str:
    """A replacement for the name: the first words of the title, or "the paper"."""
    words = _SUBJECT.split(abstract.title)[0].split()
    if 2 <= len(words) <= 5 and chance.random() < 0.6:
        return f"the {' '.join(words).lower()} {chance.choice(['paper', 'work', 'study'])}"
    return chance.choice(["the paper", "the method", "the study"])


def _has_all_words(abstract: Abstract, question: str) -> bool:
    """Whether the text has all significant words of the question, compared by their first letters."""
    read = f"{abstract.title} {abstract.text}".casefold()
    words = [word for word in _WORD.findall(question.casefold()) if word not in _PLAIN]
    return all(word[:5] in read for word in words)
