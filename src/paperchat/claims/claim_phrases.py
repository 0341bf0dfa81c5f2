"""Phrases that tell what a sentence does: conclude, ask, find nothing; and words that mean the opposite."""

from __future__ import annotations

import re

from paperchat.text.facts import directions, words

_NOTHING = re.compile(
    r"\b(?:no|not|nor|neither|without|lack of|insufficient|little)\b[^.;]{0,50}?\b(?:significan\w*|differ\w*|effects?"
    r"|affect\w*|associat\w*|evidence|improve\w*|chang\w*|correlat\w*|benefits?|advantages?|influenc\w*|impact"
    r"|relat\w*|link\w*)\b",
    re.IGNORECASE,
)
_CONCLUDES = re.compile(
    r"\b(?:we (?:find|found|show|showed|demonstrate|demonstrated|observe|observed|conclude|report|reveal|discover)"
    r"|results?|findings?|conclusions?|our (?:analysis|experiments|study|evaluation)|experiments|(?:shows?|shown|showed"
    r"|demonstrates?|demonstrated|suggests?|suggested|indicates?|indicated|reveals?|revealed) that"
    r"|these data|in summary|in conclusion|evidence)\b",
    re.IGNORECASE,
)
_AIMS = re.compile(
    r"\b(?:aim(?:s|ed)?|objective|purpose|investigat\w+|we (?:propose|introduce|present|study|examine|explore|ask)"
    r"|whether|to (?:determine|assess|evaluate|test)|remains? (?:\w+ )?"
    r"(?:unclear|unknown|to be|an open|challeng\w+))\b|\?",
    re.IGNORECASE,
)
_NEEDS = re.compile(
    r"\b(?:(?:is|are|becomes?|remains?) (?:\w+ ){0,2}(?:critical|crucial|essential|important|vital|paramount|necessary"
    r"|pressing|challenging)|one of the (?:most|key|main)|challenges?|(?:the|a|growing|urgent) need|concerns?"
    r"|little attention|recent (?:advance\w*|progress|work|stud\w+)|widely|increasingly)\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(
    r"\b(?:more|less|fewer|better|worse|larger|smaller|bigger|safer|faster|slower|stronger|weaker|higher|lower|longer"
    r"|shorter|deeper|wider|older|younger|greater|cheaper|easier|harder|richer|poorer|earlier|later|closer|rarer"
    r"|outperform\w*|surpass\w*|exceed\w*|superior|inferior)\b",
    re.IGNORECASE,
)
_SIZE = "larger smaller bigger size sizes scale scales scaling scaled grow grows growing parameters parameter billion"
_LENGTH = "longer shorter length lengths lengthy grow grows growing extended scaling duration"
_SPEED = "faster slower speed speedup speedups latency accelerate accelerates accelerated time quicker"
_STRENGTH = "stronger weaker strength strengthen weaken"
_RESPECTS = {
    **dict.fromkeys(("larger", "smaller", "bigger"), _SIZE),
    **dict.fromkeys(("longer", "shorter"), _LENGTH),
    **dict.fromkeys(("faster", "slower"), _SPEED),
    **dict.fromkeys(("stronger", "weaker"), _STRENGTH),
    "safer": "unsafe safe safety safely harmful harm risk risks vulnerable vulnerability secure toxic toxicity",
    "cheaper": "cost costs expensive inexpensive price",
}
"""What a claim compares in respect of, and the words by which a sentence may tell of that."""
_COMPARED = re.compile(
    rf"{_COMPARES.pattern}|\b(?:than|compared|versus|vs|scal(?:e|es|ing)|grows?|size|increas\w*|decreas\w*|reduc\w*"
    r"|improv\w*|degrad\w*|differ\w*|correlat\w*|associat\w*|as \w+ as|equal\w*|similar\w*|same)\b",
    re.IGNORECASE,
)
_ANTONYMS = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, other in (
        ("safe safer safety safely", "unsafe harmful dangerous risky vulnerable"),
        ("early earlier", "late later delayed"),
        ("activate activates activated activation activating", "inhibit inhibits inhibited inhibition inhibiting"),
        ("activate activates activated activation", "deactivate deactivates inactivate inactivates repress represses"),
        ("promote promotes promoted promoting", "suppress suppresses suppressed inhibit inhibits prevent block"),
        ("necessary essential required requires require needed needs", "unnecessary dispensable redundant independent"),
        ("dependent depends depend", "independent independently regardless"),
        ("sufficient enough", "insufficient inadequate"),
        ("effective effectively successful works", "ineffective unsuccessful useless"),
        ("sensitive susceptible vulnerable", "resistant robust insensitive resilient"),
        ("positive positively", "negative negatively inversely inverse"),
        ("gain gains", "loss losses lose loses"),
        ("benefit beneficial benefits helps help helpful", "harm harmful harms hurts hurt detrimental adverse"),
        ("protect protects protective protection", "risk expose exposes predispose promote"),
        ("common frequent prevalent", "rare rarely uncommon infrequent"),
        ("able can capable", "unable cannot incapable"),
        ("possible feasible", "impossible infeasible"),
        ("same equal similar identical comparable", "different differs differ distinct unequal"),
        ("accurate reliable accurately reliably", "inaccurate unreliable inaccurately"),
        ("presence present", "absence absent"),
        ("upregulated upregulate upregulates upregulation", "downregulated downregulate downregulates downregulation"),
        ("strengthen strengthens strong stronger", "weaken weakens weak weaker"),
        ("accelerate accelerates accelerated fast faster", "slow slows slowed slower decelerate delay delays"),
        ("longer long", "shorter short"),
        ("larger large bigger", "smaller small"),
        ("agree consistent", "disagree inconsistent"),
        ("generalize generalizes generalise generalises", "overfit overfits memorize memorizes memorise memorises"),
        ("live alive survive survival", "dead die death mortality"),
        ("complete fully entirely", "partial partially incomplete"),
        ("many most", "few"),
        ("always", "never sometimes"),
        ("increase increases increased", "decrease decreases decreased reduce reduces reduced lower lowers"),
        ("high higher", "low lower"),
        ("improve improves improved", "worsen worsens worsened degrade degrades degraded impair impairs"),
    )
)  # fmt: skip


_WORSE = frozenset(
    "undermine undermines undermined undermining compromise compromises compromised compromising harm harms harmed "
    "harming harmful hurt hurts hurting detrimental deteriorate deteriorates deteriorated deterioration degradation "
    "collapse collapses weaken weakens weakened weakening worsen worsens worsened worsening limit limits limiting "
    "uncorrelated brittle fragile vulnerable suffer suffers erode erodes eroded eroding diminish diminishes diminished "
    "abolish abolishes abolished abrogates abrogated ablates disrupt disrupts disrupted lose loses lost loss shorten "
    "shortens shortened delay delays delayed repress represses repressed antagonize antagonizes deplete depleted "
    "deficiency deficient prevention".split()
)
_BETTER = frozenset(
    "help helps helped helpful benefit benefits beneficial boost boosts boosted strengthen strengthens strengthened "
    "unlock unlocks enable enables enabled facilitate facilitates facilitated accelerate accelerates accelerated "
    "stimulate stimulates stimulated amplify amplifies amplified upregulate upregulates upregulation".split()
)


def goes_down(sentence: str) -> bool:
    """Whether the words of change and of judgement in it go down; less of what is bad goes up."""
    said, ways = set(words(sentence)), directions(sentence)
    if said & _WORSE and not said & _BETTER:
        return "down" not in ways
    return ways == {"down"} and not said & _BETTER


def finds_nothing(sentence: str) -> bool:
    """Whether it tells that there is no effect, no difference or no evidence."""
    return bool(_NOTHING.search(sentence))


def concludes(sentence: str) -> bool:
    """Whether it tells what was found."""
    return bool(_CONCLUDES.search(sentence))


def asks(sentence: str) -> bool:
    """Whether it tells what was to be found out, or what was done to do so."""
    return bool(_AIMS.search(sentence))


def sets_out(sentence: str) -> bool:
    """Whether it tells why a subject matters, or what is usual there, as sentences do that open an abstract."""
    return bool(_NEEDS.search(sentence))


def leaves_uncompared(claim: str, text: str) -> bool:
    """Whether the claim compares and the text does not, or not in that respect: then it tells nothing of the claim."""
    compared = {match[0].casefold() for match in _COMPARES.finditer(claim)}
    if not compared:
        return False
    respects = compared & _RESPECTS.keys()
    said = set(words(text))
    if any(not said & {*_RESPECTS[one].split(), one} for one in respects):
        return True
    return not _COMPARED.search(text)


def antonyms(one: set[str], other: set[str]) -> int:
    """How many pairs of opposites the words of two texts have, one side each."""
    return sum(
        bool(one & first and other & second and not other & first)
        or bool(one & second and other & first and not other & second)
        for first, second in _ANTONYMS
    )
