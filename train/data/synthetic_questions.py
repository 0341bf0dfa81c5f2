"""Questions derived from sentences of abstracts, without a language model.

A fact of a known form (a number of things, a gain in percent, an abbreviation, a name, a purpose) gives a question and
its answer; other sentences give cloze questions. Each question also gives a near miss: it is asked of the nearest other
paper, or of the same abstract without the answering sentence.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from train.data.abstracts import Abstract
from train.data.examples import Example
from train.data.open_datasets import remove_answers

_NUMBER = (
    r"(?P<answer>(?:over |about |more than |up to )?\d[\d,]*(?:\.\d+)?(?:\s?(?:K|M|B|k|million|billion|thousand))?\+?)"
)
_COUNT = re.compile(
    rf"(?<![\w.$-]){_NUMBER} (?P<things>(?:[a-z][a-z-]+ ){{0,3}}[a-z][a-z-]*[a-rt-z]s)\b(?! (?:of|per)\b)"
)
_GAIN = re.compile(
    r"\b(?P<verb>outperforms|surpasses|exceeds|improves|reduces|increases|decreases|accelerates|lowers|boosts) "
    r"(?P<what>[^.;:]{8,90}?) by (?:about |over |more than |up to |as much as |an average of )?"
    r"(?P<answer>\d+(?:\.\d+)?\s?(?:%|×|x|times|points|percentage points|BLEU|dB)?)"
)
_VALUE = re.compile(
    r"\b(?:an?|the) (?P<what>(?:[\w-]+ ){0,3}(?:accuracy|score|rate|error|AUC|recall|precision|latency|speedup|F1)) of "
    r"(?:about |over |up to )?(?P<answer>\d+(?:\.\d+)?\s?(?:%|ms|×|x)?)"
)
_STANDS_FOR = re.compile(r"\b(?P<answer>(?:[A-Za-z][\w-]* ){1,5}[A-Za-z][\w-]*) \((?P<short>[A-Z][A-Za-z]*[A-Z]s?)\)")
_CALLED = re.compile(
    r"\b(?P<what>[a-z][a-z-]*(?: [a-z][a-z-]*){0,2}),? (?:called|named|dubbed|termed) "
    r"(?P<answer>[A-Z][\w.+-]*(?: [A-Z][\w-]*){0,3})"
)
_IS = re.compile(
    r"\bwe (?:propose|introduce|present|develop) (?P<what>[A-Z][\w.+-]*(?: \([^)]*\))?), "
    r"(?P<answer>an? [^.;]{20,140}?)(?=[.;]|, (?:which|that|to)\b)"
)
_PURPOSE = re.compile(
    r"^To (?P<what>[a-z]+ [^,]{10,90}), we (?P<verb>propose|introduce|present|develop|use|design) "
    r"(?P<answer>[^.;]{10,140}?)(?=[.;]|, (?:which|that)\b)"
)
_DOES = re.compile(
    r"^(?:[^,]{0,60}, )?(?P<subject>[Ww]e|[Ii]t|(?:[Tt]his|[Tt]he|[Oo]ur) "
    r"(?:paper|work|dataset|benchmark|model|framework|method)|[A-Z][\w.+-]*) "
    r"(?P<verb>uses?|employs?|adopts?|leverages?|combines?|requires?|contains?|comprises|includes?|covers?|provides?|"
    r"achieves?|integrates?|exploits?|analy[sz]es?|collects?|studies|releases?) "
    r"(?P<answer>[^.;:,]{4,110}?) (?P<rest>(?:to|for|from|on|in|with|across|during) [^.;:,]{6,90})(?=[.;:,])"
)
_HOW = re.compile(
    r"\b(?P<verb>improves?|reduces?|increases?|addresses|address|mitigates?|tackles?|solves?|enables?|avoids?|"
    r"achieves?|overcomes?) (?P<what>[^.;:,]{6,80}?),? "
    r"(?P<answer>(?:by|through|via) [^.;:]{10,140}?)(?=[.;:]|, (?:which|and)\b)"
)
_TESTED = re.compile(
    r"\b(?:evaluate|evaluated|test|tested|validate|validated|trained|train|pre-trained|fine-tuned) "
    r"(?P<what>[^.;:,]{0,60}? )?on (?P<answer>[^.;:]{4,110}?)(?=[.;:]|, (?:which|where|and show|showing|achieving)\b)"
)
_ANAPHORA = re.compile(r"\b(?:this|these|that|those|above|such|it|they)\b", re.IGNORECASE)
_PHRASE = re.compile(
    r"\b(?:of|on|in|with|from|for|using|by|via|through) "
    r"(?P<answer>(?:(?:the|a|an) )?(?:[\w-]+ ){0,3}[\w-]{4,})"
    r"(?=[,.;)]| (?:and|to|that|which|for|of|in|on|with)\b)"
)
_FILLERS = frozenset(
    "the a an of in on to for with and is are was were be that which by as at from our we this it".split()
)
_PLAIN = {"studies": "study", "addresses": "address", "address": "address"}
_SHORT_FORMS = 0.4
"""Share of the explained abbreviations that give a question, as they outnumber all other facts."""
_EVERY = 3
"""One in this many of the sentences without a known fact gives a cloze question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _FactQuestion:
    question: str
    start: int
    end: int
    source: str


def synthetic_questions(of: Sequence[Abstract], nearest: Sequence[int], chance: random.Random) -> Iterator[Example]:
    for place, abstract in enumerate(of):
        other = of[nearest[place]]
        asked = [one for number in range(len(abstract.spans)) for one in _fact_questions(abstract, number, chance)]
        chance.shuffle(asked)
        for one in asked[:3]:
            answer = abstract.text[one.start : one.end]
            yield Example(
                task="span",
                query=one.question,
                title=abstract.title,
                text=abstract.text,
                spans=((one.start, one.end),),
                source=one.source,
            )
            yield from _near_misses(one, answer, abstract, other, chance)


def _near_misses(
    one: _FactQuestion, answer: str, abstract: Abstract, other: Abstract, chance: random.Random
) -> Iterator[Example]:
    shorter = remove_answers(abstract.text, [answer])
    if shorter and chance.random() < 0.6:
        yield Example(task="span", query=one.question, title=abstract.title, text=shorter, source=f"{one.source}/cut")
    elif answer.casefold() not in other.text.casefold():
        yield Example(task="span", query=one.question, title=other.title, text=other.text, source=f"{one.source}/other")


def _fact_questions(abstract: Abstract, number: int, chance: random.Random) -> Iterator[_FactQuestion]:
    start, end = abstract.spans[number]
    sentence = abstract.text[start:end]
    found = [*find_facts(sentence, abstract.name, chance)]
    for kind, question, match in found:
        yield _FactQuestion(
            question=question,
            start=start + match.start("answer"),
            end=start + match.end("answer"),
            source=f"made/{kind}",
        )
    if not found and chance.random() < 1 / _EVERY:
        phrases = [*_PHRASE.finditer(sentence)]
        if phrases:
            match = chance.choice(phrases)
            yield _FactQuestion(
                question=_cloze_question(sentence, match, chance),
                start=start + match.start("answer"),
                end=start + match.end("answer"),
                source="made/phrase",
            )


def find_facts(sentence: str, name: str, chance: random.Random) -> Iterator[tuple[str, str, re.Match[str]]]:
    """The facts of known forms in a sentence: kind, question, and the match with the group ``answer``.

    ``name`` is the paper's name, if it has one.
    """
    of_it = [f" in {name}", f" does {name} have", f" are in {name}", f" does {name} use"] if name else []
    for match in _COUNT.finditer(sentence):
        rest = _words_after(sentence, match)
        tail = chance.choice([*of_it, rest, " are there", " are used", " were considered"])
        yield "count", as_typed(f"how many {match['things']}{tail}", chance), match
    for match in _GAIN.finditer(sentence):
        yield "gain", as_typed(f"by how much does {name or 'it'} {_stem(match['verb'])} {match['what']}", chance), match
    for match in _VALUE.finditer(sentence):
        of_what = f" does {name} reach" if name else chance.choice([" is reached", " is reported", " does it have"])
        yield "value", as_typed(f"what {match['what']}{of_what}", chance), match
    for match in _STANDS_FOR.finditer(sentence):
        if (long := _long_form(sentence, match)) and chance.random() < _SHORT_FORMS:
            yield "stands_for", as_typed(f"what does {match['short']} stand for", chance), long
    for match in _CALLED.finditer(sentence):
        yield "called", as_typed(f"what is the {match['what']} called", chance), match
    for match in _IS.finditer(sentence):
        yield "is", as_typed(f"what is {match['what']}", chance), match
    for match in _DOES.finditer(sentence):
        verb = _stem(match["verb"])
        who = name or (match["subject"] if match["subject"][0].isupper() and " " not in match["subject"] else "")
        subject = who if who and who not in ("We", "It") else "the paper"
        yield "does", as_typed(f"what does {subject} {verb} {match['rest']}", chance), match
    for match in _HOW.finditer(sentence):
        if not _ANAPHORA.search(match["what"]):
            subject = name or chance.choice(["the method", "the paper", "it"])
            yield "how", as_typed(f"how does {subject} {_stem(match['verb'])} {match['what']}", chance), match
    for match in _TESTED.finditer(sentence):
        verb = "trained" if "train" in match[0][:9] else "evaluated"
        subject = name or chance.choice(["it", "the method", "the model"])
        which = chance.choice(["what", "which data", "which datasets"])
        yield "tested", as_typed(f"on {which} is {subject} {verb}", chance), match
    for match in _PURPOSE.finditer(sentence):
        if _ANAPHORA.search(match["what"]):
            continue
        subject = chance.choice(["is proposed", "do the authors propose", "is used"])
        yield "purpose", as_typed(f"what {subject} to {match['what']}", chance), match


def _long_form(sentence: str, match: re.Match[str]) -> re.Match[str] | None:
    """The words before the abbreviation whose initials it consists of."""
    letters = match["short"].removesuffix("s").casefold()
    words = match["answer"].split()[-len(letters) :]
    if "".join(word[0] for word in words).casefold() != letters:
        return None
    return re.compile(rf"(?P<answer>{re.escape(' '.join(words))})").search(sentence, match.start())


def _stem(verb: str) -> str:
    return _PLAIN.get(verb, verb.removesuffix("s"))


def _words_after(sentence: str, match: re.Match[str]) -> str:
    """The next words, to tell several numbers apart."""
    following = sentence[match.end() :].split()[:6]
    return (" " + " ".join(following)).rstrip(" .,;:")


def _cloze_question(sentence: str, match: re.Match[str], chance: random.Random) -> str:
    """The sentence with a question word for the phrase, and with some function words dropped."""
    question_word = chance.choice(["what", "which", "what"])
    before = sentence[: match.start("answer")].split()[-chance.randint(5, 12) :]
    after = sentence[match.end("answer") :].split()[: chance.randint(0, 5)]

    def kept(words: list[str]) -> list[str]:
        return [word for word in words if word.casefold() not in _FILLERS or chance.random() < 0.6]

    if chance.random() < 0.5:
        return as_typed(" ".join([*kept(before), question_word, *kept(after)]), chance)
    return as_typed(" ".join([question_word, *kept(after), *kept(before)]), chance)


def as_typed(question: str, chance: random.Random) -> str:
    """The question as users type it: with a capital and a question mark, or without."""
    plain = question.strip(" .,;:")
    if chance.random() < 0.3:
        return plain.lower()
    return f"{plain[:1].upper()}{plain[1:]}?"
