"""Questions on what a sentence mentions and does not specify: "a language model" without its name, participants without
their number, "outperforms" without by how much; and, so that such a question is not refused for its form, the same for
sentences that do specify it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from train.data.abstracts import Abstract
from train.data.examples import Example
from train.data.question_templates import name_of_paper, words_after, words_before
from train.data.synthetic_questions import as_typed

_NUMERAL = (
    r"(?:\d[\d,.]*\w*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|fifty|hundreds?|"
    r"thousands?|millions?|billions?|dozens?|single|both)"
)
_THINGS = """
    annotators participants experts users languages datasets tasks benchmarks models LLMs images videos samples
    examples questions documents domains categories scenes environments robots patients subjects tokens parameters
    layers steps agents tools papers sites genes proteins stars galaxies nodes frames instances pairs trajectories
    prompts baselines cells devices cities simulations experiments measurements species neurons compounds stages
    modules classes features
    """.split()
_EMPTY = "where other different multiple various diverse extensive these those with".split()
_MANY = re.compile(
    rf"\b(?P<things>(?:(?!{'|'.join(_EMPTY)})[a-z][a-z-]{{3,}} )?(?P<head>{'|'.join(_THINGS)}))\b(?! of\b)"
)
_UNNAMED = re.compile(
    r"\b(?:an?|the|another|some) (?P<thing>(?:[a-z][a-z-]* ){0,2}(?:LLM|language model|model|encoder|decoder|backbone|"
    r"dataset|benchmark|retriever|judge|teacher|optimizer|simulator|corpus|platform|classifier|robot|detector|generator|"
    r"tokenizer|algorithm|metric|sensor|database|instrument|solver|estimator|network|protocol|software|device))\b"
    r"(?!,? (?:called|named|dubbed|termed|such as|e\.g|i\.e|namely|including|that we|we)\b)"
)
_ITS_OWN = re.compile(r"\b(?:novel|new|proposed|our|this|same|resulting|latter|former|first|present|general|such)\b")
_BETTER = re.compile(
    r"\b(?P<verb>outperform|surpasse?|improve|reduce|increase|decrease|accelerate|lower|boost|exceed|shorten)s "
    r"(?P<what>[^.;:,]{8,80})"
)
_REACHES = re.compile(
    r"\b(?:achieve|attain|reache?|obtain|deliver|demonstrate|show|yield|exhibit)s?\b [^.;:]{0,30}?"
    r"(?P<quality>performance|results?|accuracy|quality|scores?|precision|error|efficiency|robustness|speedups?) "
    r"(?:on|for|in|across|over) (?P<on>[^.;:,]{4,60})"
)
_MEASURES = (
    "what accuracy; what score; what F1; what success rate; what error; what precision; what speedup; what recall; "
    "what result; what correlation; what value"
).split("; ")
_LISTED = re.compile(
    r"\b(?P<what>(?:[a-z][a-z-]* ){0,2}[a-z][a-z-]+s),? (?:such as|including|like|namely) "
    r"(?P<answer>[A-Z][\w.+-]*(?:(?:, and |, | and )[A-Z][\w.+-]*)*)"
)
_NAMED = re.compile(
    r"\b(?:the|on|using|with|of|from) (?P<answer>[A-Z][\w.+-]*(?:[ -][A-Z\d][\w.+-]*){0,2}) "
    r"(?P<what>datasets?|benchmarks?|models?|corpus|architecture|encoder|robot|platform|language models?|catalogu?e?|"
    r"survey|telescope|detector|framework|library|database|simulator|algorithm|method|instrument|experiment|mission)\b"
)
_CAPITAL = re.compile(r"(?<!^)\b[A-Z][\w-]*")
_CLAUSE = re.compile(r"[,;:]")
_FIGURE = re.compile(r"(?<![A-Za-z-])\d")
_HOW_MUCH = re.compile(r"\d\s?(?:%|\\%|×|x\b|\$\\times|points|times|fold|-fold|percent)")
_COUNTED = 0.2
"""Share of the things without a number that give a question, as they outnumber the others."""
_UNSURE = 0.8  # weight of negatives that are decided by words


def unspecified_details(of: Sequence[Abstract], chance: random.Random) -> Iterator[Example]:
    for abstract in of:
        for found in ([*_unanswered(abstract, chance)], [*_answered(abstract, chance)]):
            if found:
                yield chance.choice(found)


def _unanswered(abstract: Abstract, chance: random.Random) -> Iterator[Example]:
    it = name_of_paper(abstract, chance)
    for sentence in abstract.sentences:
        for kind, question in (
            *_how_many(abstract.text, sentence, it, chance),
            *_which(sentence, abstract.name, chance),
            *_how_much(abstract.text, sentence, it, chance),
        ):
            yield Example(
                task="span",
                query=question,
                title=abstract.title,
                text=abstract.text,
                source=f"unspecified/{kind}",
                weight=_UNSURE,
            )


def _how_many(text: str, sentence: str, it: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    for match in _MANY.finditer(sentence):
        if chance.random() > _COUNTED or re.search(
            rf"\b{_NUMERAL}(?:[ -]\S+){{0,3}}? {match['head']}\b", text, re.IGNORECASE
        ):
            continue
        tail = chance.choice(
            [
                words_after(sentence, match.end(), 7),
                f" does {it} use",
                f" does {it} have",
                f" are in {it}",
                f" were used for {it}",
            ]
        )
        if chance.random() < 0.25:
            yield (
                "how_many",
                as_typed(chance.choice([f"{it} number of {match['things']}", f"{match['things']} {it}"]), chance),
            )
        else:
            yield "how_many", as_typed(f"how many {match['things']}{tail}", chance)


def _which(sentence: str, name: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    for match in _UNNAMED.finditer(sentence):
        clauses = _CLAUSE.split(sentence[match.end() :])
        beside = f". {_CLAUSE.split(sentence[: match.start()])[-1]} {' '.join(clauses[:2])}".replace("LLM", "")
        if not _ITS_OWN.search(match[0]) and not set(_CAPITAL.findall(beside)) - {name, "We"}:
            tail = chance.choice(
                [words_after(sentence, match.end(), 7), f" does {name} use" if name else " is used", " was used"]
            )
            yield "which", as_typed(f"{chance.choice(['which', 'what'])} {match['thing']}{tail}", chance)


def _how_much(text: str, sentence: str, it: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    if _FIGURE.search(sentence) or _HOW_MUCH.search(text):
        return
    for match in _BETTER.finditer(sentence):
        verb = match["verb"].removesuffix("e") if match["verb"] == "surpasse" else match["verb"]
        how = chance.choice(["by how much does", "by what factor does", "how much does"])
        yield "how_much", as_typed(f"{how} {it} {verb} {match['what']}", chance)
    for match in _REACHES.finditer(sentence):
        measure = chance.choice(_MEASURES)
        if chance.random() < 0.3:
            yield "how_good", as_typed(f"{it} {measure.removeprefix('what ')} {match['on']}", chance)
        else:
            yield (
                "how_good",
                as_typed(f"{measure} does {it} {chance.choice(['reach', 'get'])} on {match['on']}", chance),
            )


def _answered(abstract: Abstract, chance: random.Random) -> Iterator[Example]:
    for (start, _), sentence in zip(abstract.spans, abstract.sentences, strict=True):
        for pattern in (_LISTED, _NAMED):
            for match in pattern.finditer(sentence):
                before = words_before(sentence, match.start(), chance.randint(3, 9))
                asked = f"which {match['what']} {before}{words_after(sentence, match.end(), 7)}"
                if match["answer"] != abstract.name:
                    yield Example(
                        task="span",
                        query=as_typed(asked, chance),
                        title=abstract.title,
                        text=abstract.text,
                        spans=((start + match.start("answer"), start + match.end("answer")),),
                        source="unspecified/stated",
                    )
