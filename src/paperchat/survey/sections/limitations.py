"""Limitations and open problems: what the papers say is missing, fails, or is left to do."""

from __future__ import annotations

import re
from collections.abc import Sequence

from paperchat.answering.extractive import escape_markdown
from paperchat.survey.quote_selection import Chooser, centre, worth_as
from paperchat.survey.quoting import Numbers
from paperchat.survey.sections.themes import ByPaper, said_in
from paperchat.survey.sentence_roles import ADVERB, AIM, CUES, WE, role_under
from paperchat.survey.statements import Statement
from paperchat.survey.types import Section, Theme

_GAPS = tuple(cue for cue in CUES if cue.role in ("problem", "limitation") and cue.weight > 1 and cue.pattern != AIM)
_ANNOUNCED = re.compile(
    r"\b(?:discuss|outlin|conclud|provid|offer|present|explor|propos|summari[sz]|highlight|identify|survey|"
    r"categori[sz]|"
    r"suggest|argu|point)\w*\b[^.:;–-]{0,90}\b(?:challenges|directions|avenues|problems|questions|limitations|gaps)\b"
    r"(?![^.]*(?::|\b(?:including|such as|namely|e\.g)\b))(?:[^.]*\b(?:future|research|work|studies|stud(?:y|ies)|"
    r"systems?|"
    r"effective)\b[^.]*|(?: (?:in|of|for) \w+(?: \w+){0,3})?(?: (?:that|which|yet to|to be|for)\b[^.]{0,40})?)\W*$"
    r"|\bfuture (?:work|research) (?:may|might|can|could|will|should) (?:benefit|build|draw)\b",
    re.IGNORECASE,
)
_OTHERWISE = re.compile(
    r"^(?:unlike|in contrast|compared|contrary)\b|\b(?:our|the proposed|this) (?:\w+ )?(?:method|approach|framework|"
    r"model|system|pipeline|formulation)s? (?:does|do) not (?:require|need|rely|depend|suffer)",
    re.IGNORECASE,
)


_OF_SUCCESS = re.compile(
    rf"\b(?:achiev|outperform|surpass|exceed)\w*\b|\b{WE} {ADVERB}(?:propose|introduce|present|develop|design)s?\b"
    r"|\b(?:has|have) (?:\w+ly )?been (?:\w+ly )?(?:proposed|developed|introduced)\b",
    re.IGNORECASE,
)
_OF_IMPORTANCE = re.compile(
    r"\b(?:has|have) (?:\w+ly )?(?:long )?(?:become|been|emerged as|remained) an? (?:\w+[- ]){0,3}(?:problem|"
    r"challenge|concern"
    r"|issue|topic)\b|\bis an? (?:long-?\w+|important|key|central|critical|fundamental) (?:\w+ )?(?:problem|challenge|"
    r"concern"
    r"|issue|topic)\b|^[^,]{3,80} (?:is|are) (?:essential|crucial|critical|vital|important|key|indispensable) (?:for|"
    r"in|to)\b"
    r"|\b(?:is|are) (?:a |an )?(?:\w+ly )?(?:long-?\w+|important|essential|crucial|critical) (?:in|for|to)\b",
    re.IGNORECASE,
)
_TURNS = re.compile(
    r"\b(?:but|yet|however|nevertheless|nonetheless|still|although|though|while|whereas|despite|only|remains?|lags?|"
    r"struggl\w+|cannot|limitations?|at the (?:cost|expense))\b",
    re.IGNORECASE,
)
"""What turns a sentence that begins well, or as background, to what is wrong."""


def tells_of_a_gap(text: str) -> bool:
    """Whether its words say that something is missing, fails or is limited.

    What is asked, overcome, reached, or only announced is not told; nor is a subject's importance.
    """
    if not any(gap.pattern.search(text) for gap in _GAPS):
        return False
    if any(pattern.search(text) for pattern in (AIM, _OTHERWISE, _ANNOUNCED)):
        return False
    return bool(_TURNS.search(text)) or not (_OF_SUCCESS.search(text) or _OF_IMPORTANCE.search(text))


_LEFT_OPEN, _OF_EARLIER_WORK = 4, 3
"""So many of a theme."""
_AT_LEAST = -0.2
"""A result may tell of a gap, too."""
_EARLIER = re.compile(
    r"\b(?:existing|previous|prior|earlier|current|conventional|traditional|most|these|other|recent|state-of-the-art|"
    r"\w+-based) (?:[\w-]+ ){0,5}(?:methods?|approach\w*|works?|techniques?|benchmarks?|datasets?|solutions?|systems?|"
    r"studies|evaluations?|algorithms?|pipelines?|frameworks?|models?|efforts?|strateg\w+|designs?|decoders?)\b",
    re.IGNORECASE,
)


def limits_section(themes: Sequence[Theme], statements: ByPaper, chooser: Chooser, numbers: Numbers) -> Section | None:
    """Grouped by theme, what is open before what papers hold against earlier work; ``None`` where they name nothing."""
    parts = []
    papers: dict[str, None] = {}
    for theme in themes:
        chosen = _chosen(said_in(theme, statements), chooser)
        papers |= dict.fromkeys(one.paper.paper_id for one in chosen)
        if chosen:
            label = f"**{escape_markdown(theme.name)}**\n\n" if len(themes) > 1 else ""
            parts.append(label + "\n".join(_line(one, numbers) for one in chosen))
    if not parts:
        return None
    return Section(
        kind="limitations", title="Limitations and open problems", text="\n\n".join(parts), papers=tuple(papers)
    )


def _chosen(said: Sequence[Statement], chooser: Chooser) -> list[Statement]:
    if not said:
        return []
    worth = worth_as(("limitation", "problem"), centre(said), least=_AT_LEAST)
    gaps = [one for one in said if _is_under_such_a_heading(one) or tells_of_a_gap(one.text)]
    own = [one for one in gaps if not _is_of_earlier_work(one)]
    earlier = [one for one in gaps if _is_of_earlier_work(one)]
    return [*chooser.choose(own, worth, _LEFT_OPEN, each=2), *chooser.choose(earlier, worth, _OF_EARLIER_WORK)]


def _is_under_such_a_heading(one: Statement) -> bool:
    passage = one.quote.passage
    return passage.basis == "full_text" and role_under(passage.section) == "limitation"


def _line(one: Statement, numbers: Numbers) -> str:
    return f"- {'of earlier work, ' if _is_of_earlier_work(one) else ''}{numbers.attributed(one)}"


def _is_of_earlier_work(one: Statement) -> bool:
    return bool(_EARLIER.search(one.text))
