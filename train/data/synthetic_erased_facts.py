"""Contrast pairs from abstracts: a question with the abstract that states a fact, and with the same abstract without
it.

"93.6% accuracy" becomes "high accuracy", "636 slides" becomes "slides".
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from train.data.abstracts import Abstract
from train.data.contrast_pairs import FIGURE, Fact, make_pair
from train.data.examples import Example
from train.data.question_templates import name_of_paper, words_after

_WORDED = r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|fifty|hundred)"
_ABOUT = r"(?:over |about |around |more than |up to |nearly |approximately |roughly |at least |an average of )?"
_SHARE_SIGN = r"(?:\s?\\?%| percent)"
_TIMES = r"(?:\s?(?:\$\\times\$|×|x\b)|-fold| times)"
_THINGS = r"(?:[a-z][a-z-]+ ){0,2}[a-z][a-z-]*[a-rt-z]s"

_COUNT = re.compile(
    rf"(?<![\w.$,-])(?P<answer>{_ABOUT}(?:{FIGURE}(?:\s?(?:K|M|B|k|million|billion|thousand)\b)?\+?|{_WORDED})) "
    rf"(?P<things>(?:of )?{_THINGS})\b(?! (?:of|per)\b)"
)
_GAIN = re.compile(
    r"\b(?P<verb>outperform|surpasse?|exceed|improve|reduce|increase|decrease|accelerate|lower|boost|cut|raise|shorten)"
    r"(?:s|d|ed|ing|es)? (?P<what>[^.;:,]{4,80}?)(?P<answer>,? by (?:about |over |more than |up to |as much as |"
    rf"an average of |nearly )?{FIGURE}(?:{_SHARE_SIGN}|{_TIMES}| (?:percentage )?points?| dB)?)"
)
_MEASURE = (
    r"(?:(?!(?:an?|the|with|of|and|by|in|on|for|to|is|are|we|achiev\w*) )[A-Za-z@\d-]+ ){0,2}"
    r"(?:accuracy|scores?|AUC|AUROC|mAP|F1|F1-score|IoU|mIoU|BLEU|PSNR|success rate|error rate|"
    r"win rate|recall|precision|pass@1|Dice|WER|correlation|agreement|sensitivity|specificity|reduction|improvement|"
    r"speedup|increase|decrease|gain|savings?)"
)
_REACHES = re.compile(
    r"\b(?:achiev|attain|reach|obtain|yield|deliver|report|show|record|gain|provid)(?:e|es|s|ed|ing)? "
    rf"(?:an? |the )?(?P<answer>{_ABOUT}{FIGURE}(?:{_SHARE_SIGN}|{_TIMES})?) (?:average )?(?P<what>{_MEASURE})\b"
)
_OF_VALUE = re.compile(
    rf"\b(?P<what>{_MEASURE})(?P<answer> (?:of|as (?:high|low) as|from) {_ABOUT}{FIGURE}"
    rf"(?:{_SHARE_SIGN}|{_TIMES}| ms| dB)?(?: to {FIGURE}(?:{_SHARE_SIGN})?)?)"
)
_SHARE = re.compile(rf"(?P<answer>{_ABOUT}{FIGURE}{_SHARE_SIGN}) of (?P<things>(?:the |all |its |their )?{_THINGS})\b")
_NAMED = re.compile(
    r"\b(?P<answer>(?:the )?[A-Z][\w.+-]*[A-Z\d][\w.+-]*(?: [A-Z\d][\w.+-]*){0,2}) "
    r"(?P<what>datasets?|benchmarks?|models?|corpus|encoder|robot|platform|framework|library|database|simulator|"
    r"algorithm|instrument|telescope|survey|detector)\b"
)
_DID = re.compile(
    r"\b(?P<verb>collect|use|train|evaluat|analy[sz]|compar|contain|comprise|includ|cover|releas|annotat|test|examin|"
    r"span|sampl|generat|curat|construct|gather|survey|review|recruit|interview|stud)(?:e|es|s|ed|d|y|ies|ied|ing)?\b"
)
_PASSIVE = {
    "evaluat": "evaluated", "analyz": "analyzed", "analys": "analysed", "compar": "compared", "includ": "included",
    "releas": "released", "annotat": "annotated", "sampl": "sampled", "generat": "generated", "curat": "curated",
    "span": "spanned", "use": "used", "comprise": "included", "stud": "studied", "examin": "examined",
}  # fmt: skip
_GREAT = ("high", "strong", "good", "competitive", "better", "significant")
_MANY = ("many", "most", "some", "a large share", "a small part")
_KINDS = ("a large", "an established", "an existing", "a standard", "a public")
_EACH = 3  # pairs of an abstract; counts come last, as they outnumber the others


def erased_fact_pairs(of: Sequence[Abstract], chance: random.Random) -> Iterator[Example]:
    for abstract in of:
        pairs = [
            (start, fact)
            for (start, _), sentence in zip(abstract.spans, abstract.sentences, strict=True)
            for fact in _find_facts(sentence, abstract, chance)
        ]
        chance.shuffle(pairs)
        for start, fact in sorted(pairs, key=lambda pair: pair[1].kind == "count")[:_EACH]:
            yield from make_pair(abstract, start, fact, chance, source="erased")


def _find_facts(sentence: str, abstract: Abstract, chance: random.Random) -> Iterator[Fact]:
    it = name_of_paper(abstract, chance)
    for find in (_counts, _gains, _values, _shares, _names):
        yield from (fact for fact in find(sentence, it, chance) if sentence[slice(*fact.answer)] != abstract.name)


def _counts(sentence: str, it: str, chance: random.Random) -> Iterator[Fact]:
    for match in _COUNT.finditer(sentence):
        things = match["things"].removeprefix("of ")
        after = words_after(sentence, match.end(), 6)
        forms = [
            f"how many {things}{after}",
            f"how many {things} does {it} {chance.choice(['have', 'use', 'cover', 'contain'])}",
            f"how many {things} are {chance.choice(['there', 'used'])} in {it}",
            f"{it} number of {things}",
        ]
        if did := [*_DID.finditer(sentence[: match.start()])][-1:]:
            verb = did[0]["verb"]
            forms += [f"how many {things} were {_PASSIVE.get(verb, verb + 'ed')}{words_after(after, 0, 4)}"] * 2
        yield Fact.of("count", chance.choice(forms), match)


def _gains(sentence: str, it: str, chance: random.Random) -> Iterator[Fact]:
    for match in _GAIN.finditer(sentence):
        verb = match["verb"].removesuffix("e") if match["verb"].startswith("surpass") else match["verb"]
        how = chance.choice(["by how much does", "how much does", "by what percentage does", "by what factor does"])
        after = chance.choice(["", words_after(sentence, match.end(), 5)])
        question = f"{how} {it} {verb} {match['what']}{after}"
        yield Fact(kind="gain", question=question, answer=_trimmed(sentence, match), erased=match.span("answer"))


def _values(sentence: str, it: str, chance: random.Random) -> Iterator[Fact]:
    for match in _REACHES.finditer(sentence):
        after = chance.choice(["", words_after(sentence, match.end(), 6)])
        forms = [
            f"what {match['what']} does {it} {chance.choice(['achieve', 'reach', 'get'])}{after}",
            f"{it} {match['what']}{after}",
            f"how high is the {match['what']} of {it}{after}",
        ]
        yield Fact.of("reached", chance.choice(forms), match, instead=chance.choice(_GREAT))
    for match in _OF_VALUE.finditer(sentence):
        after = chance.choice(["", words_after(sentence, match.end(), 6)])
        question = chance.choice(
            [f"what {match['what']} does {it} have{after}", f"what is the {match['what']}{after or f' of {it}'}"]
        )
        yield Fact(kind="value", question=question, answer=_trimmed(sentence, match), erased=match.span("answer"))


def _shares(sentence: str, it: str, chance: random.Random) -> Iterator[Fact]:
    for match in _SHARE.finditer(sentence):
        what = chance.choice(["what share of", "what percentage of", "what fraction of", "how many of"])
        question = f"{what} {match['things']}{words_after(sentence, match.end(), 8) or f' in {it}'}"
        yield Fact.of("share", question, match, instead=chance.choice(_MANY))


def _names(sentence: str, it: str, chance: random.Random) -> Iterator[Fact]:
    for match in _NAMED.finditer(sentence):
        what = match["what"] if match["what"] == "corpus" else match["what"].removesuffix("s")
        if what in ("dataset", "benchmark"):
            evaluated = f"on which {match['what']} is {it} evaluated"
        else:
            evaluated = f"which {what} was used{words_after(sentence, match.end(), 6)}"
        forms = [f"which {match['what']} does {it} use", evaluated]
        start, end = match.span("answer")
        the = len("the ") if match["answer"].startswith("the ") else 0
        instead = "several" if match["what"].endswith("s") else chance.choice(_KINDS)
        yield Fact(
            kind="name",
            question=chance.choice(forms),
            answer=(start + the, end),
            erased=(start, end),
            instead=instead,
        )


def _trimmed(sentence: str, match: re.Match[str]) -> tuple[int, int]:
    """The answer from its first figure on."""
    start, end = match.span("answer")
    figure = re.search(r"\d", sentence[start:end])
    return (start + figure.start() if figure else start, end)
