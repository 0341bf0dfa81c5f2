"""Questions on details of studies in medicine and biology: doses, times, places, ages, and entities of a type.

They come as contrast pairs, as in `synthetic_erased_facts`: "20 mg/kg of metformin" becomes "metformin", "in Finland"
is removed, "IL-6" becomes "a cytokine".
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from train.data.abstracts import Abstract
from train.data.contrast_pairs import FIGURE, Fact, make_pair
from train.data.examples import Example
from train.data.question_templates import name_of_paper, words_after, words_before
from train.data.synthetic_entity_types import entity_facts
from train.data.synthetic_unreported import unreported_details

_RANGE = rf"{FIGURE}(?:\s?(?:-|–|to|and|±)\s?{FIGURE})?"
_WORDED = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty)"
_UNIT = (
    r"(?:mg|μg|µg|ug|mcg|g|kg|ml|mL|nM|μM|µM|mM|mmol|μmol|µmol|nmol|IU|U|Gy|mGy|ng)"
    r"(?:/(?:kg|day|d|l|L|ml|mL|h|min|week))*"
)
_SUBSTANCE = r"(?P<what>[A-Za-z][\w-]{3,}(?: (?:acid|sulfate|chloride|sodium))?)"
_DOSES = (
    re.compile(rf"(?P<erased>(?P<answer>{_RANGE} ?{_UNIT}) (?:of )?){_SUBSTANCE}"),
    re.compile(rf"\b{_SUBSTANCE} ?(?P<erased>\((?P<answer>{_RANGE} ?{_UNIT})\b[^)]*\))"),
    re.compile(
        rf"\b{_SUBSTANCE}(?P<erased>,? (?:at|in) (?:an? )?(?:doses? of |concentrations? of )?"
        rf"(?P<answer>{_RANGE} ?{_UNIT})\b)"
    ),
)
_TIMES = re.compile(
    rf"(?P<erased> (?:for|over|during|after|within) (?:an? |the )?(?:mean |median |total |follow-up )?(?:of )?"
    rf"(?P<answer>(?:{_RANGE}|{_WORDED})[ -](?:seconds?|minutes?|min|hours?|h|days?|weeks?|months?|years?)\b))"
    r"(?: (?:period|of))?"
)
_AGES = (
    re.compile(rf"(?P<erased>,? (?:aged|ages) (?P<answer>(?:between )?{_RANGE} (?:years?|months?|weeks?)))"),
    re.compile(
        rf"\b(?:mean|median|average) age(?: \([^)]*\))?(?P<erased> (?:was|of|is) (?P<answer>{_RANGE}(?: years)?))"
    ),
)
_COUNTRIES = """
    Argentina Australia Austria Bangladesh Belgium Brazil Canada Chile China Colombia Denmark Egypt England Ethiopia
    Finland France Gambia Germany Ghana Greece Guinea Iceland India Indonesia Iran Iraq Ireland Israel Italy Japan Kenya
    Korea Malawi Malaysia Mali Mexico Mozambique Nepal Netherlands Nigeria Norway Pakistan Peru Philippines Poland
    Portugal Russia Scotland Senegal Singapore Spain Sweden Switzerland Taiwan Tanzania Thailand Turkey Uganda Vietnam
    Wales Zambia Zimbabwe
    """.split()
_PLACES = re.compile(
    rf"(?P<erased> (?:in|from|across|throughout) (?:the |rural |northern |southern |eastern |western |central )?"
    rf"(?P<answer>{'|'.join(_COUNTRIES)}|(?:South|North) (?:Africa|America|Korea)|Hong Kong|United (?:States|Kingdom)|"
    r"U\.?S\.?A?|UK)\b)"
)
_GROUPS = re.compile(
    rf"\b(?P<what>[a-z]+(?: [a-z]+)? (?:group|arm)|patients|controls|participants|children|mice|rats|women|men|cases)"
    rf"(?P<erased> ?[(\[][nN] ?= ?(?P<answer>{FIGURE})[)\]])"
)
_VALUES = re.compile(
    r"\b(?P<what>(?:[a-z-]+ )?(?:prevalence|incidence|odds ratio|hazard ratio|relative risk|risk ratio|mortality|"
    r"survival|half-life|response rate|mortality rate|sensitivity|specificity|concentration|molecular weight|"
    r"frequency))"
    r"(?P<erased> (?:was|were|is|of) "
    rf"(?P<answer>(?:about |approximately )?{_RANGE}(?: ?%| per [\d,]+| in [\d,]+| [a-z]{{2,}})?))"
)
_MAX_ENTITIES = 2  # of a passage
_UNREPORTED_SHARE = 0.35


def study_detail_pairs(of: Sequence[Abstract], chance: random.Random) -> Iterator[Example]:
    for passage in of:
        found: list[tuple[int, Fact]] = []
        of_kinds: list[tuple[int, Fact]] = []
        it = name_of_paper(passage, chance)
        for (start, _), sentence in zip(passage.spans, passage.sentences, strict=True):
            found += [(start, fact) for find in _FINDERS for fact in find(sentence, it, chance)]
            of_kinds += [(start, fact) for fact in entity_facts(sentence, chance)]
        chance.shuffle(of_kinds)
        for start, fact in (*found, *of_kinds[:_MAX_ENTITIES]):
            yield from make_pair(passage, start, fact, chance, source="details")
        if chance.random() < _UNREPORTED_SHARE:
            yield from unreported_details(passage, it, chance)


def _doses(sentence: str, _: str, chance: random.Random) -> Iterator[Fact]:
    for pattern in _DOSES:
        for match in pattern.finditer(sentence):
            what = match["what"]
            forms = [
                f"what dose of {what} was given",
                f"what concentration of {what} was used",
                f"{what} dose",
                f"how much {what} was given{words_after(sentence, match.end(), 6)}",
                f"at what dose was {what} used",
            ]
            yield Fact.of("dose", chance.choice(forms), match)


def _times(sentence: str, it: str, chance: random.Random) -> Iterator[Fact]:
    for match in _TIMES.finditer(sentence):
        before = words_before(sentence, match.start(), chance.randint(3, 8))
        after = words_after(sentence, match.end(), 6)
        forms = [
            f"for how long {before}",
            f"how long {before}{after}",
            f"after what time {before}",
            f"how long did {it} last",
            f"how long were they followed up in {it}",
            f"{before} duration",
        ]
        yield Fact.of("time", chance.choice(forms), match)


def _ages(sentence: str, it: str, chance: random.Random) -> Iterator[Fact]:
    for pattern in _AGES:
        for match in pattern.finditer(sentence):
            who = chance.choice(["the patients", "the participants", "the subjects", "they"])
            forms = [
                f"how old were {who}",
                f"what was the mean age of {who}",
                f"how old were {who} of {it}",
                f"age of {who}",
            ]
            yield Fact.of("age", chance.choice(forms), match)


def _places(sentence: str, it: str, chance: random.Random) -> Iterator[Fact]:
    for match in _PLACES.finditer(sentence):
        before = words_before(sentence, match.start(), chance.randint(3, 8))
        forms = [
            f"in which country {before}",
            f"where {before}",
            f"in which country was {it} done",
            f"which country {before}{words_after(sentence, match.end(), 5)}",
            f"where did {it} take place",
        ]
        yield Fact.of("place", chance.choice(forms), match)


def _groups(sentence: str, it: str, chance: random.Random) -> Iterator[Fact]:
    for match in _GROUPS.finditer(sentence):
        who = match["what"]
        members = chance.choice(["patients", "subjects", "participants"])
        forms = (
            [f"how many {members} were in the {who}", f"how large was the {who}", f"{who} size"]
            if who.endswith(("group", "arm"))
            else [f"how many {who} were there", f"how many {who} were studied", f"how many {who} took part in {it}"]
        )
        yield Fact.of("group", chance.choice(forms), match)


def _values(sentence: str, it: str, chance: random.Random) -> Iterator[Fact]:
    for match in _VALUES.finditer(sentence):
        after = words_after(sentence, match.end(), 6)
        forms = [
            f"what was the {match['what']}{after}",
            f"what is the {match['what']} in {it}",
            f"{match['what']}{after}",
            f"how high was the {match['what']}{after}",
        ]
        yield Fact.of("value", chance.choice(forms), match)


_FINDERS = (_doses, _times, _ages, _places, _groups, _values)
