"""Terms of papers: stretches of one to three words, as they stand in the text, that could name a subject."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from paperchat.retrieval.query_analysis import content_words
from paperchat.storage.library import Library
from paperchat.survey.topic import explained

Stem = Callable[[str], list[str]]
Key = tuple[str, ...]
"""A term's stems, in order: what its forms have in common."""

LONGEST = 3
_TOKEN = re.compile(r"[^\W_](?:[\w'’+./-]*[^\W_])?[+#]*")
_BEFORE_VERBS = frozenset("to we can cannot will that which it they may could would should not also".split())
_NOT_LAST = ("ed", "-based", "ive", "able", "ous", "ific", "istic", "atic")
_NUMBER = re.compile(r"[\d.,%×x-]+[kKmMbB]?$")
# Words with which papers tell of any subject; they name none.
_GENERAL = frozenset(
    "ability able accelerate accurate achieve achieved achieves achieving across adapt adapting adapts additional "
    "additionally address addresses addressing advance advanced advances advancing aim aims al align aligned allow "
    "allowing allows although amid among analyse analyses analyze analyzing applied apply aspect aspects assess "
    "assessing associated at available average aware based basis because begin best better beyond boost bottleneck "
    "bridge bridging bring broad broader build building builds built call cannot capable capture captures capturing "
    "case cases cause caused causes challenge challenges challenging characterize class clear clearly close collect "
    "collected com combine combined combines combining common commonly comparable compare compared comparing "
    "competitive complete completely complex complexity comprehensive compute conclude conclusion conclusions "
    "conduct conducted consider considerable consistent consistently contain contains contrast contribute "
    "contribution contributions correct correctly create creates creating critical crucial current currently "
    "decrease decreased deliver delivers demo demonstrate demonstrated demonstrates demonstrating depend dependent "
    "depends designed designing despite detail detailed details determine determined develop developed developing "
    "difference differences different difficult difficulty directly discover discovered distinct diverse drive "
    "driven due e.g easily easy effect effective effectively effectiveness effects efficient efficiently effort "
    "efforts eg eliminate eliminating emerge emerged emerging employ enable enabled enables enabling encourage end "
    "engineer enhance enhanced enhances enhancing ensure ensures ensuring entire especially essential establish "
    "established establishes et etc evaluate evaluated evaluates evaluating evidence examine examined exhibit "
    "exhibiting exhibits existing expensive experiment experimental explicit explicitly explore explored explores "
    "exploring extend extended extending extends extensive extract fact fail failing fails final finally find "
    "finding findings finds first five fixed flexible focus focused focuses following form forms formulate found "
    "four fully fundamental furthermore future gain gains gap general generalize generally generate generated "
    "generates generating github github.com give given goal goals great greater greatly ground grow growing guide "
    "guided guiding hand handle help helps hence high higher highlight highlights highly hold however http https "
    "huge human i.e identified identify identifying ie illustrate implement implications importance important "
    "importantly impressive improve improved improvements improves improving include included includes including "
    "incorporate incorporating increase increased increases increasing increasingly indicate indicates individual "
    "inherent initial insight insights inspired instance instead integrate integrated integrates integrating "
    "interest introduce introduced introduces introducing investigate investigated investigating involve involving "
    "io issue issues key know known lack large large-scale largely larger last later latter lead leading leads learn "
    "learned learns led less leverage leveraged leverages leveraging life like likely limit limitation limited "
    "limits line little long longer low lower main maintain maintaining maintains major make makes making manner "
    "many maximum mean means measured meet minimal mitigate modern moreover motivated multiple namely narrow natural "
    "near nearly necessary need needed needs new next notable notably note novel number numerous observe observed "
    "obtain obtained offer offering offers often onto open open-source opportunities optimal order original outcome "
    "outcomes outperform outperforming outperforms overall overcome page particular particularly perform performed "
    "performing performs play poor popular possible potential potentially power powerful practical practice precise "
    "presence present presented presenting presents preserve preserving prevent previous previously primarily "
    "primary principled prior produce produces producing progress project promise promising properties property "
    "propose proposed proposes proposing prove provide provided provides providing public publicly purpose quickly "
    "range rapid rapidly rarely rather reach reaches reaching real real-world realistic recent recently reduce "
    "reduced reduces reducing reflect regarding related relationship relative release released relevant reliable "
    "reliably rely relying remain remaining remains remarkable remove repository represent require required "
    "requirement requirements requires requiring resolve respectively respond resulting reveal revealed reveals rich "
    "rise robust robustly run scenario scope second seen selected series serve serves several shape share show "
    "showed showing shown shows significant significantly similar simple simply simultaneously since single six size "
    "small smaller solely solve solving specific specifically speed stage stages standard start state-of-the-art "
    "still strong stronger struggle struggles studied subsequent substantial substantially success successful "
    "successfully suffer suffers suggest suggesting suggests suitable superior superiority supported supports "
    "systematic systematically tackle tackling take takes ten terms tested thereby therefore thorough though three "
    "throughout thus today together top total toward towards trained transform tries try two type types typical "
    "typically underlying underscore understand understood unified unique unlike unlock unprecedented unseen utilize "
    "utilized utilizes utilizing valuable variety various vary vast verify versatile version versus via vital way "
    "ways website well well-known whether whole wide widely wider widespread without world www yet yield yielding "
    "yields".split()
)
# Words that only others before or after them make a subject of: "reward model", "data augmentation".
_HEADS = frozenset(
    "accuracy algorithm algorithms analysis application applications approach approaches baseline baselines "
    "capabilities capability code comparison component components cost costs data dataset datasets design "
    "development domain domains efficiency estimate evaluation evaluations example examples experiments factor "
    "factors failure failures feature features field fields framework frameworks function generalization generation "
    "guidance idea impact implementation improvement information input inputs learning level levels limitations "
    "measure measures mechanism mechanisms method methods metric metrics model models observation observations "
    "output outputs performance perspective pipeline point principle problem problems process processes quality "
    "question questions rate rates reduction research resource resources result results review role scale scenarios "
    "scheme score scores set sets setting settings signal signals solution solutions source sources space state "
    "states step steps strategies strategy study support survey system systems target task tasks technique "
    "techniques test testing tests time times train training understanding use value values view".split()
)


@dataclass(frozen=True, slots=True)
class Term:
    """A term where it occurs: its key, its form there, and whether it begins and ends what it stands in."""

    key: Key
    form: str
    begins: bool
    ends: bool


def terms_in(text: str, stem: Stem) -> Iterator[Term]:
    """Each term of ``text``, as often as it occurs."""
    for words, after_a_subject in _stretches(text):
        stems = [tuple(stem(word)) for word in words]
        for start in range(len(words)):
            if start == 0 and after_a_subject:
                continue
            for end in range(start + 1, min(start + LONGEST, len(words)) + 1):
                chosen = words[start:end]
                if _could_name(chosen) and all(stems[start:end]):
                    key = tuple(one for several in stems[start:end] for one in several)
                    begins = start == 0 or words[start - 1].lower() in _GENERAL
                    yield Term(key, " ".join(chosen), begins, end == len(words) or words[end].lower() in _GENERAL)


def best_form(forms: Counter[str]) -> str:
    """The commonest form; of equals the one with fewer capitals."""
    return max(forms, key=lambda form: (forms[form], -sum(map(str.isupper, form)), form))


def _stretches(text: str) -> Iterator[tuple[list[str], bool]]:
    """Runs of words that nothing but single spaces separates, of which none is a stop word.

    With each, whether it comes after a word that a verb comes after.
    """
    run: list[str] = []
    before, last = "", 0
    for match in _TOKEN.finditer(text):
        if text[last : match.start()] != " ":
            if run:
                yield run, before in _BEFORE_VERBS
            run, before = [], ""
        last = match.end()
        if is_stop_word(match[0]) or _NUMBER.match(match[0]):
            if run:
                yield run, before in _BEFORE_VERBS
            run, before = [], match[0].lower()
        else:
            run.append(match[0])
    if run:
        yield run, before in _BEFORE_VERBS


@cache
def is_stop_word(word: str) -> bool:
    return len(content_words(f"{word} xyzzy")) < 2


def _could_name(words: Sequence[str]) -> bool:
    small = [word.lower() for word in words]
    if any(word in _GENERAL or len(word) < 2 or word.endswith("ly") for word in small):
        return False
    if all(word in _HEADS for word in small) or small[-1].endswith(_NOT_LAST):
        return False
    if len(words) > 1:
        return True
    return words[0].isupper() or (len(words[0]) > 3 and not (words[0].isalpha() and words[0].endswith("ing")))


def head_stems(stem: Stem) -> frozenset[str]:
    """The stems of words that make no subject by themselves."""
    return frozenset(one for word in _HEADS for one in stem(word))


_WHOLE = 0.35
"""A term must begin and end what it stands in at least in this share of the places where it occurs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The terms of each paper, those of its title, how each term is written, and how rare it is in the library.

    ``long_forms`` are those that the papers give their short forms.
    """

    papers: tuple[frozenset[Key], ...]
    titles: tuple[frozenset[Key], ...]
    forms: dict[Key, str]
    rarity: dict[Key, float]
    long_forms: dict[str, str]


def vocabulary_of(library: Library, titles: Sequence[str], abstracts: Sequence[str]) -> Vocabulary:
    stems: dict[str, list[str]] = {}

    def stem(word: str) -> list[str]:
        if word not in stems:
            stems[word] = library.analyse(word)
        return stems[word]

    forms: dict[Key, Counter[str]] = defaultdict(Counter)
    begins: Counter[Key] = Counter()
    ends: Counter[Key] = Counter()
    in_title, in_any = [], []
    for title, abstract in zip(titles, abstracts, strict=True):
        at_top, below = list(terms_in(title, stem)), list(terms_in(abstract, stem))
        for term in (*at_top, *below):
            forms[term.key][term.form] += 1
            begins[term.key] += term.begins
            ends[term.key] += term.ends
        in_title.append(frozenset(term.key for term in at_top))
        in_any.append(frozenset(term.key for term in (*at_top, *below)))
    whole = {key for key, counts in forms.items() if min(begins[key], ends[key]) >= _WHOLE * counts.total()}
    return Vocabulary(
        papers=tuple(keys & whole for keys in in_any),
        titles=tuple(keys & whole for keys in in_title),
        forms={key: best_form(forms[key]) for key in whole},
        rarity=_rarity(library, {key: best_form(forms[key]) for key in whole}),
        long_forms=explained(abstracts),
    )


def _rarity(library: Library, forms: dict[Key, str]) -> dict[Key, float]:
    """The rarity of each term's rarest word in the library, from 0 to 1."""
    words = {word for form in forms.values() for word in form.split()}
    frequency = library.document_frequency(words)
    passages = library.passage_count()
    most = math.log(passages + 2)
    return {
        key: max(math.log((passages + 2) / (frequency.get(word, 0) + 1)) for word in form.split()) / most
        for key, form in forms.items()
    }
