"""Questions on details that studies of medicine and biology report and a given passage does not."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from train.data.abstracts import Abstract
from train.data.examples import Example
from train.data.synthetic_entity_types import ENTITY_PATTERNS
from train.data.synthetic_questions import as_typed

_QUESTIONS = [
    (question, re.compile(answer))
    for question, answer in (
        ("what dose did the {who} receive", r"\d ?(?:mg|g|μ|µ|ug|mcg|IU|U|Gy|ml|mL|nM|mM)\b"),
        ("what dose of {drug} was given", r"\d ?(?:mg|g|μ|µ|ug|mcg|IU|U|Gy|ml|mL|nM|mM)\b"),
        ("in which country was {it} done", r"\b(?:in|at|from|of) (?:the )?[A-Z]|[a-z](?:ese|ian|ish)\b"),
        ("in which city did the {who} live", r"\b(?:in|at|from|of) (?:the )?[A-Z]"),
        ("which hospital treated the {who}", r"[Hh]ospital|[Cc]lini|\b(?:in|at|from) [A-Z]"),
        ("how old were the {who}", r"\bage|years|old\b|month"),
        ("how long were the {who} followed up", r"weeks?|months?|years?|days?|hours?|follow"),
        ("how many {who} were studied", r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten)\b"),
        ("how many mice were used", r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten)\b"),
        ("how many {who} died", r"\d|death|died|mortal"),
        ("at what temperature was {it} done", r"°|degree|temperature"),
        ("what side effects did {drug} have", r"side effect|adverse|toxic|safe"),
        ("how much does {drug} cost", r"cost|\$|USD|euro|dollar|price"),
        ("were the {who} men or women", r"male|wom[ae]n|\bm[ae]n\b|girl|boy"),
        ("which strain of mice was used", r"C57|BALB|strain|Sprague|Wistar|knock"),
        ("on which chromosome is it", r"chromosom|\d+[pq]\d"),
        ("at what resolution was the structure solved", r"resolution|Å"),
        ("how long did the {who} survive", r"surviv|month|year"),
        ("which statistical test was used", r"test|regression|ANOVA|[Cc]hi|Cox|Kaplan"),
        ("what is its molecular weight", r"kDa|\bDa\b|molecular weight|[Kk]ilodalton"),
        ("which antibody was used", r"antibod|mab\b|anti-"),
        ("which company makes {drug}", r"Pharma|Inc\b|compan|Ltd|GSK|Pfizer|Roche|Novartis|Merck"),
        ("what is the half-life of {drug}", r"half-li"),
        ("which mutation was found", r"mutat|variant|allele|rs\d|polymorphi"),
        ("which diet were the {who} fed", r"diet|fed\b|food|chow"),
        ("what share of the {who} were smokers", r"smok"),
        ("which placebo was given", r"placebo|control|sham"),
        ("how was {it} funded", r"fund|support|grant|sponsor"),
        ("which gene causes it", r"gene|mutat|[A-Z]{2,}\d"),
        ("which receptor does {drug} bind", r"recept|bind"),
    )
]
"""Questions, each with a pattern of texts that may answer it."""
_WHO = re.compile(r"\b(?:patients|participants|children|adults|mice|rats|women|men|subjects|infants|cells|students)\b")


def unreported_details(passage: Abstract, it: str, chance: random.Random) -> Iterator[Example]:
    who = chance.choice(_WHO.findall(passage.text) or ["patients"])
    drugs = [match["answer"] for match in ENTITY_PATTERNS["drug"].finditer(passage.text)]
    question, answer = chance.choice(_QUESTIONS)
    if not answer.search(passage.text):
        asked = question.format(it=it, who=who, drug=chance.choice(drugs or ["it", "the treatment"]))
        yield Example(
            task="span", query=as_typed(asked, chance), title=passage.title, text=passage.text, source="details/untold"
        )
